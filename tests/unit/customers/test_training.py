"""A model speaks only where it was right in time order; it rests when times change, and never holds up a desk."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from functools import cache

import numpy as np
import pytest

from customers.offers.facts import Snapshot
from customers.offers.learning import speaking
from customers.offers.learning.calibration import brier, calibrate, gap
from customers.offers.learning.drift import Reference, watch
from customers.offers.learning.propensity import Propensity, from_json
from customers.offers.learning.speaking import Speaker
from customers.offers.learning.training import Answer, train
from customers.offers.rule_table import BY_KEY
from customers.offers.rules import Proposal
from customers.offers.wording import Text

SNAPSHOT = Snapshot(today=date(2026, 11, 22), intent="buy_data")
PROPOSAL = Proposal(why=Text(en="", zh=""))
MORE_DATA = BY_KEY["more_data"]


def told(count: int = 900, *, strength: float = 2.0, seed: int = 5, wait: float = 30) -> list[Answer]:
    """Those who use more of their data say yes more often (`strength` 0: nobody differs); a yes is known after `wait` days."""
    random = np.random.default_rng(seed)
    shares = random.uniform(0, 2, count)
    kept = random.random(count) < 1 / (1 + np.exp(-strength * (shares - 1.2)))
    return [
        Answer(
            facts={"data_share": float(share), "plan": "plan-59", "intent": "buy_data", "rule": "more_data"},
            kept=bool(yes), day=float(place) / 5, known=place / 5 + (wait if yes else 0),
        )
        for place, (share, yes) in enumerate(zip(shares, kept, strict=True))
    ]  # fmt: skip


def test_who_ranks_better_than_chance_speaks_and_says_how_well() -> None:
    trained = train(told())
    card = trained.card
    assert card.speaks and trained.model is not None and card.auc - 1.645 * card.auc_error > 0.5
    assert card.brier < card.brier_of_share and card.calibration_gap < 0.12
    assert card.weights[0][0] == "data_share"
    assert from_json(trained.model.to_json()).weights.tolist() == trained.model.weights.tolist()


def test_who_ranks_no_better_than_chance_is_silent() -> None:
    trained = train(told(strength=0.0))
    assert (trained.model, trained.card.speaks) == (None, False)
    assert trained.card.why.startswith("no_better")


def test_too_few_or_one_sided_answers_teach_nothing() -> None:
    assert train(told(100)).card.why == "few"
    assert train([replace(one, kept=False) for one in told(600)]).card.why == "one_sided"


def test_an_answer_that_was_not_known_yet_teaches_nothing() -> None:
    """Every outcome comes after the last offer was made: nobody can have learned from it, so nobody ranked well."""
    late = [replace(one, known=10_000.0) for one in told()]
    assert train(late).card.why.startswith("no_better")


def test_calibration_puts_the_said_where_the_happened_is() -> None:
    random = np.random.default_rng(1)
    truth = random.uniform(0.05, 0.6, 4_000)
    bought = random.random(4_000) < truth
    boasting = 1 / (1 + np.exp(-(2.5 * np.log(truth / (1 - truth)) + 1)))
    line = calibrate(boasting, bought)
    assert gap(line(boasting), bought) < 0.02 < gap(boasting, bought)
    assert brier(line(boasting), bought) < brier(boasting, bought)
    assert calibrate(np.zeros(0), np.zeros(0, bool)).slope == 1.0


@pytest.mark.parametrize(
    ("moved", "flipped", "sign"), [(0.0, False, ()), (0.35, False, ("people",)), (0.0, True, ("answers", "guesses"))]
)
def test_a_model_of_other_times_is_noticed(moved: float, flipped: bool, sign: tuple[str, ...]) -> None:
    random = np.random.default_rng(2)
    then = random.uniform(0.1, 0.5, 2_000)
    reference = Reference.of(then, then, random.random(2_000) < then)
    later = random.uniform(0.1, 0.5, 600)
    bought = random.random(600) < (1 - later if flipped else later)
    assert watch(reference, chances=later + moved, said=later, bought=bought).drifted == sign
    assert watch(reference, chances=later[:50], said=later[:10], bought=bought[:10]).drifted == ()  # too few to say


@cache
def champion() -> Propensity | None:
    return train(told()).model


def speaker(**more: object) -> Speaker:
    model = champion()
    assert model is not None
    return Speaker(models={"cross_sell": replace(model, **more)}, ids={"cross_sell": 4})  # type: ignore[arg-type]


def test_a_model_speaks_at_the_desk_and_is_named() -> None:
    heard = speaker()
    chance = heard(MORE_DATA, PROPOSAL, SNAPSHOT)
    assert chance is not None and 0 < chance < 1
    assert heard.spoke() == {"cross_sell": 4}
    assert heard(BY_KEY["content"], PROPOSAL, SNAPSHOT) is None  # nobody has learned anything of it


def test_an_odd_or_slow_model_falls_silent(monkeypatch: pytest.MonkeyPatch) -> None:
    odd = speaker(weights=np.array([1.0]))
    assert odd(MORE_DATA, PROPOSAL, SNAPSHOT) is None
    assert odd.spoke() == {"cross_sell": "broken"}
    assert speaker(intercept=float("nan"))(MORE_DATA, PROPOSAL, SNAPSHOT) is None
    slow = speaker()
    ticks = iter([0.0, 0.5])
    monkeypatch.setattr(speaking, "perf_counter", lambda: next(ticks))
    assert slow(MORE_DATA, PROPOSAL, SNAPSHOT) is not None
    assert slow(MORE_DATA, PROPOSAL, SNAPSHOT) is None and slow.spoke() == {"cross_sell": "slow"}
