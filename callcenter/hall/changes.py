"""The hall's word on calls that are changed or sent elsewhere while they wait."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import ivr.intake.operations
import routing.operations
import routing.queries
from callcenter.foundation.commands import command
from routing.results import CallView
from routing.states import CallState


@command
def call_changed(
    *,
    call_id: UUID,
    queue: str | None,
    head_start_s: int | None,
    attributes: Mapping[str, Any],
    why: str,
    actor: str,
    now: datetime,
) -> CallView:
    """What the switch or a back office knows better by now: another queue at the same place, another head start, words.

    All of it or nothing; None and empty leave things as they are. Raises Conflict, Invalid.
    """
    if attributes:
        routing.operations.describe(call_id=call_id, attributes=attributes, now=now, actor=actor)
    if queue is not None:
        routing.operations.move(call_id=call_id, queue=queue, why=why, now=now, actor=actor)
    if head_start_s is not None:
        routing.operations.reprioritise(call_id=call_id, head_start_s=head_start_s, why=why, now=now, actor=actor)
    call = routing.queries.call(call_id=call_id)
    if queue is not None and call.state == CallState.QUEUED:
        routing.operations.assign_waiting(domain=call.domain, now=now, actor=actor, only_call=call_id, queue=call.queue)
        call = routing.queries.call(call_id=call_id)
    return call


@command
def call_diverted(*, call_id: UUID, reason: str, to: Mapping[str, str], actor: str, now: datetime) -> CallView:
    """The caller goes elsewhere (`to` and `message` say where) and waits here no more; a held agent is free at once."""
    if to:
        routing.operations.describe(
            call_id=call_id, attributes={f"divert_{name}": word for name, word in to.items()}, now=now, actor=actor
        )
    call = routing.operations.divert(call_id=call_id, reason=reason, now=now, actor=actor)
    ivr.intake.operations.close(call_id=call_id, outcome="system", at=now)
    return call
