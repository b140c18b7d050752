"""Which service a customer takes besides the others: naive Bayes over what is held, beside plain popularity.

CHURN_DATA names the file (columns of the IBM telco set). Mined on the first rows, judged on the last 30 %: of each basket of
two or more every service is hidden once and asked for. The set has no months, so row order stands for time; with one's own
holdings `manage.py mine_bundles` asks the same question in real months.
"""

from __future__ import annotations

import csv
import gzip
import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from benchmarks.figures import Figure, measured, not_run
from customers.offers.bundles import Baskets, Verdict, judge, mine

NAMES = ("offers.bundle_hit3_minus_popularity",)
SERVICES = (
    "MultipleLines", "OnlineSecurity", "OnlineBackup", "DeviceProtection", "TechSupport", "StreamingTV", "StreamingMovies",
)  # fmt: skip


def run(scale: str) -> Iterator[Figure]:
    path = os.environ.get("CHURN_DATA", "")
    if not path:
        yield not_run(NAMES[0], "set CHURN_DATA to a file of customers and their services")
        return
    found = judged(read(Path(path)))
    words = f"{found.n:,} hidden services, hit@3 {found.hit3:.3f}, popularity {found.popularity:.3f}; the lower bound"
    yield measured(NAMES[0], found.low, scale=words)


def read(path: Path) -> Baskets:
    raw = path.read_bytes()
    text = (gzip.decompress(raw) if path.suffix == ".gz" else raw).decode("utf-8")
    rows = csv.DictReader(text.splitlines())
    return np.array([[row[service] == "Yes" for service in SERVICES] for row in rows])


def judged(baskets: Baskets) -> Verdict:
    """Mined on the first 70 %; of each later basket every service is hidden once, and a customer counts as one."""
    cut = int(0.7 * len(baskets))
    later = baskets[cut:][baskets[cut:].sum(axis=1) >= 2]
    who, taken = np.nonzero(later)
    before = later[who]
    before[np.arange(len(who)), taken] = False
    return judge(mine(baskets[:cut]), before, taken.astype(np.int64), party=who.astype(np.int64))
