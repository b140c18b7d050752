"""What can go onto the shelf, and why all else cannot."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from customers.catalogue.product_sheets import read_product, read_rival
from customers.catalogue.reading import TariffRefused

TODAY = date(2026, 11, 22)
TAGS = frozenset({"heavy_data", "senior"})
TERMS: dict[str, Any] = {
    "fee": 5900,
    "buckets": [{"service": "data", "amount": 5 * 1024 * 1024}],
    "overage": [{"service": "data", "block": 1024, "price": {"num": 3}}],
}
PLAN: dict[str, Any] = {
    "code": "plan-59", "family": "mobile", "kind": "plan", "name": {"en": "Easy 59", "zh": "畅享59"}, "tariff": TERMS,
    "suits": ["heavy_data"], "not_for": ["senior"], "valid_from": "2026-01-01", "cost_fen": 2000,
}  # fmt: skip
RIVAL: dict[str, Any] = {
    "operator": "North", "code": "n-49", "name": {"en": "North 49", "zh": "北方49"}, "tariff": TERMS,
    "source": "https://north.example/plans", "seen_on": "2026-11-20",
}  # fmt: skip


def test_a_product_is_read_with_what_is_left_of_its_fee() -> None:
    sheet = read_product(PLAN, tags=TAGS)
    assert (sheet.fee_fen, sheet.margin_fen, sheet.valid_to) == (5900, 3900, None)
    assert read_product(PLAN | {"cost_fen": None}, tags=TAGS).margin_fen is None  # nobody entered it


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"code": "Plan 59"}, "code"),
        ({"colour": "red"}, "colour"),
        ({"name": {"en": "Easy 59"}}, "name.zh"),
        ({"family": "radio"}, "family"),
        ({"valid_to": "2025-12-31"}, "valid_to"),
        ({"valid_from": None}, "valid_from"),
        ({"suits": ["senior"]}, "not_for"),
        ({"suits": ["astronaut"]}, "suits"),
        ({"margin_fen": 6000, "cost_fen": None}, "margin_fen"),
        ({"margin_fen": 100}, "margin_fen"),
        ({"parts": ["plan-19", "plan-29"]}, "parts"),
        ({"kind": "bundle"}, "parts"),
        ({"tariff": TERMS | {"fee": -1}}, "tariff.fee"),
        ({"tariff": TERMS | {"fee": 59.9}}, "tariff.fee"),
        ({"tariff": TERMS | {"free": True}}, "tariff.free"),
        ({"tariff": []}, "tariff"),
        ({"tariff": {"fee": 1, "buckets": TERMS["buckets"]}}, "tariff"),
    ],
)
def test_what_cannot_be_right_is_refused_with_its_place(change: dict[str, Any], place: str) -> None:
    with pytest.raises(TariffRefused) as refusal:
        read_product(PLAN | change, tags=TAGS)
    assert refusal.value.path.startswith(place) and str(refusal.value).endswith(".")


def test_a_rivals_plan_grows_old_a_month_after_it_was_read() -> None:
    sheet = read_rival(RIVAL, today=TODAY)
    assert sheet.expires_on == date(2026, 11, 20) + timedelta(days=30)
    assert read_rival(RIVAL | {"expires_on": "2027-11-01"}, today=TODAY).expires_on == sheet.expires_on  # never later


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"source": "  "}, "source"),
        ({"seen_on": None}, "seen_on"),
        ({"seen_on": "2026-11-23"}, "seen_on"),
        ({"expires_on": "2026-11-20"}, "expires_on"),
        ({"operator": " "}, "operator"),
        ({"tariff": TERMS | {"overage": []}}, "tariff"),
    ],
)
def test_a_rivals_plan_needs_its_source_and_day(change: dict[str, Any], place: str) -> None:
    with pytest.raises(TariffRefused) as refusal:
        read_rival(RIVAL | change, today=TODAY)
    assert refusal.value.path.startswith(place)
