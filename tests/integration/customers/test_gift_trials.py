"""From a customer who wants to leave to what may be claimed of a gift: tossed, written down, labelled, learned, said."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from callcenter.foundation.ids import uuid7
from customers.models import Customer, Facts, GiftTrial, Holding, Offering, UpliftCard
from customers.offers import experience, operations, queries
from customers.offers.trials import operations as trials
from customers.offers.trials import queries as asked
from customers.results import Policy
from tests.integration.customers.conftest import NOW, ago, call_of

pytestmark = pytest.mark.django_db
LEAVES = Policy(may_sell=True, warnings=())


@pytest.fixture(autouse=True)
def salted(settings: Any) -> Iterator[None]:
    settings.OFFERS_SALT = "demo-salt"
    experience.forget()
    yield
    experience.forget()


@pytest.fixture
def leaving(mrs_chen: Customer, shelves: dict[str, Offering]) -> Customer:
    Offering.objects.create(
        code="thank-you", family="service", kind="service", name_en="Thank you", name_zh="谢礼", margin_fen=-500,
        tags=["retention"], valid_from=ago(days=400).date(),
    )  # fmt: skip
    Facts.objects.create(
        customer=mrs_chen, at=NOW, version="1", kind="individual", value_fen=300_000, churn=0.5
    )  # fmt: skip
    return mrs_chen


def told(customer: Customer, count: int, *, stayed: bool | None, given: bool, back: float = 120) -> None:
    others = Customer.objects.bulk_create(
        Customer(kind="individual", name=f"P{uuid7()}", created_at=NOW) for _ in range(count)
    )
    GiftTrial.objects.bulk_create(
        GiftTrial(
            call=uuid7(), customer=other, at=ago(days=back + number / 50), code="thank-you", given=given, odds=0.5,
            facts={"months_held": number % 30, "plan": "plan-59", "intent": "leave"}, uplift=0.04, source="entered",
            stayed=stayed, labelled_at=None if stayed is None else ago(days=back - 90),
        )
        for number, other in enumerate(others)
    )  # fmt: skip


def test_what_is_shown_is_written_down_once_with_its_odds(leaving: Customer) -> None:
    context = replace(call_of(leaving), intent="leave")
    found = queries.suggest(context=context, policy=LEAVES, now=NOW)
    for _twice in range(2):
        operations.show(context=context, suggestions=found.cards, decision=found.decision, now=NOW)
    trial = GiftTrial.objects.get()
    assert (trial.code, trial.odds, trial.source, trial.stayed) == ("thank-you", 0.9, "entered", None)
    assert trial.given == any(card.rule == "keep_customer" for card in found.cards)
    assert trial.facts["intent"] == "leave"


def test_who_stayed_is_known_after_ninety_days_for_both_sides_alike(
    leaving: Customer, shelves: dict[str, Offering]
) -> None:
    told(leaving, 1, stayed=None, given=True, back=91)
    told(leaving, 1, stayed=None, given=False, back=89)
    gone, young = GiftTrial.objects.order_by("at")
    plan = Offering.objects.filter(kind="plan")[0]
    Holding.objects.create(customer=gone.customer, offering=plan, since=ago(days=300).date(), status="ended")
    assert (trials.label(now=NOW), trials.label(now=NOW)) == (1, 0)
    gone.refresh_from_db()
    young.refresh_from_db()
    assert (gone.stayed, gone.labelled_at, young.stayed) == (False, NOW, None)


def test_a_trial_changes_the_figure_at_the_desk_with_its_interval(leaving: Customer) -> None:
    told(leaving, 240, stayed=True, given=True)
    told(leaving, 60, stayed=False, given=True)
    told(leaving, 150, stayed=True, given=False)
    told(leaving, 150, stayed=False, given=False)
    assert trials.learn(now=NOW) == "average"
    shown = asked.trials()
    assert (shown.given, shown.left, shown.waiting, shown.card["verdict"]) == (300, 300, 0, "average")
    saved = asked.effect(now=NOW).plain
    assert saved.source == "average" and saved.low > 0.15 and saved.value == pytest.approx(0.3, abs=0.03)
    context = replace(call_of(leaving), intent="leave")
    found = queries.suggest(context=context, policy=LEAVES, now=NOW)
    toss = found.decision["toss"]
    assert isinstance(toss, dict) and toss["source"] == "average" and toss["model"] == UpliftCard.objects.get().pk


def test_no_card_an_old_one_or_too_few_leave_the_entered_figure(leaving: Customer) -> None:
    assert asked.effect(now=NOW).plain.why == "no_trial"
    told(leaving, 30, stayed=True, given=True)
    assert trials.learn(now=NOW) == "few"
    assert (asked.effect(now=NOW).plain.source, asked.effect(now=NOW).plain.why) == ("entered", "few")
    assert asked.effect(now=NOW + timedelta(days=15)).plain.why == "old"
    UpliftCard.objects.update(verdict="customer", body='{"format": 9}', card={
        "effect": {"value": 0.1, "low": 0.05, "high": 0.2}, "thirds": [],
    })  # fmt: skip
    assert asked.effect(now=NOW).plain.why == "broken"
