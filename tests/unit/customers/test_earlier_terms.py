"""A plan that became dearer: the months before are rated on the terms of then, and nothing is promised yet."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date

from customers.catalogue.accounts import billed_month
from customers.catalogue.claims import saving_claim
from customers.catalogue.fitting import Account
from customers.catalogue.forward_test import Transitions
from customers.catalogue.reconciliation import reconcile
from customers.offers.advice import account_of
from customers.offers.facts import Held, Snapshot, months_before
from tests.unit.customers.test_product_sheets import TERMS
from tests.unit.customers.test_rules import TODAY, plan

NOW_TERMS = TERMS | {"fee": 6900}
CHANGED = months_before(TODAY, 1)[0]  # dearer since the last closed month
BILLS = tuple(
    billed_month(
        month=month, voice_s=0, messages=0, data_kb=1024,
        lines=[{"kind": "fee", "fen": 6900 if month >= CHANGED else 5900}],
    )
    for month in reversed(months_before(TODAY, 3))
)  # fmt: skip


def account(earlier: tuple[tuple[date, str], ...]) -> Account:
    held = plan(69, 5, 0, terms=json.dumps(NOW_TERMS), earlier=earlier)
    snapshot = Snapshot(today=TODAY, held=(Held(product=held, since=date(2024, 3, 1)),))
    found = account_of(snapshot, BILLS)
    assert found is not None
    return found


def test_each_bill_is_explained_by_the_terms_of_its_month() -> None:
    known = account(((CHANGED, json.dumps(TERMS)),))
    assert reconcile(known.months, known.tariff).passed
    forgotten = account(())
    assert not reconcile(forgotten.months, forgotten.tariff).passed


def test_nothing_is_promised_until_three_bills_stand_on_the_new_terms() -> None:
    known = account(((CHANGED, json.dumps(TERMS)),))
    claim = saving_claim(
        current=known.tariff, candidate=replace(known.tariff, code="x", fee=1900), months=known.months,
        pool=Transitions(before=(), after=()), today=TODAY, months_served=30,  # type: ignore[arg-type]
    )  # fmt: skip
    assert "changed" in {one.rule for one in claim.refusals}
    assert "资费" in next(one for one in claim.refusals if one.rule == "changed").sentence("zh")


def test_terms_of_then_that_cannot_be_read_promise_nothing() -> None:
    broken = account(((CHANGED, '{"fee": -1}'),))
    assert not reconcile(broken.months, broken.tariff).passed
