"""What came of settings that were only thought of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from callcenter.foundation.errors import NotFound
from routing.models import Queue
from routing.queue_settings import Changed, Settings, differences, settings_of
from routing.version_models import WhatIf

MOST_TYPES = 12
PATIENCE = timedelta(seconds=60)


@dataclass(frozen=True, kw_only=True)
class Segment:
    """One group of callers, as settings stand and as they would be: offered, abandoned, mean_s, p50_s, p95_s, level_20."""

    name: str  # all, queue:KEY, type:NAME
    name_en: str = ""  # of a queue
    name_zh: str = ""
    now: Mapping[str, Any]
    then: Mapping[str, Any]

    @property
    def kind(self) -> str:
        return self.name.partition(":")[0]

    @property
    def word(self) -> str:
        return self.name.partition(":")[2]


@dataclass(frozen=True, kw_only=True)
class WhatIfPage:
    number: int
    domain: str
    queue: str
    name_en: str
    name_zh: str
    state: str
    done_share: float
    trouble: str
    asked_at: datetime
    days: int
    calls: int
    settings: Settings
    changed: tuple[Changed, ...]  # against what holds now
    segments: tuple[Segment, ...]
    occupancy: tuple[float | None, float | None]  # now, then
    moved_at: datetime  # asked, or told by a worker how far it is

    def is_left(self, *, now: datetime) -> bool:
        """Nobody has taken it up, or whoever did has fallen silent: it may be asked again."""
        return self.state in {WhatIf.State.ASKED, WhatIf.State.RUNNING} and now - self.moved_at > PATIENCE


def what_if_page(*, number: int, domain: str) -> WhatIfPage:
    """Raises NotFound."""
    row = WhatIf.objects.select_related("queue__domain", "queue__closed_to").filter(pk=number).first()
    if row is None or row.queue.domain.key != domain:
        raise NotFound("There is no such question.")
    told = row.result or {"now": {"segments": {}}, "then": {"segments": {}}}
    return WhatIfPage(
        number=row.pk, domain=domain, queue=row.queue.key, name_en=row.queue.name_en, name_zh=row.queue.name_zh,
        state=row.state, done_share=row.done_share, trouble=row.trouble, asked_at=row.asked_at, days=row.days,
        calls=told.get("calls", 0), settings=row.settings,
        changed=differences(settings_of(row.queue), row.settings),
        segments=_segments(told["now"]["segments"], told["then"]["segments"], row.queue),
        occupancy=(told["now"].get("occupancy"), told["then"].get("occupancy")), moved_at=row.moved_at or row.asked_at,
    )  # fmt: skip


def _segments(now: Mapping[str, Any], then: Mapping[str, Any], own: Queue) -> tuple[Segment, ...]:
    """Everybody, this queue, the other queues, then the most frequent types."""
    order = {"all": 0, "queue": 2, "type": 3}

    def rank(name: str) -> tuple[int, int]:
        return 1 if name == f"queue:{own.key}" else order[name.partition(":")[0]], -now[name]["offered"]

    names = sorted(set(now) & set(then), key=rank)
    types = [name for name in names if name.startswith("type:")][:MOST_TYPES]
    called = {
        f"queue:{key}": (en, zh)
        for key, en, zh in Queue.objects.filter(domain=own.domain_id).values_list("key", "name_en", "name_zh")
    }
    unnamed = ("", "")
    return tuple(
        Segment(
            name=name,
            name_en=called.get(name, unnamed)[0],
            name_zh=called.get(name, unnamed)[1],
            now=now[name],
            then=then[name],
        )
        for name in names
        if not name.startswith("type:") or name in types
    )
