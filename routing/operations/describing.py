"""What the switch wants kept with a call: changed while the call lives."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from callcenter.foundation.commands import command
from callcenter.foundation.errors import Invalid
from routing.journal import Journal, lock_call
from routing.results import CallView
from routing.showing import show_call
from routing.states import CallState

MOST_BYTES = 4096


@command
def describe(*, call_id: UUID, attributes: Mapping[str, Any], now: datetime, actor: str) -> CallView:
    """Lay these attributes over the call's own; None takes one away (RFC 7396, one level). Raises Invalid above 4 KB."""
    call = lock_call(call_id)
    merged = {name: value for name, value in {**call.attributes, **attributes}.items() if value is not None}
    if len(json.dumps(merged, ensure_ascii=False).encode()) > MOST_BYTES:
        raise Invalid(
            _("All attributes of a call together take at most %(limit)s bytes.") % {"limit": MOST_BYTES},
            field="/attributes",
        )
    if merged != call.attributes:
        journal = Journal(domain=call.domain.key, now=now, actor=actor)
        journal.open(call)
        call.attributes = merged
        journal.tell_call(call, "call.described")
        journal.close()
    return show_call(call)


@command
def promise_answer(*, call_id: UUID, opens_at: datetime, now: datetime, actor: str) -> bool:
    """Whoever waits in writing keeps the place and is told when we answer. False: they no longer wait."""
    call = lock_call(call_id)
    if call.state != CallState.QUEUED:
        return False
    journal = Journal(domain=call.domain.key, now=now, actor=actor)
    journal.open(call)
    journal.tell_call(call, "call.answer_promised", opens_at=opens_at.isoformat())
    journal.close()
    return True
