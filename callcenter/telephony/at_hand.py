"""What a batch of switch events speaks of, read in two statements instead of two an event."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from uuid import UUID

import routing.queries
from callcenter.foundation.errors import NotFound, Refused
from callcenter.foundation.ids import read_uuid
from callcenter.foundation.principal import Principal
from callcenter.hall.names import CallsAhead
from callcenter.telephony import naming
from callcenter.telephony.beside import OF_NO_CALL
from callcenter.telephony.wire import Report
from routing.results import CallView

MOST = 20  # events: what is read of more would be old when their turn comes, or held for too long


@dataclass(frozen=True, kw_only=True)
class AtHand:
    """What is read already. A call is good for the first event that asks for it: that changes it."""

    own: list[CallView] = field(default_factory=list)  # of the address
    named: dict[tuple[str, str], CallView] = field(default_factory=dict)  # by source and the switch's name
    whose: Mapping[UUID, UUID] = field(default_factory=dict)  # reservation to call, which never changes
    ahead: CallsAhead | None = None  # the calls themselves, where this transaction has locked them
    held_or_resumed: Collection[UUID] = ()  # of the calls ahead, those of which a hold was told

    def reservation(self, report: Report, *, call_id: UUID) -> UUID | None:
        """The reservation that an event names. Raises NotFound for one of another call."""
        if not report.reservation:
            return None
        named = read_uuid("r", report.reservation)
        if (self.whose.get(named) or routing.queries.call_of_reservation(reservation_id=named)) != call_id:
            raise NotFound("This reservation belongs to another call.")
        return named

    def had_menus(self, call_id: UUID) -> bool:
        """False where it is known that the caller came through no menu."""
        return self.ahead is None or self.ahead.had_menus(call_id)

    def had_holds(self, call_id: UUID) -> bool:
        """False where it is known that no hold was told of this call."""
        return self.ahead is None or call_id in self.held_or_resumed


NOTHING = AtHand()


def read_ahead(reports: Sequence[Report], *, principal: Principal) -> AtHand:
    """The calls and reservations of these events, for a key bound to its trunk: others name theirs one by one."""
    if len(reports) < 2 or not principal.trunk:
        return AtHand()
    names: defaultdict[str, set[str]] = defaultdict(set)
    reservations: set[UUID] = set()
    for report in reports:
        with suppress(Refused):  # each is judged at its turn
            if report.type not in OF_NO_CALL and not report.call.startswith("c_"):
                source, external_id = naming.external(
                    call=report.call, external_id=report.external_id, trunk=report.trunk, principal=principal
                )
                names[source].add(external_id)
            if report.reservation:
                reservations.add(read_uuid("r", report.reservation))
    return AtHand(
        named={
            (source, call.external_id): call
            for source, external_ids in names.items()
            for call in routing.queries.calls_by_external(source=source, external_ids=external_ids)
        },
        whose=routing.queries.calls_of_reservations(reservation_ids=reservations) if reservations else {},
    )
