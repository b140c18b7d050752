"""Bulk rating beside plain numpy, in one run on the same arrays; and saving claims judged on the month that followed.

By hand: python -m benchmarks.bench_rating [--data FOLDER] [--full]
FOLDER holds calls, internet, messages, users (.csv or .csv.gz) and plans.csv of an operator; MEGALINE_DATA names it too.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.figures import Figure, measured
from customers.catalogue.bulk import cheapest
from customers.catalogue.compiled import CompiledTariffs, compile_tariffs
from customers.catalogue.tariff import parse_tariff
from customers.catalogue.usage import Int64, SumKey, UsageBlock

RATIO = "offers.bulk_rating_ratio_to_numpy"
NAMES = (RATIO, f"{RATIO}_full")
PLANS = 100
CUSTOMERS = {"default": 100_000, "full": 1_000_000}
BASELINE_CHUNK = 20_000
ROUNDS = 3  # best of, alternating, so that a busy neighbour hits both
GB = 1024 * 1024
VOICE, MESSAGES = SumKey("voice", "national", "event:60"), SumKey("messages", "national", "raw")
NATIONAL, LOCAL = SumKey("data", "national", "raw"), SumKey("data", "local", "raw")

Float = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Answer:
    """The cheapest plan of each customer, and its fen."""

    plan: NDArray[np.int64]
    fen: NDArray[np.int64]
    seconds: float


def customers_of(size: int) -> UsageBlock:
    """Months drawn from long-tailed use: most below the allowances, some far above."""
    random = np.random.default_rng(20181101)
    minutes = random.gamma(1.2, 280, size).astype(np.int64)
    data = (random.lognormal(1.2, 1.1, size) * GB).astype(np.int64)
    at_home = (data * random.beta(4, 2, size)).astype(np.int64)
    return UsageBlock(
        sums={
            VOICE: minutes * 60,
            MESSAGES: random.poisson(25, size).astype(np.int64),
            NATIONAL: data - at_home,
            LOCAL: at_home,
        }
    )


def simple_plans() -> list[dict[str, Any]]:
    """Fee, three allowances, three prices by block; data counts alike everywhere."""
    random = np.random.default_rng(7)
    plans = []
    for number in range(PLANS):
        gb, minutes = int(random.integers(1, 60)), int(random.integers(0, 20)) * 50
        plans.append({
            "code": f"simple-{number}",
            "fee": 800 + gb * 190 + minutes * 6,
            "round": {"voice": {"per": "EVENT", "block": 60}},
            "buckets": [
                {"service": "voice", "amount": minutes, "unit": "minute"},
                {"service": "messages", "amount": int(random.integers(0, 100))},
                {"service": "data", "scope": ["national", "local"], "amount": gb, "unit": "GB"},
            ],
            "overage": [
                {"service": "voice", "block": 60, "price": {"num": int(random.integers(10, 26))}},
                {"service": "messages", "price": {"num": 10}},
                {"service": "data", "scope": ["national", "local"], "block": 1024, "price": {"num": int(random.integers(1, 20))}},
            ],
        })  # fmt: skip
    return plans
