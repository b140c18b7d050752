"""What the raw events of a call say of each other when they come out of turn: was there an answer, and an end after it?"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from callcenter.telephony import wire
from callcenter.telephony.models import InboundEvent
from callcenter.telephony.wire import Report
from routing.results import CallView


def end_after(report: Report, raw: dict[str, Any], *, call: CallView) -> datetime | None:
    """When a lost caller left after this answer: as the switch told, else as we concluded (a restart, a list, silence)."""
    ends = InboundEvent.objects.filter(call=call.id, type="hangup", result="applied").values_list("raw", flat=True)
    if told := list(ends):
        return next((wire.read(end).at for end in told if wire.is_before(raw, end)), None)
    return call.ended_at if call.ended_at is not None and report.at <= call.ended_at else None


def answer_before(raw: dict[str, Any], *, call: CallView) -> dict[str, Any] | None:
    """The answer the switch told of before this hang-up, in the order in which we heard of it."""
    told = InboundEvent.objects.filter(call=call.id, type__in=["answered", "bridged"])
    told = told.exclude(result="quarantined").order_by("id")
    return next((said for said in told.values_list("raw", flat=True) if wire.is_before(said, raw)), None)
