"""What holds for every plan and every month: three ways to one bill, and bills that only rise with use."""

from __future__ import annotations

from random import Random
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from customers.catalogue.bulk import NOT_RATABLE, cheapest, rate_block
from customers.catalogue.compiled import compile_tariff, compile_tariffs
from customers.catalogue.rack import rack_of
from customers.catalogue.rating import rate
from customers.catalogue.tariff import parse_tariff
from customers.catalogue.usage import SumKey, UsageBlock, UsageMonth
from tests.thorough import examples
from tests.unit.customers import rating_oracle
from tests.unit.customers.rating_plans import month, months, plans

CALM = settings(max_examples=examples(100), deadline=None, suppress_health_check=[HealthCheck.too_slow])


def block_of(rows: list[dict[SumKey, int]]) -> UsageBlock:
    return UsageBlock(sums={key: np.array([row[key] for row in rows], np.int64) for key in rows[0]})


@settings(CALM, max_examples=examples(50))
@given(
    raws=st.lists(plans(), min_size=2, max_size=2, unique_by=lambda raw: raw["code"]),
    seed=st.integers(0, 2**32),
)
def test_block_equals_scalar_equals_fractions(raws: list[dict[str, Any]], seed: int) -> None:
    """10,000 random customer-plan pairs (50 examples × 100 customers × 2 plans; 20 in a short run), to the fen."""
    random = Random(seed)
    rows = [month(random) for _ in range(100)]
    carried = [random.randint(0, 4000) for _ in rows]
    tariffs = compile_tariffs(parse_tariff(raw) for raw in raws)
    columns = {(raw["code"], "national"): np.array(carried, np.int64) for raw in raws if raw.get("carry")}
    block = rate_block(block_of(rows), tariffs, carry_in=columns)
    for place, raw in enumerate(raws):
        for customer, row in enumerate(rows):
            old = carried[customer] if raw.get("carry") else 0
            expected = rating_oracle.total(raw, row, {"national": old})
            bill = rate(UsageMonth(sums=row), tariffs[place], carry_in={"national": (old,)})
            assert (bill.total, block[customer, place]) == (expected, expected)


