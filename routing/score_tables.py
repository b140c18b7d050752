"""Tables of values as matching uses them. Missing, stale, absurd, altered or slow: none, and the queue goes by rules at once."""

from __future__ import annotations

import json
import logging
import math
from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from typing import NamedTuple

from django.db import OperationalError, connection, transaction
from psycopg.errors import LockNotAvailable, QueryCanceled

from routing.matching import PairTable
from routing.models import ScoreTable

FRESH = timedelta(days=7)
LOOK_AGAIN = timedelta(seconds=30)
SLOW_MS = 250  # reading a table must never hold up callers; one that does rests until the next look
FARTHEST = 1e5  # in spreads: beyond it a value is a mistake, and sums of scores would lose their last digits
log = logging.getLogger(__name__)


class Trouble(StrEnum):
    """Why a queue goes by rules though it is to be paired."""

    NONE = ""
    NOTHING_LEARNED = "nothing_learned"
    STALE = "stale"  # older than a week
    ABSURD = "absurd"  # a shape that does not fit, or a number that is none
    ALTERED = "altered"  # not what training wrote
    SLOW = "slow"  # not read in time


class Usable(NamedTuple):
    """What the paired queues of one tick have to go by."""

    pairs: dict[int, PairTable]  # queue → table
    troubles: dict[int, Trouble]  # queue → why it has none


_kept: dict[int, tuple[datetime, PairTable | None, Trouble]] = {}  # queue → looked at, table, what is wrong with it


def forget() -> None:
    """For tests, and after training in this process."""
    _kept.clear()


def usable(*, queues: Iterable[int], now: datetime) -> Usable:
    """The newest usable table of each queue, looked for at most twice a minute."""
    found = Usable({}, {})
    for queue in queues:
        kept = _kept.get(queue)
        if kept is None or not timedelta(0) <= now - kept[0] < LOOK_AGAIN:
            kept = _kept[queue] = (now, *_look(queue, now))
        if kept[1] is not None:
            found.pairs[queue] = kept[1]
        else:
            found.troubles[queue] = kept[2]
    return found


def _look(queue: int, now: datetime) -> tuple[PairTable | None, Trouble]:
    table, trouble = examine(queue=queue, now=now)
    if trouble not in {Trouble.NONE, Trouble.NOTHING_LEARNED}:
        log.warning("Queue %s goes by rules: its table is %s.", queue, trouble)
    return table, trouble


def examine(*, queue: int, now: datetime) -> tuple[PairTable | None, Trouble]:
    """The newest table of a queue, or what is wrong with it."""
    try:
        row = _newest(queue)
    except OperationalError as error:
        if not isinstance(error.__cause__, QueryCanceled | LockNotAvailable):
            raise
        return None, Trouble.SLOW
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


def _newest(queue: int) -> ScoreTable | None:
    """Read within SLOW_MS. Raises OperationalError, and leaves the transaction around it as it was."""
    limit = "SELECT set_config('statement_timeout', %s, true)"
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SHOW statement_timeout")
        [usual] = cursor.fetchone() or ("0",)
        cursor.execute(limit, [str(SLOW_MS)])
        row = ScoreTable.objects.filter(queue=queue).order_by("-made_at").first()
        cursor.execute(limit, [usual])
    return row


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
    if len(set(types)) < len(types) or len(set(agents)) < len(agents):
        return None
    numbers = [*row.price, *row.worth, row.spread, *(one for line in row.value for one in line)]
    if not all(isinstance(one, int | float) and math.isfinite(one) for one in numbers) or row.spread <= 0:
        return None
    if max(map(abs, numbers)) > FARTHEST * row.spread:
        return None
    return PairTable(
        version=f"{row.pk}",
        types=tuple(types),
        value={(kind, agent): row.value[i][j] for i, kind in enumerate(types) for j, agent in enumerate(agents)},
        price=dict(zip(agents, row.price, strict=True)),
        worth=dict(zip(types, row.worth, strict=True)),
        spread=row.spread,
    )
