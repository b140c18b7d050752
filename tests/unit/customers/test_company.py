"""What needs what, and what does not go with what: honoured by every card, told on it, and never stranding anything."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from customers.offers import contact_policy
from customers.offers.arbitration import _together
from customers.offers.contact.facts import Ask, Touch
from customers.offers.contact.terms import shipped
from customers.offers.eligibility import first_failing
from customers.offers.facts import Held, Product, Snapshot
from customers.offers.selection import choose
from tests.unit.customers.test_contact_policy import MRS_CHEN
from tests.unit.customers.test_rules import BIG, DATA_5, EASY, FIBRE, LONG_AGO, MAY, SMALL, TODAY, ZHANG_SAN, item

WIFI = item("wifi", "broadband", "service", 15, requires=frozenset({"broadband:plan"}))
SHARE = item("share", "service", "service", 10, excludes=frozenset({"plan-19"}))
LOYAL = item("loyal", "service", "service", 1, requires=frozenset({"plan-59"}))
HOME = item("home", "broadband", "bundle", 80, parts=frozenset({"fibre-100", "wifi"}))


def having(*products: Product) -> Snapshot:
    held = tuple(Held(product=one, since=LONG_AGO) for one in products)
    return Snapshot(today=TODAY, held=held, on_sale=(FIBRE, WIFI, SHARE, LOYAL, HOME, SMALL, EASY, BIG))


@pytest.mark.parametrize(
    ("product", "held", "failing"),
    [
        (WIFI, (), "needs_met"),
        (WIFI, (FIBRE,), None),
        (HOME, (), None),  # the bundle brings what its part needs
        (SHARE, (SMALL,), "goes_with_held"),
        (SMALL, (SHARE, EASY), "goes_with_held"),  # said once, it counts from both sides
        (SHARE, (EASY,), None),
        (BIG, (SMALL,), None),  # a plan takes the place of the old one
        (BIG, (EASY, LOYAL), "strands_nothing"),
        (BIG, (SMALL, LOYAL), None),  # it had not what it needs before either
    ],
)
def test_a_product_keeps_company(product: Product, held: tuple[Product, ...], failing: str | None) -> None:
    found = first_failing(product, having(*held))
    assert (found.key if found else None) == failing
    assert found is None or (found.why_not.en and found.why_not.zh)


def test_the_card_says_what_the_product_stands_on() -> None:
    pack = replace(DATA_5, requires=frozenset({"mobile:plan"}))
    cards = choose(snapshot=replace(ZHANG_SAN, on_sale=(pack,)), policy=MAY)
    assert [card.offering_code for card in cards] == ["data-5"]
    assert cards[0].why_en.endswith("It needs Plan 59, which the customer has.") and "客户已有" in cards[0].why_zh
    alone = replace(ZHANG_SAN, on_sale=(replace(DATA_5, requires=frozenset({"broadband:plan"})),))
    assert not choose(snapshot=alone, policy=MAY)


def test_no_screen_says_a_and_b_where_a_excludes_b() -> None:
    class One:
        def __init__(self, product: Product | None) -> None:
            self.proposal = type("P", (), {"product": product})()

    told = [One(SHARE), One(SMALL), One(None), One(EASY)]
    assert [one.proposal.product for one in _together(told)] == [SHARE, None, EASY]  # type: ignore[arg-type]


NOW = datetime(2026, 11, 24, 2, 30, tzinfo=UTC)  # 10:30 of a working day in Beijing


def denied(**facts: object) -> set[str]:
    ask = Ask(direction="out", action="share")
    verdict = contact_policy.decide(
        now=NOW, ask=ask, facts=replace(MRS_CHEN, **facts), rules=shipped()  # type: ignore[arg-type]
    )  # fmt: skip
    return {one.rule for one in verdict.denials}


def test_a_not_with_b_by_the_catalogue() -> None:
    lately = (Touch(at=NOW - timedelta(days=29), action="plan-19"),)
    assert "conflict" in denied(touches=lately, excluded=frozenset({"plan-19"}))
    assert "conflict" not in denied(touches=lately)
    long_ago = (Touch(at=NOW - timedelta(days=31), action="plan-19"),)
    assert "conflict" not in denied(touches=long_ago, excluded=frozenset({"plan-19"}))
    assert "unfit" in denied(unfit=True)