@CALM
@given(raw=plans(volume=False), row=months(), more=st.integers(1, 3000), data=st.data())
def test_more_usage_never_costs_less(
    raw: dict[str, Any], row: dict[SumKey, int], more: int, data: st.DataObject
) -> None:
    """Holds where tiers are graduated. Under VOLUME a cheaper tier may make the 101st unit lower the bill: its terms."""
    tariff = compile_tariff(parse_tariff(raw))
    service, scope, _ = data.draw(st.sampled_from(sorted(row)))
    grown = {
        key: units + -(-more // 60) * 60 if (key.service, key.scope) == (service, scope) else units
        for key, units in row.items()
    }  # fmt: skip
    assert rate(UsageMonth(sums=grown), tariff).total >= rate(UsageMonth(sums=row), tariff).total


@CALM
@given(raw=plans(), row=months(), days=st.integers(1, 30), carried=st.integers(0, 4000))
def test_every_bill_is_the_sum_of_its_lines_and_never_negative(
    raw: dict[str, Any], row: dict[SumKey, int], days: int, carried: int
) -> None:
    tariff = parse_tariff(raw)
    bill = rate(UsageMonth(sums=row), tariff, active_days=(days, 30), carry_in={"national": (carried,)})
    assert bill.total == sum(line.fen for line in bill.lines) >= 0
    for name, left in bill.left.items():
        assert 0 <= left <= bill.given[name]
    for carry in tariff.carry:
        assert 0 <= sum(bill.carry_out[carry.bucket]) <= carry.cap
    assert all(line.because("zh") and line.because("en") for line in bill.lines)


@CALM
@given(raw=plans(), row=months(), seed=st.randoms(use_true_random=False))
def test_the_order_of_lists_in_the_file_changes_nothing(raw: dict[str, Any], row: dict[SumKey, int], seed: Any) -> None:
    """`order` says who is first, the place in the file does not; nor does the order of the sums."""
    shuffled = dict(raw)
    for name in ("buckets", "overage", "discounts"):
        shuffled[name] = seed.sample(raw[name], len(raw[name]))
    keys = seed.sample(list(row), len(row))
    expected = rate(UsageMonth(sums=row), parse_tariff(raw)).total
    assert rate(UsageMonth(sums={key: row[key] for key in keys}), parse_tariff(shuffled)).total == expected


@CALM
@given(
    raws=st.lists(plans(), min_size=4, max_size=6, unique_by=lambda raw: raw["code"]),
    rows=st.lists(months(), min_size=5, max_size=5),
)
def test_the_cheapest_are_the_smallest_of_the_block(raws: list[dict[str, Any]], rows: list[dict[SumKey, int]]) -> None:
    tariffs = compile_tariffs(parse_tariff(raw) for raw in raws)
    usage = block_of(rows)
    totals = rate_block(usage, tariffs)
    best = cheapest(usage, tariffs, k=3)
    order = np.argsort(totals, axis=1, kind="stable")[:, :3]
    assert (best.plans == order).all()
    assert (best.fen == np.take_along_axis(totals, order, axis=1)).all()


@pytest.mark.parametrize("size", [1, 15_999, 16_000, 16_001, 33_003])
def test_chunks_meet_without_a_seam(size: int) -> None:
    raw = {
        "code": "p", "fee": 900, "buckets": [{"service": "data", "amount": 5, "unit": "MB"}],
        "overage": [{"service": "data", "block": 1024, "price": {"num": 7, "den": 3}}],
    }  # fmt: skip
    tariffs = compile_tariffs([parse_tariff(raw)])
    kb = np.arange(size, dtype=np.int64) * 3
    block = rate_block(UsageBlock(sums={SumKey("data", "national", "raw"): kb}), tariffs)[:, 0]
    blocks = np.maximum(-(-kb // 1024) - 5, 0)
    assert (block == 900 + (14 * blocks + 3) // 6).all()


def test_what_cannot_be_rated_stands_out_in_the_block_as_in_the_single_bill() -> None:
    raw = {
        "code": "p", "fee": 900, "round": {"voice": {"per": "EVENT", "block": 60}},
        "overage": [{"service": "voice", "block": 60, "price": {"num": 15}}],
    }  # fmt: skip
    tariffs = compile_tariffs([parse_tariff(raw)])
    no_sum = UsageBlock(sums={SumKey("voice", "national", "raw"): np.array([0, 60])})
    assert (rate_block(no_sum, tariffs) == NOT_RATABLE).all()
    assert cheapest(no_sum, tariffs, k=1).plans.tolist() == [[-1], [-1]]
    no_price = UsageBlock(sums={SumKey("data", "national", "raw"): np.array([0, 60])})
    assert rate_block(no_price, tariffs)[:, 0].tolist() == [900, NOT_RATABLE]


@settings(CALM, max_examples=examples(25))
@given(
    raws=st.lists(plans(), min_size=2, max_size=3),
    rows=st.lists(months(), min_size=3, max_size=3),
    drop=st.integers(0, 30),
)
def test_a_rack_of_plans_gives_the_same_fen(
    raws: list[dict[str, Any]], rows: list[dict[SumKey, int]], drop: int
) -> None:
    """Plain plans side by side, all others by themselves; also where a sum is not stored."""
    plain = [raw | {"buckets": raw["buckets"][:1], "carry": [], "convert": None, "discounts": []} for raw in raws]
    dearer = [raw | {"fee": raw["fee"] + 7, "overage": list(raw["overage"])} for raw in plain]
    priced = [
        raw | {"fee": 10, "overage": [one | {"price": {"num": 7}, "tiers": None} for one in raw["overage"]]}
        for raw in plain
    ]
    tariffs = compile_tariffs(parse_tariff(raw) for raw in (*raws, *plain, *dearer, *priced))
    keys = list(rows[0])
    kept = [key for place, key in enumerate(keys) if place != drop]  # beyond the keys: nothing is missing
    block = block_of([{key: row[key] for key in kept} for row in rows])
    assert np.array_equal(rack_of(tariffs.plans).totals(block), rate_block(block, tariffs))
