"""What a caller who waits may be told, from one look: the place in line, the wait that is left, what may be offered."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection

from callcenter.foundation.rows import columns_of
from routing.callback_queries import offered
from routing.forecasts import place_estimate
from routing.models import Domain
from routing.results import CallView, WaitEstimate
from routing.states import CallState


@dataclass(frozen=True, kw_only=True)
class InLine:
    """`position` is 1 for who is next; those being rung for are no longer ahead. All is empty where nobody waits."""

    position: int | None = None
    estimate: WaitEstimate | None = None
    offers: tuple[str, ...] = ()


def in_line(*, call: CallView, now: datetime) -> InLine:
    """How this call stands in its queue; empty unless it waits in one."""
    found = _place(call.id) if call.state == CallState.QUEUED and call.queue is not None else None
    if found is None or call.queue is None:
        return InLine()
    position, home = found
    estimate = place_estimate(home=home, queue=call.queue, position=position, now=now)
    return InLine(position=position, estimate=estimate, offers=offered(call=call, estimate=estimate, home=home))


# By hand: every caller who has to wait is told.
_PLACE = """
SELECT (SELECT count(*) + 1 FROM routing_call o WHERE o.queue_id = c.queue_id AND o.state = 'queued'
        AND (o.place_key, o.enqueued_at, o.id) < (c.place_key, c.enqueued_at, c.id)), {domain}
FROM routing_call c JOIN routing_domain d ON d.id = c.domain_id WHERE c.id = %s AND c.state = 'queued'
"""


def _place(call_id: UUID) -> tuple[int, Domain] | None:
    shape = columns_of(Domain, "d")
    with connection.cursor() as cursor:
        cursor.execute(_PLACE.format(domain=shape.sql), [call_id])
        row = cursor.fetchone()
    return None if row is None else (row[0], shape.row(row[1:]))
