"""What the integration pages show of switches and keys."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Max, Q

from callcenter.accounts.models import ApiKey
from callcenter.telephony import lateness, reconciling
from callcenter.telephony.dialects import guides
from callcenter.telephony.models import InboundEvent, Trunk
from callcenter.telephony.pages import lines
from routing import reporting
from routing.queries import live_calls

_HOUR = timedelta(hours=1)
_LATE = timedelta(seconds=60)


@dataclass(frozen=True, kw_only=True)
class Connector:
    """One switch and how its line to us is."""

    trunk: Trunk
    dialect: str  # by the name of its guide
    last_event_at: datetime | None
    events: int  # of the last hour
    refused: int  # of them kept aside
    live: int  # calls of its group that are alive
    skew_s: float | None  # its clock behind ours; negative: ahead
    unheard: int | None  # instructions it has yet to hear; None where it neither asks nor is told
    state: str  # silent | late | working: late is a switch with live calls that has said nothing for a minute

    @property
    def is_off(self) -> bool:
        """Whether its clock is so far from ours that a person should put it right."""
        return self.skew_s is not None and abs(self.skew_s) >= lines.NOTICEABLE_S

    @property
    def off_s(self) -> float:
        return abs(self.skew_s or 0.0)


def connectors(*, domain: str, now: datetime) -> list[Connector]:
    """Every switch of the domain, or of all. Nodes of one group share what their group sent."""
    trunks = list(Trunk.objects.filter(domain=domain) if domain else Trunk.objects.all())
    groups = {trunk.group for trunk in trunks}
    recent = InboundEvent.objects.filter(source__in=groups, received_at__gte=now - _HOUR).values("source")
    heard: dict[str, Any] = {
        row["source"]: row
        for row in recent.annotate(
            n=Count("id"), bad=Count("id", filter=Q(result="quarantined")), at=Max("received_at")
        )
    }
    live: dict[str, int] = {}
    for where in {trunk.domain for trunk in trunks}:
        for call in reconciling.on_lines(live_calls(domain=where, limit=5_000)):
            live[call.source] = live.get(call.source, 0) + 1
    asked = lateness.last_asked(trunks)
    shown = []
    for trunk in sorted(trunks, key=lambda one: one.key):
        row: dict[str, Any] = heard.get(trunk.group, {})
        at = row.get("at") or _last_event(trunk.group)
        alive = live.get(trunk.group, 0)
        state = _state(trunk, at=at, asked=asked.get(trunk.group), alive=bool(alive), now=now)
        shown.append(
            Connector(
                trunk=trunk,
                dialect=guides.BY_DIALECT[trunk.dialect].name if trunk.dialect in guides.BY_DIALECT else trunk.dialect,
                last_event_at=at,
                events=row.get("n", 0),
                refused=row.get("bad", 0),
                live=alive,
                skew_s=lines.skew_of(trunk.group),
                unheard=lines.unheard(trunk),
                state=state,
            )
        )
    return shown


def _state(trunk: Trunk, *, at: datetime | None, asked: datetime | None, alive: bool, now: datetime) -> str:
    """As an event has told it; of a switch that gives no regular sign, a minute without any while calls live."""
    if trunk.late_since is not None or (lateness.silent_since(trunk, asked, now) is not None and alive):
        return "late"
    signs = [sign for sign in (at, asked, trunk.listed_at) if sign is not None]
    if at is None:
        return "silent"
    return "late" if alive and now - max(signs) > _LATE else "working"


def _last_event(source: str) -> datetime | None:
    return InboundEvent.objects.filter(source=source).order_by("-id").values_list("received_at", flat=True).first()


def last_events(*, domain: str, only_refused: bool, limit: int = 30) -> list[InboundEvent]:
    """The newest events of the domain's switches, newest first."""
    trunks = Trunk.objects.filter(domain=domain) if domain else Trunk.objects.all()
    rows = InboundEvent.objects.filter(source__in=list(trunks.values_list("group", flat=True).distinct()))
    if only_refused:
        rows = rows.filter(result="quarantined")
    return list(rows.order_by("-id")[:limit])


def keys(*, domain: str, now: datetime) -> list[ApiKey]:
    """Keys in use, the newest first, and those that went out of use within a week."""
    rows = ApiKey.objects.filter(domain=domain) if domain else ApiKey.objects.all()
    week = now - timedelta(days=7)
    fresh = rows.filter(expires_at__gt=week).filter(Q(revoked_at__isnull=True) | Q(revoked_at__gt=week))
    return list(fresh.order_by("revoked_at", "-created_at")[:100])


def domains(*, domain: str) -> list[str]:
    return [domain] if domain else list(reporting.domains())
