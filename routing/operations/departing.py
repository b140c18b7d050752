"""A caller leaves for a queue of another domain: what is written here, in the transaction in which the call ends."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID, uuid5

from django.utils.translation import gettext as _

from callcenter.foundation.domains import lives_here
from callcenter.foundation.errors import Conflict
from routing import sites
from routing.handover_models import Handover, SiteWord
from routing.journal import Journal
from routing.models import Call, Reservation
from routing.operations import endings
from routing.states import CallState, ReservationState

HOPS = 3
FRESH = timedelta(seconds=10)  # how long another server's word holds
SPACE = UUID("6f3f1a54-6f0e-5a4b-9d55-5b1f2c0f4f11")  # names of calls that came from another site


def takes_callers(*, site: str, now: datetime) -> bool:
    """Whether this queue of another domain takes callers: seen on this server, as last heard from another one."""
    domain, _slash, queue = site.partition("/")
    if lives_here(domain):
        return sites.takes(domain=domain, queue=queue)
    return SiteWord.objects.filter(site=site, takes=True, at__gt=now - FRESH).exists()


def depart(journal: Journal, call: Call, *, domain: str, queue: str, held: Reservation | None = None) -> Handover:
    """The (locked, opened) call, which has a place, ends `diverted: overflow` and is on its way. Raises Conflict."""
    came = Handover.objects.filter(there=call.pk).first()
    hop = came.hop + 1 if came is not None else 1
    if hop > HOPS:
        raise Conflict(_("This caller was sent on often enough."), code="too_many_hops", state=str(call.state))
    if held is not None:
        endings.end_unserved(journal, call, held, state=ReservationState.CANCELED, reason="diverted")
    there = uuid5(SPACE, f"{call.pk}:{hop}")
    journal.tell_call(call, "call.sent_to_site", to_domain=domain, to_queue=queue, there=f"c_{there.hex}")
    endings.end_call(journal, call, state=CallState.DIVERTED, by="system", reason="overflow", reservation=held)
    row = Handover(call=call, to_domain=domain, to_queue=queue, there=there, hop=hop, made_at=journal.now)
    journal.keep(row)
    return row
