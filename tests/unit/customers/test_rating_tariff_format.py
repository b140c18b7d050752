"""Plans that cannot be right are refused when they are saved, with the place and the reason."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from customers.catalogue.compiled import compile_tariff
from customers.catalogue.rating import rate
from customers.catalogue.tariff import TariffRefused, check_versions, parse_tariff
from customers.catalogue.terms import Contract, PenaltyRule
from customers.catalogue.usage import SumKey, UsageMonth, usage_of

DATA = {"service": "data", "amount": 2, "unit": "GB", "id": "data"}
PRICE = {"service": "data", "block": 1024, "price": {"num": 29}}


def plan(**terms: Any) -> dict[str, Any]:
    return {"code": "p", "fee": 5900, **terms}


def tiers(*bounds: tuple[int, int | None]) -> dict[str, Any]:
    steps = [{"from": start, "to": end, "price": {"num": 3}} for start, end in bounds]
    return {"service": "data", "block": 1024, "tiers": {"mode": "GRADUATED", "steps": steps}}


REFUSED = [
    (plan(colour="red"), "colour: this field is not known here"),
    (plan(fee=-1), "fee: -1 is not allowed"),
    (plan(fee=59.0), "fee: a whole number is needed, not 59.0; money is in fen"),
    (plan(fee=True), "fee: a whole number is needed"),
    ({"code": "p"}, "fee: this field is missing"),
    ([], "an object in braces is needed"),
    (plan(buckets=[DATA]), r"data \(national\) past its allowance has no price"),
    (plan(buckets=[DATA | {"amount": 1.3}], overage=[PRICE]), r"buckets\[0\].amount: write 1.3 in quotes"),
    (plan(buckets=[DATA | {"amount": "-1"}], overage=[PRICE]), r"buckets\[0\].amount"),
    (plan(buckets=[DATA | {"unit": "minute"}], overage=[PRICE]), "minute does not measure data"),
    (plan(buckets=[DATA, DATA | {"id": "more"}], overage=[PRICE]), "which is drawn first"),
    (plan(buckets=[DATA, DATA | {"order": 2}], overage=[PRICE]), "two buckets have one id"),
    (plan(overage=[PRICE, PRICE]), r"data \(national\) has two prices"),
    (plan(overage=[PRICE | {"price": {"num": -3}}]), r"overage\[0\].price.num: -3 is not allowed"),
    (plan(overage=[PRICE | {"price": {"num": 1, "den": 0}}]), "den: 0 is not allowed"),
    (plan(overage=[PRICE | {"price": {"num": 0.29}}]), "num: a whole number is needed"),
    (plan(overage=[tiers((0, 1024), (2048, None))]), "a gap: units from 1024 to 2048 have no price"),
    (plan(overage=[tiers((0, 2048), (1024, None))]), "overlaps the tier before: units from 1024"),
    (plan(overage=[tiers((0, None), (1024, None))]), "overlaps"),
    (plan(overage=[tiers((1024, None))]), "a gap: units from 0 to 1024"),
    (plan(overage=[tiers((0, 1024))]), "units from 1024 on have no price"),
    (plan(overage=[tiers((0, 1000), (1000, None))]), "whole blocks of 1024"),
    (plan(overage=[PRICE | {"price": {"num": 2**40}}]), "could leave 64 bits"),
    (plan(overage=[PRICE], after_cap="THROTTLE"), "never comes to THROTTLE"),
    (plan(after_cap="STOP"), "'STOP' is none of THROTTLE, CHARGE"),
    (plan(carry=[{"bucket": "data", "cap": {"amount": 1, "unit": "GB"}}]), 'no bucket is called "data"'),
    (plan(discounts=[{"percent": 101}]), "at most 100"),
    (plan(discounts=[{"percent": 10, "fen": 10}]), "either percent or fen"),
    (plan(discounts=[{"percent": 10}, {"fen": 10}]), "two discounts have one order"),
    (plan(discounts=[{"fen": 5, "until": "2018-13"}]), 'a month like "2018-11"'),
    (plan(contract={"penalty": {"rule": "FIXED", "fen": 5}}), "needs a contract of some months"),
    (plan(valid_for={"from": "2018-05-01", "to": "2018-05-01"}), "would never count"),
    (plan(source={"operator": "o", "where": "shop"}), "the day on which the terms were read is missing"),
    (plan(round={"fax": {"per": "EVENT", "block": 60}}), "the services are voice, messages, data"),
]


@pytest.mark.parametrize(("raw", "why"), REFUSED, ids=[why for _, why in REFUSED])
def test_an_impossible_plan_is_refused_with_place_and_reason(raw: object, why: str) -> None:
    with pytest.raises(TariffRefused, match=why):
        compile_tariff(parse_tariff(raw))


def test_a_pack_without_terms_of_use_is_a_plan_too() -> None:
    assert rate(UsageMonth(sums={}), parse_tariff({"fee": 1_500}, code="tv", names={"en": "TV"})).total == 1_500


def test_versions_follow_each_other_without_gap_or_overlap() -> None:
    def version(start: str, end: str | None) -> Any:
        return parse_tariff(plan(valid_for={"from": start, "to": end}))

    check_versions([version("2018-06-01", None), version("2018-01-01", "2018-06-01")])
    with pytest.raises(TariffRefused, match="both count on 2018-06-01"):
        check_versions([version("2018-01-01", "2018-06-02"), version("2018-06-01", None)])
    with pytest.raises(TariffRefused, match="no version of p counts from 2018-05-01 to 2018-06-01"):
        check_versions([version("2018-01-01", "2018-05-01"), version("2018-06-01", None)])


@pytest.mark.parametrize(("rule", "served", "fen"), [
    ({"rule": "FIXED", "fen": 20_000}, 23, 20_000),
    ({"rule": "FIXED", "fen": 20_000}, 24, 0),
    ({"rule": "PER_MONTH_LEFT", "fen": 500}, 20, 2_000),
    ({"rule": "PERCENT_OF_FEES_LEFT", "percent": 30}, 19, 8_850),
    ({"rule": "NONE"}, 0, 0),
])  # fmt: skip
def test_the_price_of_leaving_early(rule: dict[str, Any], served: int, fen: int) -> None:
    tariff = parse_tariff(plan(contract={"months": 24, "penalty": rule}))
    assert tariff.contract.penalty(fee=tariff.fee, months_served=served) == fen
    assert Contract().rule is PenaltyRule.NONE


def overage(kb: int, **terms: Any) -> int:
    return rate(usage_of(kb=kb), parse_tariff(plan(overage=[terms | {"service": "data", "block": 1024}]))).total - 5_900


def test_graduated_and_volume_tiers_and_the_cap() -> None:
    steps = [
        {"from": 0, "to": 100 * 1024, "price": {"num": 29}},
        {"from": 100 * 1024, "to": None, "price": {"num": 1, "den": 3}},
    ]
    graduated, volume = {"mode": "GRADUATED", "steps": steps}, {"mode": "VOLUME", "steps": steps}
    assert overage(100 * 1024, tiers=graduated) == overage(100 * 1024, tiers=volume) == 2_900
    assert overage(100 * 1024 + 1, tiers=graduated) == 2_900
    assert overage(105 * 1024, tiers=graduated) == 2_900 + 2  # 5/3 fen, half-up
    assert overage(105 * 1024, tiers=volume) == 35
    assert overage(105 * 1024, tiers=graduated, cap=2_000) == 2_000


def test_past_its_cap_data_is_slower_and_costs_nothing_more() -> None:
    terms = plan(buckets=[DATA], overage=[PRICE | {"cap": 6_000}], after_cap={"data": "THROTTLE"})
    bill = rate(usage_of(kb=9 * 1024 * 1024), parse_tariff(terms))
    assert bill.total == 5_900 + 6_000
    assert bill.throttled_from == {"data": 2 * 1024 * 1024 + 207 * 1024}  # 207 MB at 0.29 reach 60 yuan
    assert rate(usage_of(kb=2 * 1024 * 1024 + 206 * 1024), parse_tariff(terms)).throttled_from == {}


def test_discounts_in_their_order_and_only_while_they_run() -> None:
    terms = plan(discounts=[
        {"on": "total", "fen": 1_000, "order": 2, "until": "2018-11"}, {"on": "fee", "percent": 50, "order": 1},
    ])  # fmt: skip
    tariff = parse_tariff(terms)
    assert rate(UsageMonth(sums={}, month="2018-11"), tariff).total == 1_950
    assert rate(UsageMonth(sums={}, month="2018-12"), tariff).total == 2_950
    assert rate(UsageMonth(sums={}), tariff).total == 2_950


def test_calls_are_rounded_one_by_one_or_once_a_month() -> None:
    sums = {SumKey("voice", "national", "raw"): 95, SumKey("voice", "national", "event:60"): 180}
    price = {"service": "voice", "block": 60, "price": {"num": 15}}
    per_call = plan(round={"voice": {"per": "EVENT", "block": 60}}, overage=[price])
    per_month = plan(round={"voice": {"per": "MONTH", "block": 60}}, overage=[price])
    assert rate(UsageMonth(sums=sums), parse_tariff(per_call)).total == 5_945
    assert rate(UsageMonth(sums=sums), parse_tariff(per_month)).total == 5_930


def test_the_example_of_the_handbook_is_a_plan_and_rates_as_told() -> None:
    page = (Path(__file__).resolve().parents[3] / "docs" / "tariff-format.md").read_text(encoding="utf-8")
    tariff = parse_tariff(json.loads(page.split("```json")[1].split("```")[0]))
    assert rate(usage_of(seconds=900 * 60), tariff).total == 9_400
    assert rate(usage_of(kb=4 * 1024 * 1024 + 512 * 1024, scope="local"), tariff).total == 13_143
