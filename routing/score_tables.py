"""Tables of values as matching uses them. Missing, stale, absurd, altered or slow: none, and the queue goes by rules at once."""

from __future__ import annotations

import json
import logging
import math
import time
from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256

from routing.matching import PairTable
from routing.models import ScoreTable

FRESH = timedelta(days=7)
LOOK_AGAIN = timedelta(seconds=30)
SLOW_S = 0.25  # reading a table must never hold up callers; one that does rests until the next look
_kept: dict[int, tuple[datetime, PairTable | None]] = {}  # queue → looked at, table
log = logging.getLogger(__name__)


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
    begun = time.perf_counter()
    table, trouble = examine(queue=queue, now=now)
    took = time.perf_counter() - begun
    if trouble not in {Trouble.NONE, Trouble.NOTHING_LEARNED}:
        log.warning("Queue %s goes by rules: its table is %s.", queue, trouble)
    if took > SLOW_S:
        log.warning("Queue %s goes by rules: reading its table took %.2f s.", queue, took)
        return None
    return table


class Trouble(StrEnum):
    """Why a queue goes by rules though it is to be paired."""

    NONE = ""
    NOTHING_LEARNED = "nothing_learned"
    STALE = "stale"  # older than a week
    ABSURD = "absurd"  # a shape that does not fit, or a number that is none
    ALTERED = "altered"  # not what training wrote


def examine(*, queue: int, now: datetime) -> tuple[PairTable | None, Trouble]:
    """The newest table of a queue, or what is wrong with it."""
    row = ScoreTable.objects.filter(queue=queue).order_by("-made_at").first()
    if row is None:
        return None, Trouble.NOTHING_LEARNED
    if row.made_at <= now - FRESH:
        return None, Trouble.STALE
    table = _read(row)
    if table is None:
        return None, Trouble.ABSURD
    if "seal" in row.card and row.card["seal"] != seal(row):
        return None, Trouble.ALTERED
    return table, Trouble.NONE


def seal(row: ScoreTable) -> str:
    """A fingerprint of a table. Adding nought makes −0 into 0, which the database does not tell apart."""
    numbers = [*row.price, *row.worth, row.spread, *(one for line in row.value for one in line)]
    told = [list(row.types), list(row.agents), [float(one) + 0.0 for one in numbers]]
    return sha256(json.dumps(told).encode()).hexdigest()


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
