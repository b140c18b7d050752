"""Bills worked by hand, on the nine plans: seven of an operator's sheet, two of a price table."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from benchmarks import megaline
from customers.catalogue.compiled import CompiledTariff, compile_tariff
from customers.catalogue.plan_sheets import operator_sheet, price_table, shipped_plans
from customers.catalogue.rating import rate, rate_months
from customers.catalogue.tariff import TariffRefused, parse_tariff
from customers.catalogue.usage import NotRatable, SumKey, UsageMonth, usage_month, usage_of

MB, GB = 1024, 1024 * 1024
SHARED = Path(__file__).resolve().parents[4] / "shared" / "data"  # beside the checkout, where there is one
PLANS = {plan["code"]: compile_tariff(parse_tariff(plan)) for plan in shipped_plans()}
UNLIMITED_99, UNLIMITED_199 = PLANS["天翼全国不限量99元套餐"], PLANS["天翼全国不限量199元套餐"]
HOME = {yuan: PLANS[f"乐享家{yuan}套餐"] for yuan in (79, 99, 129, 169, 199)}
SURF_ROWS = [
    {"messages_included": "50", "mb_per_month_included": "15360", "minutes_included": "500", "usd_monthly_pay": "20",
     "usd_per_gb": "10", "usd_per_message": "0.03", "usd_per_minute": "0.03", "plan_name": "surf"},
    {"messages_included": "1000", "mb_per_month_included": "30720", "minutes_included": "3000", "usd_monthly_pay": "70",
     "usd_per_gb": "7", "usd_per_message": "0.01", "usd_per_minute": "0.01", "plan_name": "ultimate"},
]  # fmt: skip
SURF, ULTIMATE = (compile_tariff(parse_tariff(plan)) for plan in price_table(SURF_ROWS))


def at_home(kb: int) -> UsageMonth:
    return usage_of(kb=kb, scope="local")


def test_mrs_chen_talks_longer_than_her_plan_and_watches_films() -> None:
    bill = rate(usage_of(seconds=620 * 60, messages=10, kb=25 * GB), UNLIMITED_99)
    assert bill.total == 11_800
    assert bill.throttled_from == {"data": 20 * GB}
    assert [line.fen for line in bill.lines if line.fen] == [9_900, 1_800, 100]
    throttle = next(line for line in bill.lines if line.kind == "throttled")
    assert throttle.because("zh") == "流量：用至20 GB后降速至月底，不再收费"
    assert throttle.because("en") == "Data: slower from 20 GB until the month ends, nothing further to pay"


def test_zhang_san_joins_on_the_20th_of_november() -> None:
    bill = rate(usage_of(), UNLIMITED_99, active_days=(11, 30))
    assert bill.total == 3_630
    assert bill.given == {"voice": 184 * 60, "data-national": 7_510 * MB}
    assert bill.lines[0].because("zh") == "月基本费99.00元，按11/30天折算"


def test_local_data_goes_first_and_national_data_serves_at_home_too() -> None:
    bill = rate(at_home(4 * GB + GB // 2), HOME[79])
    assert bill.total == 13_143
    over = next(line for line in bill.lines if line.kind == "overage")
    assert (over.units, over.fen) == (524_287, 5_243)
    # The other way round it does not: local data is of no use elsewhere.
    assert rate(usage_of(kb=3 * GB), HOME[79]).total == 7_900 + round((3 * GB - 1_363_149) / 100)


def test_what_data_is_left_over_serves_as_minutes_up_to_the_cap() -> None:
    bill = rate(usage_of(seconds=900 * 60), HOME[79])
    assert bill.total == 9_400
    converted = next(line for line in bill.lines if line.kind == "converted")
    assert converted.units == 800 * 60
    assert not bill.bounded


def test_where_sums_do_not_tell_who_came_first_the_dearest_order_counts() -> None:
    month = usage_of(messages=60, kb=1_363_149)
    bill = rate(month, HOME[79])
    # Data first: 60 messages paid, 6.00. Messages first: 60 MB of data paid, 61,440 KB = 6.14.
    assert bill.total == 7_900 + 614
    assert bill.bounded


@pytest.mark.parametrize(("plan", "usage", "fen"), [
    (UNLIMITED_199, usage_of(seconds=1_100 * 60, kb=41 * GB), 19_900 + 1_500),
    (HOME[99], at_home(5 * GB), 9_900 + 5_243),
    (HOME[129], usage_of(seconds=1_050 * 60), 12_900 + 750),
    (HOME[169], usage_of(kb=3 * GB + GB // 2), 16_900 + 5_243),
    (HOME[199], usage_of(messages=600), 19_900 + 1_000),
    (SURF, usage_of(seconds=600 * 60, messages=60, kb=16 * GB + 1), 2_000 + 300 + 30 + 2_000),
    (ULTIMATE, usage_of(seconds=600 * 60, messages=60, kb=16 * GB + 1), 7_000),
    (ULTIMATE, usage_of(seconds=3_001 * 60, messages=1_002, kb=32 * GB + 1), 7_000 + 1 + 2 + 3 * 700),
])  # fmt: skip
def test_the_other_plans(plan: CompiledTariff, usage: UsageMonth, fen: int) -> None:
    assert rate(usage, plan).total == fen


def test_national_data_is_carried_over_one_month_and_up_to_its_cap() -> None:
    first, second, third = rate_months([usage_of(), usage_of(kb=2 * GB), usage_of(kb=2 * GB)], HOME[79])
    assert first.carry_out == {"data-national": (GB,)}  # 1.3 GB unused, 1 GB may be kept
    assert second.total == 7_900  # the old GB is used first …
    assert second.carry_out == {"data-national": (1_363_149 - GB,)}  # … and this month's rest is kept
    assert third.total == 7_900 + round((2 * GB - 1_363_149 - (1_363_149 - GB)) / 100)


def test_a_use_without_a_price_or_a_sum_is_not_rated_but_told() -> None:
    abroad = UsageMonth(sums={SumKey("data", "abroad", "raw"): 5})
    with pytest.raises(NotRatable, match=r"no price for data \(abroad\)"):
        rate(abroad, UNLIMITED_99)
    unrounded = UsageMonth(sums={SumKey("voice", "national", "raw"): 61})
    with pytest.raises(NotRatable, match="event:60; that sum is not stored"):
        rate(unrounded, UNLIMITED_99)


@pytest.mark.parametrize(("row", "why"), [
    ({"service": "voice", "unit": "minute", "units": 5}, "counted in seconds, not in minutes"),
    ({"service": "data", "unit": "KB", "units": -1}, "-1 is not allowed"),
    ({"service": "data", "unit": "KB", "units": 1.5}, "a whole number is needed"),
    ({"service": "fax", "units": 1}, "none of voice, messages, data"),
])  # fmt: skip
def test_usage_in_other_units_is_refused_with_a_sentence(row: dict[str, object], why: str) -> None:
    with pytest.raises(TariffRefused, match=why):
        usage_month([row])
    with pytest.raises(TariffRefused, match="stands here twice"):
        usage_month([{"service": "data", "units": 1}, {"service": "data", "units": 1}])


def test_a_sheet_with_words_nobody_knows_is_refused() -> None:
    sheet = '{"source": "sheet of 2018-05", "operator": "o", "common": {"voice_rounding": "ceil_minute", "voice_overage_per_min": 0.15, "sms_overage_each": 0.1, "incoming": "free"}, "plans": [{"name": "p", "fee": 9, "minutes": 5, "happy_hour": 3}]}'  # noqa: E501  # fmt: skip
    with pytest.raises(TariffRefused, match=r"plans\[0\].happy_hour"):
        operator_sheet(sheet)
    known = operator_sheet(sheet.replace(', "happy_hour": 3', ""), rival=True)
    assert parse_tariff(known[0]).source.seen_on.isoformat() == "2018-05-01"  # type: ignore[union-attr]


def test_every_user_of_the_real_log_is_rated_as_by_hand_on_both_plans() -> None:
    folder = Path(os.environ.get("MEGALINE_DATA", SHARED / "megaline"))
    if not folder.is_dir():
        pytest.skip("The operator's log is not shipped: set MEGALINE_DATA to its folder.")
    plans = megaline.plans_of(folder)
    for subscriber in megaline.subscribers_of(folder):
        for month in subscriber.months:
            minutes = month.sums[megaline.VOICE] // 60
            messages, kb = month.sums[megaline.MESSAGES], month.sums[megaline.DATA]
            gb = -(-kb // GB)
            surf = 2_000 + max(0, minutes - 500) * 3 + max(0, messages - 50) * 3 + max(0, gb - 15) * 1_000
            ultimate = 7_000 + max(0, minutes - 3_000) + max(0, messages - 1_000) + max(0, gb - 30) * 700
            assert (rate(month, plans["surf"]).total, rate(month, plans["ultimate"]).total) == (surf, ultimate)
