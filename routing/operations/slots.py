"""Which slot of an agent work takes that did not come by the dispatcher."""

from __future__ import annotations

from routing.capacity import FIRST_SLOT, SPAN, Group
from routing.models import Agent, Domain, Reservation
from routing.roster import roster
from routing.states import LIVE_RESERVATION


def group_of(channel: str, domain: Domain) -> Group:
    return roster(domain_id=domain.pk, version=domain.roster_version).capacity.group(channel)


def free_slot(agent: Agent, group: Group) -> int:
    """The first of the group that is not taken; what the switch has done is done, whatever the limits say.

    Of live work there is one: whoever has it must have ended the other first.
    """
    first = FIRST_SLOT[group]
    if group is Group.LIVE:
        return first
    taken = set(Reservation.objects.filter(agent=agent, state__in=LIVE_RESERVATION).values_list("slot", flat=True))
    return next((slot for slot in range(first, first + SPAN) if slot not in taken), first)
