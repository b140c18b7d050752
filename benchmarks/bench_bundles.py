"""Which service a customer takes besides the others: naive Bayes over what is held, beside plain popularity.

By hand: python -m benchmarks.bench_bundles --data FILE (CHURN_DATA names it too; columns of the IBM telco set).
Mined on the first rows, judged on the last 30 %: of each basket of
two or more every service is hidden once and asked for. The set has no months, so row order stands for time; with one's own
holdings `manage.py mine_bundles` asks the same question in real months.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from benchmarks import given
from benchmarks.figures import Figure, measured
from customers.offers.bundles import Baskets, Verdict, judge, mine

NAMES = ("offers.bundle_hit3_minus_popularity",)
LEAST = 30
SERVICES = (
    "MultipleLines", "OnlineSecurity", "OnlineBackup", "DeviceProtection", "TechSupport", "StreamingTV", "StreamingMovies",
)  # fmt: skip


def run(scale: str) -> Iterator[Figure]:
    path, hint = os.environ.get("CHURN_DATA", ""), "set CHURN_DATA to a file of customers and their services"
    yield from given.figures(NAMES, path, hint, measure)


def measure(path: Path) -> Iterator[Figure]:
    """The figure of a file. Raises given.Unusable."""
    baskets = read(path)
    if (baskets[int(0.7 * len(baskets)) :].sum(axis=1) >= 2).sum() < LEAST:
        raise given.Unusable(f"Of the last 30 % fewer than {LEAST} customers have two services: too few to judge by.")
    found = judged(baskets)
    words = f"{found.n:,} hidden services, hit@3 {found.hit3:.3f}, popularity {found.popularity:.3f}; the lower bound"
    yield measured(NAMES[0], found.low, scale=words)


def read(path: Path) -> Baskets:
    """Who has which service. Raises given.Unusable."""
    rows = given.table(path, needs=SERVICES)
    return np.array([[row[service] == "Yes" for service in SERVICES] for row in rows])


def judged(baskets: Baskets) -> Verdict:
    """Mined on the first 70 %; of each later basket every service is hidden once, and a customer counts as one."""
    cut = int(0.7 * len(baskets))
    later = baskets[cut:][baskets[cut:].sum(axis=1) >= 2]
    who, taken = np.nonzero(later)
    before = later[who]
    before[np.arange(len(who)), taken] = False
    return judge(mine(baskets[:cut]), before, taken.astype(np.int64), party=who.astype(np.int64))


if __name__ == "__main__":
    given.main(__doc__, "CHURN_DATA", measure)
