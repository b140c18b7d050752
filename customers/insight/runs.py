"""The nights: what was computed, when, how long it took, and what changed since the night before."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count

from customers.insight.facts import Facts, InsightRun
from customers.insight.formulas import VERSION
from customers.insight.models import TagLog

LATE = timedelta(hours=26)  # a night and a bit


@dataclass(frozen=True, kw_only=True)
class Changed:
    """What happened to one tag since an instant, by rules and models."""

    key: str
    name_en: str
    name_zh: str
    added: int
    removed: int


@dataclass(frozen=True, kw_only=True)
class Nights:
    """The newest runs, whether the newest is too old, and tags as they changed with it."""

    runs: tuple[InsightRun, ...]
    is_late: bool
    is_outdated: bool  # the formulas have changed since
    changed: tuple[Changed, ...]
    stages: tuple[tuple[str, int], ...]  # customers by lifecycle now
    levels: tuple[tuple[str, int], ...]


def nights(*, now: datetime, most: int = 14) -> Nights:
    """Everything the page of nights shows. Four statements."""
    runs = tuple(InsightRun.objects.order_by("-at")[:most])
    newest = runs[0] if runs else None
    return Nights(
        runs=runs,
        is_late=newest is None or newest.at < now - LATE,
        is_outdated=newest is not None and newest.version != VERSION,
        changed=_changed(newest.at) if newest else (),
        stages=_by("lifecycle"),
        levels=_by("level"),
    )


def _by(field: str) -> tuple[tuple[str, int], ...]:
    rows: Any = Facts.objects.values_list(field).annotate(many=Count("pk")).order_by("-many", field)
    return tuple((str(name), int(many)) for name, many in rows)


def _changed(at: datetime) -> tuple[Changed, ...]:
    told: Any = (
        TagLog.objects.filter(at=at, origin__in=["rule", "model"])
        .values_list("tag__key", "tag__name_en", "tag__name_zh", "act")
        .annotate(many=Count("pk"))
    )
    found: dict[str, dict[str, Any]] = {}
    for key, english, chinese, act, many in told:
        one = found.setdefault(key, {"key": key, "name_en": english, "name_zh": chinese, "added": 0, "removed": 0})
        one[act] = int(many)
    rows = [Changed(**one) for one in found.values()]
    return tuple(sorted(rows, key=lambda one: (-one.added - one.removed, one.key))[:20])
