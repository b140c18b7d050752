"""Who says yes on the telephone, learned and judged in time order on a bank's real calls.

BANK_CALLS_DATA names the file (`;`-separated, gzipped or not, columns of the UCI bank set); any file of that shape will
do. `duration` is never read: nobody knows it before the call. Rows stand in time order.
"""

from __future__ import annotations

import csv
import gzip
import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.figures import Figure, measured, not_run
from customers.offers.learning.propensity import Columns
from customers.offers.learning.rolling import Recipe, auc, lift, rolled

NAMES = ("offers.bank_auc", "offers.bank_lift10")
OFFSETS = (0, 200, 400, 600, 800)
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
    path = os.environ.get("BANK_CALLS_DATA", "")
    if not path:
        for name in NAMES:
            yield not_run(name, "set BANK_CALLS_DATA to a file of bank calls in time order")
        return
    columns, bought = read(Path(path))
    first = int(len(bought) * 0.7)
    found = [_judged(columns, bought, first + offset) for offset in OFFSETS]
    words = f"{len(bought):,} calls, the last {len(bought) - first:,} scored, {len(OFFSETS)} offsets"
    for place, name in enumerate(NAMES):
        values = [pair[place] for pair in found]
        spread = f"{min(values):.3f} to {max(values):.3f}"
        yield measured(name, sum(values) / len(values), scale=f"{words}, {spread}")


def read(path: Path) -> tuple[Columns, NDArray[np.bool_]]:
    """Columns by name, and who said yes."""
    raw = path.read_bytes()
    text = (gzip.decompress(raw) if path.suffix == ".gz" else raw).decode("utf-8")
    rows = list(csv.DictReader(text.splitlines(), delimiter=";"))
    numbers = {name: np.array([float(row[name]) for row in rows]) for name in (*NUMBERS, *ECONOMY)}
    words = {name: np.array([row[name] for row in rows]) for name in WORDS}
    return {**numbers, **words}, np.array([row["y"] == "yes" for row in rows])


def _judged(columns: Columns, bought: NDArray[np.bool_], first: int) -> tuple[float, float]:
    batches = list(rolled(columns, bought, RECIPES, first=first))
    chances = np.concatenate([batch.chances for batch in batches])
    truth = np.concatenate([batch.bought for batch in batches])
    return auc(chances, truth), lift(chances, truth)
