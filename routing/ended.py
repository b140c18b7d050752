"""Calls that are over, for those who look back on them one by one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from routing.models import Call, Reservation
from routing.results import CallView
from routing.showing import show_call

_LONGEST = timedelta(days=1)  # no call lasts longer; bounds the range of the index by arrival


@dataclass(frozen=True, kw_only=True)
class LastTalk:
    """The talk a caller remembers: the last one. Everything empty where nobody talked."""

    agent: str = ""  # staff number
    team: str = ""
    disposition: str = ""
    seconds: float | None = None  # None while it lasts
    talks: int = 0  # agents who talked in this call


def calls_ended(*, since: datetime, until: datetime) -> list[CallView]:
    """Calls that ended in [since, until), oldest end first; some may still be wrapped up."""
    rows = Call.objects.select_related("domain", "queue").filter(
        arrived_at__gte=since - _LONGEST, arrived_at__lt=until, ended_at__gte=since, ended_at__lt=until
    )
    return [show_call(row) for row in rows.order_by("ended_at", "pk")]


def last_talk(*, call_id: UUID) -> LastTalk:
    """Who talked with the caller last, and what came of it."""
    talks = list(
        Reservation.objects.filter(call=call_id, connected_at__isnull=False)
        .select_related("agent__team")
        .order_by("connected_at")
    )
    if not talks:
        return LastTalk()
    last = talks[-1]
    over = last.talk_ended_at or last.ended_at
    return LastTalk(
        agent=last.agent.key,
        team=last.agent.team.key if last.agent.team is not None else "",
        disposition=last.disposition,
        seconds=(over - last.connected_at).total_seconds() if over and last.connected_at else None,
        talks=len(talks),
    )
