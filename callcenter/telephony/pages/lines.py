"""How the line to each switch is: its clock against ours, and what it has yet to hear."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import routing.queries
from callcenter.foundation.models import Event, Heartbeat
from callcenter.telephony import fields, instructions
from callcenter.telephony.models import InboundEvent, Trunk, TrunkPush

_LOOKED_AT = 100  # newest events of a source
_COUNTED = 500  # more than that unheard is said as "500+"
NOTICEABLE_S = 2.0  # a clock that differs by less differs by nothing


def skew_s(reports: Iterable[tuple[datetime, Mapping[str, Any]]]) -> float | None:
    """Seconds by which a switch's clock is behind ours (negative: ahead), of (received, raw) pairs. None: unknown.

    Events come late, never early, so the one that took least says most.
    """
    delays = [(received - at).total_seconds() for received, raw in reports if (at := _stated(raw)) is not None]
    return min(delays, default=None)


def _stated(raw: Mapping[str, Any]) -> datetime | None:
    return fields.instant(raw.get("at_stated") or raw.get("at"))


def skew_of(source: str) -> float | None:
    """Of the newest events of a source."""
    newest = InboundEvent.objects.filter(source=source).order_by("-id")[:_LOOKED_AT]
    pairs = [(received, raw) for received, raw in newest.values_list("received_at", "raw") if isinstance(raw, dict)]
    return skew_s(pairs)


def unheard(trunk: Trunk) -> int | None:
    """Instructions the switch has yet to hear, pushed or asked for; None for one that does neither."""
    after = _heard_up_to(trunk)
    if after is None:
        return None
    told = Event.objects.filter(feed_seq__gt=after, domain=trunk.domain, type__in=instructions.TYPES)
    names = [call for call in told.order_by("feed_seq").values_list("call", flat=True)[:_COUNTED] if call]
    ours = {call.id for call in routing.queries.calls(call_ids=names).values() if call.source == trunk.group}
    return sum(name in ours for name in names)


def _heard_up_to(trunk: Trunk) -> int | None:
    push = TrunkPush.objects.filter(trunk=trunk, active=True).values_list("cursor", flat=True).first()
    if push is not None:
        return push
    return Heartbeat.objects.filter(process=f"switch:{trunk.group}").values_list("reached", flat=True).first()
