"""Who says yes on the telephone, learned and judged in time order on a bank's real calls.

By hand: python -m benchmarks.bench_bank_calls --data FILE (BANK_CALLS_DATA names it too): `;`-separated, gzipped or not,
columns of the UCI bank set; any file of that shape will do. `duration` is never read: nobody knows it before the call.
Rows stand in time order.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks import given
from benchmarks.figures import Figure, measured
from customers.offers.learning.propensity import Columns
from customers.offers.learning.rolling import BATCH, Recipe, auc, lift, rolled

NAMES = ("offers.bank_auc", "offers.bank_lift10")
OFFSETS = (0, 200, 400, 600, 800)
LEAST_BATCH = 50
NUMBERS = ("age", "campaign", "pdays", "previous")
WORDS = ("job", "marital", "education", "default", "housing", "loan", "contact", "month", "day_of_week")
ECONOMY = ("emp.var.rate", "cons.price.idx", "cons.conf.idx", "euribor3m", "nr.employed")
# The simplest first: it stands until another one is surely better.
RECIPES = (
    Recipe(name="no economy, 5,000", columns=(*NUMBERS, *WORDS), window=5_000),
    Recipe(name="no economy, 20,000", columns=(*NUMBERS, *WORDS), window=20_000),
    Recipe(name="all, 20,000", columns=(*NUMBERS, *WORDS, *ECONOMY), window=20_000),
)


def run(scale: str) -> Iterator[Figure]:
    path, hint = os.environ.get("BANK_CALLS_DATA", ""), "set BANK_CALLS_DATA to a file of bank calls in time order"
    yield from given.figures(NAMES, path, hint, measure)


def measure(path: Path) -> Iterator[Figure]:
    """Both figures of a file. Raises given.Unusable."""
    columns, bought = read(path)
    first = int(len(bought) * 0.7)
    batch = min(BATCH, first // 6)  # a part too small for the named thousand is judged in smaller steps
    if batch < LEAST_BATCH or not 0 < bought[first:].sum() < len(bought) - first:
        raise given.Unusable(
            f"{len(bought)} calls are too few to judge by: at least {LEAST_BATCH * 9}, with yes and no."
        )
    found = [_judged(columns, bought, first + offset * batch // BATCH, batch) for offset in OFFSETS]
    words = (
        f"{len(bought):,} calls, the last {len(bought) - first:,} scored, refit each {batch:,}, {len(OFFSETS)} offsets"
    )
    for place, name in enumerate(NAMES):
        values = [pair[place] for pair in found]
        spread = f"{min(values):.3f} to {max(values):.3f}"
        yield measured(name, sum(values) / len(values), scale=f"{words}, {spread}")


def read(path: Path) -> tuple[Columns, NDArray[np.bool_]]:
    """Columns by name, and who said yes. Raises given.Unusable."""
    rows = given.table(path, needs=(*NUMBERS, *ECONOMY, *WORDS, "y"), delimiter=";")
    numbers = {name: given.numbers(rows, name) for name in (*NUMBERS, *ECONOMY)}
    words = {name: np.array([row[name] for row in rows]) for name in WORDS}
    return {**numbers, **words}, given.one_of(rows, "y", ("no", "yes")).astype(bool)


def _judged(columns: Columns, bought: NDArray[np.bool_], first: int, batch: int) -> tuple[float, float]:
    batches = list(rolled(columns, bought, RECIPES, first=first, batch=batch))
    chances = np.concatenate([one.chances for one in batches])
    truth = np.concatenate([one.bought for one in batches])
    return auc(chances, truth), lift(chances, truth)


if __name__ == "__main__":
    given.main(__doc__, "BANK_CALLS_DATA", measure)
