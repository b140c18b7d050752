"""From Lin's logged answers to a model that speaks at the desk, and back to the rules when it should not."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest

from callcenter.foundation.ids import uuid7
from customers.models import Arbitration, Customer, Offer, PropensityModel
from customers.offers import experience
from customers.offers.learning import operations, queries
from tests.integration.customers.conftest import NOW, People, ago, call_of

pytestmark = pytest.mark.django_db
COUNT = 600


@pytest.fixture
def log(mrs_chen: Customer) -> None:
    """Half a year of answers: who uses more of the data buys and keeps more often."""
    random = np.random.default_rng(8)
    shares = random.uniform(0, 2, COUNT)
    kept = random.random(COUNT) < 1 / (1 + np.exp(-2.5 * (shares - 1.2)))
    times = [ago(days=230 - 180 * place / COUNT) for place in range(COUNT)]
    decisions = Arbitration.objects.bulk_create(
        Arbitration(
            call=uuid7(), customer=mrs_chen, at=at, cell="policy", led="more_data", took_ms=1,
            features={"data_share": float(share), "intent": "", "plan": "plan-59"},
            ranked=[{"rule": "more_data", "code": "", "x": {"price_yuan": 30.0, "fit": 1}}],
        )
        for at, share in zip(times, shares, strict=True)
    )  # fmt: skip
    Offer.objects.bulk_create(
        Offer(
            call=one.call, customer=mrs_chen, action="cross_sell", lane="sales", rule="more_data", rank=1, shown_at=one.at,
            decision=one, decided_at=one.at, state="kept" if yes else "declined",
            labelled_at=one.at + timedelta(days=31) if yes else None,
        )
        for one, yes in zip(decisions, kept, strict=True)
    )  # fmt: skip


def test_a_night_of_learning_gives_the_desk_a_model(log: None, people: People, mrs_chen: Customer) -> None:
    assert operations.learn(now=NOW) == {"cross_sell": "champion"}
    assert operations.learn(now=NOW + timedelta(days=1)) == {"cross_sell": "champion"}
    assert sorted(PropensityModel.objects.values_list("state", flat=True)) == ["champion", "retired"]
    card = queries.cards()[0].card
    assert card["answers"] == COUNT and card["speaks"] and card["auc"] > 0.6
    spoke = experience.learned(now=NOW).spoke()
    assert spoke == {"cross_sell": PropensityModel.objects.get(state="champion").pk}


def test_what_was_shown_and_never_offered_is_not_learned_from(log: None) -> None:
    Offer.objects.filter(pk__in=list(Offer.objects.values_list("pk", flat=True)[:10])).update(
        state="shown", decided_at=None
    )
    answers = operations.read(action="cross_sell", since=ago(days=400), until=NOW)
    assert len(answers) == COUNT - 10
    assert len(operations.read(action="cross_sell", since=ago(days=400), until=NOW, any_state=True)) == COUNT


def test_answers_too_young_to_be_kept_are_not_learned_from(log: None) -> None:
    Offer.objects.update(shown_at=ago(days=20))
    assert operations.learn(now=NOW) == {"cross_sell": "few"}
    assert queries.speaker().spoke() == {"cross_sell": "few"}


def test_a_champion_whose_numbers_were_changed_rests(log: None) -> None:
    operations.learn(now=NOW)
    PropensityModel.objects.update(body='{"format": 1}')
    assert queries.speaker().spoke() == {"cross_sell": "broken"}
    assert operations.watch(now=NOW) == 1
    assert queries.speaker().spoke() == {"cross_sell": "drifted"}


def test_the_decision_remembers_what_a_model_may_learn_from(people: People, mrs_chen: Customer) -> None:
    from customers.offers import queries as offers
    from customers.results import Policy

    people.tag(mrs_chen, "reader")
    made = offers.suggest(context=call_of(mrs_chen), policy=Policy(may_sell=True, warnings=()), now=NOW).decision
    assert made["features"] == {
        "intent": "", "matters": 0, "interests": 1, "household": 0.0, "plan": "", "promise_yuan": 0.0,
    }  # fmt: skip
    assert made["spoke"] == {}
