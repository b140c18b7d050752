"""Callers whose platform has fallen silent: it asks for each of them every few seconds, until its word is lost.

A hang-up told while we were away may never be told again. Whoever is not asked for any more is taken for gone, so that no
agent is rung for nobody. Talking callers are not asked for, and are left alone.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection

import routing.queries
from callcenter.telephony import intake
from callcenter.telephony.dialects import lines
from callcenter.telephony.dialects.models import AwaitedCaller
from callcenter.telephony.dialects.words import Answer, Ask, Ring, Wait
from routing.states import CallState

GRACE_S = 60  # over what the last document takes: platforms retry, fetch and speak in their own time
_LONGEST_SPEECH_S = 60
_UNTIL_ANSWERED = frozenset({CallState.ARRIVED, CallState.QUEUED, CallState.RESERVED})

_EXPECT = """
INSERT INTO telephony_awaitedcaller (call, trunk, until) VALUES (%s, %s, %s)
ON CONFLICT (call) DO UPDATE SET until = excluded.until, trunk = excluded.trunk
"""


def expect(*, call_id: UUID, trunk: str, answer: Answer, now: datetime) -> None:
    """The platform was told to do this, and will ask again when it has. What ends a call ends the waiting for it."""
    seconds = _takes_s(answer)
    if seconds is None:
        AwaitedCaller.objects.filter(pk=call_id).delete()
        return
    with connection.cursor() as cursor:
        cursor.execute(_EXPECT, [call_id, trunk, now + timedelta(seconds=seconds + GRACE_S)])


def _takes_s(answer: Answer) -> int | None:
    """How long the platform is busy with it at most; None if it will not ask again."""
    match answer:
        case Ask():
            return _LONGEST_SPEECH_S + answer.timeout_s
        case Wait():
            return _LONGEST_SPEECH_S if answer.lines else answer.seconds
        case Ring():
            return _LONGEST_SPEECH_S + answer.ring_s
        case _:
            return None


def sweep(*, now: datetime, limit: int = 500) -> int:
    """Report callers gone whom nobody asked for in time; answers how many."""
    gone = 0
    for row in AwaitedCaller.objects.filter(until__lte=now).order_by("until")[:limit]:
        line = lines.line(trunk=row.trunk)
        call = routing.queries.calls(call_ids=[row.call]).get(row.call)
        if line is not None and call is not None and call.state in _UNTIL_ANSWERED:
            item = {
                "type": "hangup",
                "at": now.isoformat(),
                "event_id": f"{call.external_id}:silent"[:160],
                "external_id": call.external_id,
                "by": "network",
            }
            intake.take(items=[item], principal=line.principal, now=now, trunk=line.trunk)
            gone += 1
        # Unless it asked again meanwhile.
        AwaitedCaller.objects.filter(pk=row.call, until=row.until).delete()
    return gone
