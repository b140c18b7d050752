"""A product in the fields of a form: the way there and back loses nothing, and a refusal finds its field."""

from __future__ import annotations

from typing import Any

import pytest

from callcenter.demo.operator.products import ALL
from customers.catalogue.plan_sheets import shipped_plans
from customers.catalogue.product_sheets import read_product
from customers.catalogue.reading import TariffRefused
from customers.catalogue.sheet_fields import FieldsRefused, build, flat
from customers.catalogue.tariff import parse_tariff
from customers.catalogue.tariffs import allowance
from tests.unit.customers.test_product_sheets import PLAN, RIVAL, TAGS

RICH: dict[str, Any] = {
    "fee": 7900, "one_off": 1000, "proration": {"per": "NONE"},
    "round": {"voice": {"per": "EVENT", "block": 60}, "data": {"per": "MONTH", "block": 1024}},
    "buckets": [
        {"id": "d", "service": "data", "scope": ["national", "local"], "amount": "1331.2", "unit": "MB", "order": 2},
        {"service": "voice", "amount": 18000, "share_group": "family", "prorate": "none"},
    ],
    "overage": [
        {"service": "data", "scope": ["local", "national"], "price": {"num": 1, "den": 100}, "cap": 50000},
        {"service": "voice", "block": 60, "tiers": {"mode": "VOLUME", "steps": [
            {"from": 0, "to": 600, "price": {"num": 15}}, {"from": 600, "price": {"num": 1, "den": 3}}]}},
        {"service": "messages", "price": {"num": 10}},
    ],
    "after_cap": "THROTTLE",
    "carry": [{"bucket": "d", "cap": {"amount": 1, "unit": "GB"}, "months": 2, "used_first": False}],
    "discounts": [{"on": "fee", "percent": 10, "until": "2027-03"}, {"fen": 500, "order": 2}],
    "contract": {"months": 24, "penalty": {"rule": "PER_MONTH_LEFT", "fen": 3000}},
    "rights": ["lounge"], "quality": {"data_mbps": 300},
}  # fmt: skip


def judged(terms: dict[str, Any]) -> dict[str, Any]:
    return vars(parse_tariff(terms, code="x", names={"en": "x"})) | {"sha256": ""}


@pytest.mark.parametrize("terms", [RICH, *[{**plan, "name": {"zh": "x"}} for plan in shipped_plans()]])
def test_terms_come_back_as_they_went(terms: dict[str, Any]) -> None:
    terms = {name: value for name, value in terms.items() if name not in {"code", "name"}}
    back = build(flat({"tariff": terms})).sheet["tariff"]
    assert judged(back) == judged(terms)


def test_every_product_of_the_demo_comes_back() -> None:
    for one in ALL:
        back = build(flat({"tariff": one.tariff})).sheet["tariff"]
        assert allowance(back) == allowance(one.tariff) and back["fee"] == one.tariff["fee"]
        if one.kind == "plan":
            assert judged(back) | {"buckets": 0} == judged(one.tariff) | {"buckets": 0}


def test_a_whole_product_comes_back() -> None:
    more = PLAN | {
        "requires": ["mobile:plan"],
        "excludes": ["pack-9"],
        "tags": ["new", "summer"],
        "valid_to": "2027-01-01",
    }
    fields = flat(more)
    assert (fields["fee"], fields["cost"], fields["requires"]) == ("59", "20", "mobile:plan")
    assert read_product(build(fields).sheet, tags=TAGS).margin_fen == 3900
    assert build(flat(RIVAL), rival=True).sheet["source"] == RIVAL["source"]


@pytest.mark.parametrize(
    ("field", "text", "code"),
    [
        ("fee", "-1", "money"),
        ("fee", "59.999", "money"),
        ("fee", "free", "money"),
        ("one_off", "1e3", "money"),
        ("price-0-price", "-0.1", "price"),
        ("price-0-price", "1/0", "price"),
        ("price-0-unit", "minute", "unit"),
        ("bucket-0-amount", "lots", "amount"),
        ("bucket-0-order", "first", "whole"),
        ("contract_months", "²", "whole"),
        ("further", "[1]", "json"),
    ],
)
def test_what_cannot_be_read_is_refused_at_its_field(field: str, text: str, code: str) -> None:
    with pytest.raises(FieldsRefused) as refused:
        build(flat(PLAN) | {field: text})
    assert [(one.field, one.code) for one in refused.value.faults] == [(field, code)]


TIERS = {
    "price-0-service": "data", "price-0-block": "1", "price-0-unit": "MB", "price-0-from": "0", "price-0-to": "10",
    "price-0-price": "0.3", "price-1-service": "data", "price-1-from": "10", "price-1-price": "0.1",
}  # fmt: skip


@pytest.mark.parametrize(
    ("change", "field", "says"),
    [
        ({"price-1-from": "5"}, "price-1-from", "overlaps"),
        ({"price-1-from": "20"}, "price-1-from", "a gap"),
        ({"price-1-to": "30"}, "price-0-mode", "have no price"),
        ({"bucket-0-unit": "minute"}, "bucket-0-unit", "does not measure data"),
        ({"bucket-1-service": "voice", "bucket-1-amount": "1"}, "price-0-service", "has no price"),
        ({"penalty_rule": "FIXED", "penalty": "100"}, "penalty", "needs a contract"),
        ({"valid_to": "2025-01-01"}, "valid_to", "never be sold"),
        ({"name_zh": ""}, "name_zh", "missing"),
        ({"requires": "plan-59"}, "requires", "itself"),
        ({"excludes": "Mobile Plan"}, "excludes", "neither"),
        ({"further": '{"colour": 1}'}, "further", "not known"),
    ],
)
def test_an_impossible_plan_is_refused_at_its_field(change: dict[str, str], field: str, says: str) -> None:
    built = build(flat(PLAN) | TIERS | change)
    with pytest.raises(TariffRefused) as refused:
        read_product(built.sheet, tags=TAGS)
    assert built.field_of(refused.value.path) == field and says in str(refused.value)


def test_rights_are_a_field_and_what_no_field_holds_stays_as_data() -> None:
    terms = {"fee": 5900, "rights": ["roaming", "lounge"], "quality": {"speed_mbps": 300}}
    fields = flat({"tariff": terms})
    assert fields["rights"] == "roaming, lounge" and "speed_mbps" in fields["further"]
    assert build(fields | {"rights": "roaming，lounge"}).sheet["tariff"] == terms | {"proration": {"per": "DAY"}}
