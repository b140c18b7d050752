"""Tables of values as matching uses them. Missing, stale or absurd: none, and the queue goes by rules at once."""

from __future__ import annotations

import math
from collections.abc import Iterable
from datetime import datetime, timedelta

from routing.matching import PairTable
from routing.models import ScoreTable

FRESH = timedelta(days=7)
LOOK_AGAIN = timedelta(seconds=30)
_kept: dict[int, tuple[datetime, PairTable | None]] = {}  # queue → looked at, table


def forget() -> None:
    """For tests, and after training in this process."""
    _kept.clear()


def usable(*, queues: Iterable[int], now: datetime) -> dict[int, PairTable]:
    """The newest usable table of each queue, looked for at most twice a minute."""
    found = {}
    for queue in queues:
        kept = _kept.get(queue)
        if kept is None or not timedelta(0) <= now - kept[0] < LOOK_AGAIN:
            kept = _kept[queue] = (now, _load(queue, now))
        if kept[1] is not None:
            found[queue] = kept[1]
    return found


def _load(queue: int, now: datetime) -> PairTable | None:
    row = ScoreTable.objects.filter(queue=queue, made_at__gt=now - FRESH).order_by("-made_at").first()
    return None if row is None else _read(row)


def _read(row: ScoreTable) -> PairTable | None:
    """None unless every number is one and every shape fits."""
    types, agents = list(row.types), list(row.agents)
    shaped = len(row.value) == len(types) == len(row.worth) and len(row.price) == len(agents)
    if not types or not shaped or any(len(line) != len(agents) for line in row.value):
        return None
    numbers = [*row.price, *row.worth, row.spread, *(one for line in row.value for one in line)]
    if not all(isinstance(one, int | float) and math.isfinite(one) for one in numbers) or row.spread <= 0:
        return None
    return PairTable(
        version=f"{row.pk}",
        types=tuple(types),
        value={(kind, agent): row.value[i][j] for i, kind in enumerate(types) for j, agent in enumerate(agents)},
        price=dict(zip(agents, row.price, strict=True)),
        worth=dict(zip(types, row.worth, strict=True)),
        spread=row.spread,
    )
