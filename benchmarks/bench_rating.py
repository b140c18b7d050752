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


def full_plans() -> list[dict[str, Any]]:
    """Local before national data, two tiers under a cap; and by turns carry-over, conversion, throttle and discounts."""
    random = np.random.default_rng(8)
    plans = []
    for number in range(PLANS):
        gb, minutes = int(random.integers(1, 30)), int(random.integers(0, 20)) * 50
        scopes = ["national", "local"]
        first = 1024 * int(random.integers(100, 2000))
        plan: dict[str, Any] = {
            "code": f"full-{number}",
            "fee": 900 + gb * 210 + minutes * 6,
            "round": {"voice": {"per": "EVENT", "block": 60}},
            "buckets": [
                {"id": "voice", "service": "voice", "amount": minutes, "unit": "minute"},
                {"id": "local", "service": "data", "scope": ["local"], "amount": f"{gb}.7", "unit": "GB", "order": 1},
                {"id": "data", "service": "data", "scope": scopes, "amount": f"{gb}.3", "unit": "GB", "order": 2},
            ],
            "overage": [
                {"service": "voice", "block": 60, "price": {"num": int(random.integers(10, 26))}},
                {"service": "messages", "price": {"num": 10}},
                {"service": "data", "scope": scopes, "block": 1024, "cap": 50_000, "tiers": {"mode": "GRADUATED", "steps": [
                    {"from": 0, "to": first, "price": {"num": 29, "den": 10}},
                    {"from": first, "to": None, "price": {"num": 1}},
                ]}},
            ],
        }  # fmt: skip
        if number % 3 == 0:
            plan["carry"] = [{"bucket": "data", "cap": {"amount": 2, "unit": "GB"}}]
        if number % 5 == 0:
            plan["convert"] = _conversion()
        if number % 2 == 0:
            plan["discounts"] = [{"on": "fee", "percent": 10, "order": 1}, {"fen": 300, "order": 2}]
        plans.append(plan)
    return plans


def _conversion() -> dict[str, Any]:
    give = {"amount": 1, "unit": "MB"}
    return {
        "from": "data",
        "order": ["voice", "messages"],
        "rates": {
            "voice": {"give": give, "get": {"amount": 1, "unit": "minute"}},
            "messages": {"give": give, "get": {"amount": 1}},
        },
        "caps": {"voice": {"amount": 800, "unit": "minute"}, "messages": {"amount": 300}},
    }
