"""Which plan suits Zhang San better, and what may be promised to him."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID

import numpy as np
import pytest

from customers.catalogue.accounts import billed_month, months_between, pool_of, pool_rows
from customers.catalogue.fitting import Account, Fitting, Option, fit
from customers.catalogue.forward_test import Transitions
from customers.catalogue.rating import rate
from customers.catalogue.reading import TariffRefused
from customers.catalogue.reconciliation import BilledMonth, BillLine
from customers.catalogue.tariffs import Allowance, Sheet, allowance, check, plan_tariff
from customers.catalogue.terms import Tariff
from customers.catalogue.usage import NotRatable

GB = 1024 * 1024
TODAY = date(2026, 11, 22)


def plan(yuan: int, gb: float, **more: Any) -> Sheet:
    terms = {
        "fee": yuan * 100,
        "buckets": [{"service": "data", "amount": int(gb * GB)}],
        "overage": [
            {"service": "voice", "block": 60, "price": {"num": 15}},
            {"service": "messages", "price": {"num": 10}},
            {"service": "data", "block": GB, "price": {"num": 500}},
        ],
    }
    return Sheet(code=f"plan-{yuan}", text=json.dumps(terms | more), name_en=f"Plan {yuan}", name_zh=f"{yuan}元")


EASY, BIG, BIGGER = plan(59, 5), plan(79, 10), plan(99, 20)
DATA_5 = Sheet(code="data-5", text=json.dumps({"fee": 1500, "buckets": [{"service": "data", "amount": 5 * GB}]}))
STEADY = Transitions(before=np.full((150, 3), 100.0), after=np.full((150, 3), 100.0))


def months(tariff: Tariff, *gb: float, correction: int = 0) -> tuple[BilledMonth, ...]:
    """Closed months up to October, billed as the tariff says."""
    found = []
    for back, used in zip(range(len(gb), 0, -1), gb, strict=True):
        month = billed_month(month=date(2026, 11 - back, 1), voice_s=0, messages=0, data_kb=int(used * GB))
        lines = tuple(BillLine(kind=line.charge, fen=line.fen) for line in rate(month.usage, tariff).lines)
        found.append(replace(month, lines=(*lines, BillLine(kind="correction", fen=correction))))
    return tuple(found)


def zhang_san(*gb: float, sheet: Sheet = EASY, correction: int = 0) -> Account:
    tariff = plan_tariff(sheet)
    return Account(tariff=tariff, months=months(tariff, *gb, correction=correction), months_served=30, today=TODAY)


def found(account: Account, *sheets: Sheet) -> Fitting:
    options = [Option.of(one.code, plan_tariff(one)) for one in sheets]
    result = fit(account, options, pool=STEADY)
    assert result is not None
    return result


def test_zhang_san_would_have_paid_less_in_each_month() -> None:
    fitting = found(zhang_san(11.5, 12, 11.2), BIG, BIGGER)
    assert fitting.totals == {"": (9400,) * 3, "plan-79": (8900,) * 3, "plan-99": (9900,) * 3}
    assert fitting.best is not None
    code, claim = fitting.best
    assert (code, claim.promise, claim.p_dearer) == ("plan-79", 500, 0.0)
    assert fitting.dearer("plan-79") is False
    assert fitting.dearer("plan-99") is True
    assert fitting.dearer("plan-of-others") is None  # not looked at
    assert found(zhang_san(6, 6.5, 12), BIG).dearer("plan-79") is True


def test_a_pack_beside_the_plan_is_an_option_like_a_plan() -> None:
    account = zhang_san(9.2, 9.5, 9.9)  # 84 yuan a month; with five more GB 74
    joined = plan_tariff(EASY, (DATA_5,))
    five = ((("data", "national"), 5 * GB),)
    option = Option(code="data-5", base=account.tariff, terms=lambda: joined, granted=five, packs_fen=1500)
    fitting = fit(account, [option], pool=STEADY)
    assert fitting is not None and fitting.best is not None
    assert (fitting.best[0], fitting.best[1].promise) == ("data-5", 1000)
    assert joined.names == {"en": "Plan 59 + data-5", "zh": "59元 + data-5"}
    assert fitting.totals["data-5"] == (7400, 7400, 7400)  # the first look finds the joined terms' fen
    assert sum(line.fen for line in rate(account.months[0].usage, joined).lines) == 7400


def test_a_bill_nobody_can_explain_promises_nothing_but_is_still_compared() -> None:
    fitting = found(zhang_san(11.5, 12, 11.2, correction=-500), BIG)
    assert fitting.best is None and fitting.claims == ()
    assert "correction" in str(fitting.reconciliation.reason)
    assert fitting.totals["plan-79"] == (8900, 8900, 8900)


def test_two_months_or_one_that_is_not_full_say_nothing() -> None:
    assert fit(zhang_san(11, 11), [], pool=STEADY) is None
    whole = zhang_san(11, 11, 11)
    part = replace(whole.months[0], usage=replace(whole.months[0].usage, full=False))
    assert fit(replace(whole, months=(part, *whole.months[1:])), [], pool=STEADY) is None


def test_without_a_pool_nothing_is_promised() -> None:
    options = [Option.of("plan-79", plan_tariff(BIG))]
    fitting = fit(zhang_san(11.5, 12, 11.2), options, pool=pool_of([]).without(None))
    assert fitting is not None and fitting.best is None
    assert [refusal.rule for refusal in fitting.claims[0][1].refusals] == ["no_pool"]


def test_the_pool_leaves_out_gaps_and_the_customer_themselves() -> None:
    who, other = str(UUID(int=1)), str(UUID(int=2))
    rows = pool_rows(
        [
            *((who, date(2026, month, 1), month, 0, 10) for month in (6, 7, 8, 9, 10)),
            *((other, date(2026, month, 1), 1, 1, 1) for month in (5, 6, 7, 9, 10)),  # August is missing
            *(("x", date(2025 + index // 12, index % 12 + 1, 1), index, 0, 0) for index in (10, 11, 12, 13)),
        ]
    )
    assert rows == [[who, 7, 0, 10, 9, 0, 10], [who, 8, 0, 10, 10, 0, 10], ["x", 11, 0, 0, 13, 0, 0]]
    assert len(pool_of(rows).without(UUID(int=1))) == 1
    assert len(pool_of(rows).without(None)) == 3


def test_packs_that_the_plan_cannot_use_add_their_fee_alone() -> None:
    night = Sheet(
        code="night", text=json.dumps({"fee": 1000, "buckets": [{"service": "data", "scope": "night", "amount": GB}]})
    )
    tariff = plan_tariff(EASY, (night,))
    assert (tariff.fee, len(tariff.buckets)) == (6900, 1)
    assert allowance(json.loads(night.text)) == Allowance()


def test_terms_that_cannot_be_right_are_refused_with_a_sentence() -> None:
    check(kind="pack", tariff=json.loads(DATA_5.text))
    check(kind="plan", tariff=json.loads(EASY.text))
    with pytest.raises(TariffRefused, match="past its allowance has no price"):
        check(kind="plan", tariff=json.loads(DATA_5.text))
    with pytest.raises(TariffRefused, match="fee"):
        check(kind="pack", tariff={"buckets": []})


def test_a_sum_that_stands_twice_is_refused() -> None:
    with pytest.raises(NotRatable, match="stands twice"):
        billed_month(
            month=TODAY, voice_s=1, messages=0, data_kb=0, sums=[{"service": "voice", "rounding": "raw", "units": 1}]
        )


@pytest.mark.parametrize(
    ("since", "months_served"),
    [(date(2026, 10, 22), 1), (date(2026, 10, 23), 0), (date(2025, 11, 22), 12), (date(2026, 11, 22), 0)],
)
def test_months_served_are_full_months(since: date, months_served: int) -> None:
    assert months_between(since, TODAY) == months_served
