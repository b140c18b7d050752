"""Bulk rating beside plain numpy, in one run on the same arrays; and saving claims judged on the month that followed.

By hand: python -m benchmarks.bench_rating [--data FOLDER] [--full]
FOLDER holds calls, internet, messages, users (.csv or .csv.gz) and plans.csv of an operator; MEGALINE_DATA names it too.
"""

from __future__ import annotations

import argparse
import os
import resource
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import permutations
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks import given, megaline
from benchmarks.figures import Figure, measured, not_run
from customers.catalogue.bulk import cheapest
from customers.catalogue.compiled import CompiledTariffs, compile_tariffs
from customers.catalogue.tariff import parse_tariff
from customers.catalogue.usage import Int64, SumKey, UsageBlock

RATIO = "offers.bulk_rating_ratio_to_numpy"
CLAIMS = ("offers.megaline_dearer_share", "offers.megaline_realised_share", "offers.megaline_speaking_share")
NAMES = (RATIO, f"{RATIO}_full", *CLAIMS)
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
                {"service": "data", "amount": gb, "unit": "GB"},
            ],
            "overage": [
                {"service": "voice", "block": 60, "price": {"num": int(random.integers(10, 26))}},
                {"service": "messages", "price": {"num": 10}},
                {"service": "data", "block": 1024, "price": {"num": int(random.integers(1, 20))}},
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


# --- plain numpy ----------------------------------------------------------------------------------------------------


def plain_simple(usage: UsageBlock, plans: list[dict[str, Any]]) -> Answer:
    """Fee and three allowances broadcast over customers × plans in float64, as one would write it."""
    started = time.process_time()
    fee = np.array([plan["fee"] for plan in plans], float)
    given = [[plan["buckets"][place]["amount"] * unit for plan in plans] for place, unit in enumerate((60, 1, GB))]
    price = [[plan["overage"][place]["price"]["num"] for plan in plans] for place in range(3)]
    (voice_given, messages_given, data_given), (voice, messages, data) = np.array(given, float), np.array(price, float)
    used = [usage.sums[key].astype(float) for key in (VOICE, MESSAGES, NATIONAL)]
    best, fen = [], []
    for start in range(0, usage.size, BASELINE_CHUNK):
        v, m, d = (column[start : start + BASELINE_CHUNK, None] for column in used)
        total = (
            fee
            + np.ceil(np.maximum(v - voice_given, 0) / 60) * voice
            + np.maximum(m - messages_given, 0) * messages
            + np.ceil(np.maximum(d - data_given, 0) / 1024) * data
        )
        best.append(total.argmin(axis=1))
        fen.append(total.min(axis=1))
    return _answer(best, fen, started)


def plain_full(usage: UsageBlock, plans: list[dict[str, Any]], carried: Int64) -> Answer:
    """The same steps as the engine's, one plan after the other in float64, expression by expression."""
    started = time.process_time()
    columns = [usage.sums[key].astype(float) for key in (VOICE, MESSAGES, NATIONAL, LOCAL)] + [carried.astype(float)]
    best, fen = [], []
    for start in range(0, usage.size, BASELINE_CHUNK):
        used = [column[start : start + BASELINE_CHUNK] for column in columns]
        cheapest_fen = np.full(len(used[0]), np.inf)
        cheapest_plan = np.zeros(len(used[0]), np.int64)
        for number, plan in enumerate(plans):
            total = _plain_bill(plan, used)
            better = total < cheapest_fen
            cheapest_fen[better] = total[better]
            cheapest_plan[better] = number
        best.append(cheapest_plan)
        fen.append(cheapest_fen)
    return _answer(best, fen, started)


def _answer(best: list[NDArray[np.int64]], fen: list[Float], started: float) -> Answer:
    return Answer(
        plan=np.concatenate(best), fen=np.concatenate(fen).astype(np.int64), seconds=time.process_time() - started
    )


def _plain_bill(plan: dict[str, Any], used: list[Float]) -> Float:
    turns = list(permutations(["data", *plan["convert"]["order"]])) if "convert" in plan else [("data",)]
    total, short = _plain_turn(plan, used, turns[0])
    if len(turns) > 1 and short.any():
        # Only where a conversion came short can another order be dearer: the baseline may know that too.
        few = [column[short] for column in used]
        total[short] = np.maximum.reduce([total[short], *(_plain_turn(plan, few, turn)[0] for turn in turns[1:])])
    total += plan["fee"]
    for discount in plan.get("discounts", ()):
        percent = discount.get("percent")
        off = np.floor((2 * plan["fee"] * percent + 100) / 200) if percent else np.minimum(total, discount["fen"])
        total -= off
    return total


def _plain_turn(plan: dict[str, Any], used: list[Float], turn: tuple[str, ...]) -> tuple[Float, NDArray[np.bool_]]:
    voice, messages, national, local, carried = used
    local_given, data_given = (np.ceil(float(plan["buckets"][place]["amount"]) * GB) for place in (1, 2))
    voice = np.maximum(voice - plan["buckets"][0]["amount"] * 60, 0)
    local = np.maximum(local - local_given, 0)
    if "convert" not in plan:
        old = np.minimum(carried, 2 * GB) if "carry" in plan else 0
        data = np.maximum(national + local - data_given - old, 0)
        return _plain_charges(plan, voice, messages, data), np.zeros(len(data), bool)
    data = national + local
    if "carry" in plan:
        data = np.maximum(data - np.minimum(carried, 2 * GB), 0)
    held, short = np.full(len(data), data_given), np.zeros(len(data), bool)
    for who in turn:
        if who == "data":
            data, held = np.maximum(data - held, 0), np.maximum(held - data, 0)
            continue
        need, get, cap = (voice, 60, 800) if who == "voice" else (messages, 1, 300)
        wanted = np.minimum(np.ceil(need / get), cap)
        lots = np.minimum(wanted, np.floor(held / 1024))
        held, short = held - lots * 1024, short | (lots < wanted)
        need = np.maximum(need - lots * get, 0)
        voice, messages = (need, messages) if who == "voice" else (voice, need)
    return _plain_charges(plan, voice, messages, data), short


def _plain_charges(plan: dict[str, Any], voice: Float, messages: Float, data: Float) -> Float:
    first = plan["overage"][2]["tiers"]["steps"][0]["to"] / 1024
    blocks = np.ceil(data / 1024)
    tiers = np.floor((58 * np.minimum(blocks, first) + 10) / 20) + np.maximum(blocks - first, 0)
    charged: Float = (
        np.ceil(voice / 60) * plan["overage"][0]["price"]["num"] + messages * 10 + np.minimum(tiers, 50_000)
    )
    return charged


# --- side by side ---------------------------------------------------------------------------------------------------


def run(scale: str) -> Iterator[Figure]:
    """Both ratios, then the claims; see the module for running it by hand."""
    size = CUSTOMERS.get(scale, CUSTOMERS["default"])
    yield from ratios(size)
    yield from claims(os.environ.get("MEGALINE_DATA", ""))


def ratios(size: int) -> Iterator[Figure]:
    """CPU seconds, best of alternating rounds: neighbours on the machine must not decide it."""
    mixed = customers_of(size)
    plain_use = UsageBlock(
        sums={
            VOICE: mixed.sums[VOICE],
            MESSAGES: mixed.sums[MESSAGES],
            NATIONAL: mixed.sums[NATIONAL] + mixed.sums[LOCAL],
        }
    )
    carried = np.random.default_rng(5).integers(0, 3 * GB, size)
    simple, full = simple_plans(), full_plans()
    rounds = ROUNDS if size <= CUSTOMERS["default"] else 1
    broadcast, ours = _best(
        rounds, lambda: plain_simple(plain_use, simple), lambda: _engine(plain_use, _compiled(simple), {})
    )
    yield measured(RATIO, broadcast.seconds / ours.seconds, scale=_told(size, broadcast, ours))
    tariffs = _compiled(full)
    carry = {(plan.code, "data"): carried for plan in tariffs.plans if plan.tariff.carry}
    loop, ours = _best(rounds, lambda: plain_full(mixed, full, carried), lambda: _engine(mixed, tariffs, carry))
    against = f"; against the float broadcast of the simple shape {broadcast.seconds / ours.seconds:.2f}"
    yield measured(f"{RATIO}_full", loop.seconds / ours.seconds, scale=_told(size, loop, ours) + against)


def _compiled(plans: list[dict[str, Any]]) -> CompiledTariffs:
    return compile_tariffs(parse_tariff(plan) for plan in plans)


def _engine(usage: UsageBlock, tariffs: CompiledTariffs, carry: dict[tuple[str, str], Int64]) -> Answer:
    started = time.process_time()
    best = cheapest(usage, tariffs, k=1, carry_in=carry)
    return Answer(plan=best.plans[:, 0], fen=best.fen[:, 0], seconds=time.process_time() - started)


def _best(rounds: int, plain: Callable[[], Answer], engine: Callable[[], Answer]) -> tuple[Answer, Answer]:
    """The quicker rounds of both. Raises AssertionError if one fen or one choice differs: then no ratio counts."""
    pairs = [(plain(), engine()) for _ in range(rounds)]
    for one, other in pairs:
        assert (one.fen == other.fen).all(), "the engine and plain numpy differ in fen"
        assert (one.plan == other.plan).all(), "the engine and plain numpy differ in the plan they choose"
    return tuple(min(side, key=lambda answer: answer.seconds) for side in zip(*pairs, strict=True))


def _told(size: int, plain: Answer, ours: Answer) -> str:
    smaller = CUSTOMERS["full"] // size
    named = "as named" if smaller == 1 else f"{smaller} times smaller than named"
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return (
        f"{size:,} customers × {PLANS} plans ({named}), equal fen; CPU {plain.seconds:.2f} s against {ours.seconds:.2f} s;"
        f" peak {peak:,.0f} MB"
    )


# --- claims ---------------------------------------------------------------------------------------------------------


def claims(folder: str) -> Iterator[Figure]:
    if not folder or not Path(folder).is_dir():
        for name in CLAIMS:
            yield not_run(name, "set MEGALINE_DATA, or --data, to the folder of an operator's months")
        return
    try:
        judged = megaline.judge(Path(folder), earlier_only=True)
    except given.Unusable as why:
        yield from (not_run(name, str(why)) for name in CLAIMS)
        return
    wider = megaline.judge(Path(folder), earlier_only=False)
    told = (
        f"{judged.spoken} claims in {judged.eligible:,} customer-months of {judged.users} users, pool of earlier months;"
        f" with all other users' months {wider.dearer:.3f} dearer, {wider.realised:.2f} realised, {wider.speaking:.3f} speaking"
    )
    for name, value in zip(CLAIMS, (judged.dearer, judged.realised, judged.speaking), strict=True):
        yield (
            measured(name, value, scale=told) if judged.spoken else not_run(name, "no claim could be made on this part")
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", default=os.environ.get("MEGALINE_DATA", ""))
    parser.add_argument("--full", action="store_true", help="a million customers")
    parser.add_argument("--claims-only", action="store_true")
    asked = parser.parse_args()
    if not asked.claims_only:
        for figure in ratios(CUSTOMERS["full" if asked.full else "default"]):
            print(figure)
    for figure in claims(asked.data):
        print(figure)


if __name__ == "__main__":
    main()
