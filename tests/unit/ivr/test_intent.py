"""The predicted reason: learned in time order, better than plain answers, kept as numbers that cannot be changed."""

from __future__ import annotations

import json
from dataclasses import replace
from random import Random
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ivr.intent import logistic, training
from ivr.intent.features import Moment, Past, Vocabulary
from ivr.intent.logistic import IntentModel, NoModel, from_json
from ivr.intent.training import Card
from ivr.intent.worth import worth
from ivr.optimiser.bound import positions
from tests.thorough import examples

REASONS = ("bill_question", "broadband_fault", "roaming")
DAY = 86_400.0


def log(calls: int = 700, seed: int = 1) -> tuple[list[Moment], list[str]]:
    """Callers mostly call about what they called about; gamers about broadband; one option misleads."""
    random = Random(seed)
    past: dict[int, list[Past]] = {}
    moments, labels = [], []
    for number in range(calls):
        who = random.randrange(120)
        before = past.setdefault(who, [])
        gamer = who % 4 == 0
        usual = before[-1].reason if before and random.random() < 0.75 else random.choice(REASONS)
        reason = "broadband_fault" if gamer and random.random() < 0.6 else usual
        chosen = reason if random.random() < 0.6 else ""
        at = number * 3_600.0
        moments.append(
            Moment(
                at=at, hour=number % 24, weekday=number // 24 % 7, chosen=chosen,
                facts=frozenset({"gamer"} if gamer else ()), past=tuple(before),
            )
        )  # fmt: skip
        labels.append(reason)
        before.append(Past(at=at, reason=reason, outcome="agent"))
    return moments, labels


@pytest.fixture(scope="module")
def trained() -> tuple[IntentModel, Card]:
    return training.train(*log())


def test_it_beats_every_plain_answer_on_later_calls(trained: tuple[IntentModel, Card]) -> None:
    _model, card = trained
    assert card.beats_baselines
    assert card.log_loss < card.own_history < card.constant
    assert card.log_loss < card.rule
    assert card.accuracy > card.last_accuracy
    assert (card.trained_on, card.judged_on) == (560, 140)
    # a menu of one's own cannot know what will be chosen in it
    assert card.log_loss < card.arrival_log_loss < card.constant
    assert card.information == pytest.approx(card.constant - card.arrival_log_loss)


def test_what_was_chosen_and_who_calls_count(trained: tuple[IntentModel, Card]) -> None:
    model, _card = trained
    nobody = Moment(at=0, hour=9, weekday=0)
    chose = dict(model.predict(replace(nobody, chosen="roaming")))
    plain = dict(model.predict(nobody))
    gamer = dict(model.predict(replace(nobody, facts=frozenset({"gamer", "never heard of"}))))
    again = dict(model.predict(replace(nobody, past=(Past(at=-DAY, reason="roaming", outcome="agent"),))))
    assert chose["roaming"] > max(0.8, plain["roaming"])
    assert gamer["broadband_fault"] > plain["broadband_fault"]
    assert again["roaming"] > plain["roaming"]
    assert sum(plain.values()) == pytest.approx(1)


def test_numbers_survive_the_journey_and_changed_ones_are_refused(trained: tuple[IntentModel, Card]) -> None:
    model, _card = trained
    body = json.loads(json.dumps(model.to_json()))
    moment = log(50)[0][-1]
    assert from_json(body).predict(moment) == model.predict(moment)
    wrong: dict[str, Any]
    for wrong in (body | {"temperature": 9.0}, body | {"format": 2}, {}, body | {"sha256": ""}):
        with pytest.raises(NoModel):
            from_json(wrong)


@pytest.mark.parametrize(
    ("calls", "labels", "sentence"),
    [(20, None, "too few to learn from"), (400, ["roaming"] * 400, "about the same")],
)
def test_nothing_to_learn_is_said(calls: int, labels: list[str] | None, sentence: str) -> None:
    moments, written = log(calls)
    with pytest.raises(NoModel, match=sentence):
        training.train(moments, labels or written)


@settings(max_examples=examples(50), deadline=None)
@given(st.integers(0, 10_000))
def test_calibration_error_against_counting_by_hand(seed: int) -> None:
    generator = np.random.default_rng(seed)
    chances = generator.dirichlet([1.0] * 3, 60)
    truth = generator.integers(-1, 3, 60)
    sure, said = chances.max(axis=1), chances.argmax(axis=1)
    total = 0.0
    for place in range(10):
        here = [row for row in range(60) if min(int(sure[row] * 10), 9) == place]
        if here:
            total += abs(sum(said[row] == truth[row] for row in here) - sum(sure[row] for row in here))
    assert logistic.calibration_error(chances, truth) == pytest.approx(total / 60)
    by_hand = [-np.log(max(chances[row, truth[row]], 1e-9)) if truth[row] >= 0 else -np.log(1e-9) for row in range(60)]
    assert logistic.log_loss(chances, truth) == pytest.approx(np.mean(by_hand))


def test_a_vector_is_as_long_as_the_model_expects_whatever_is_unknown() -> None:
    moments, labels = log(60)
    words = Vocabulary.of(moments, labels)
    empty = Moment(
        at=0, hour=23, weekday=6, entry="?", chosen="?", facts=frozenset({"?"}), past=(Past(at=1, reason="?"),)
    )
    assert {len(words.vector(one)) for one in (*moments, empty)} == {len(words.vector(empty))}
    assert np.isfinite(words.matrix([*moments, empty])).all()


def test_what_a_menu_of_ones_own_is_worth() -> None:
    """Two equally likely reasons, told apart completely, in a menu of two: ln 2 nats are one step."""
    costs = positions(0.0, 1.0, 2)
    found = worth(information=float(np.log(2)), error=0.0, costs=costs)
    assert found.seconds == pytest.approx(np.log(2) / np.log((1 + np.sqrt(5)) / 2))  # λ of costs 1, 2 is ln φ
    assert found.ceiling == pytest.approx(found.seconds + 2)
    assert found.is_worth_it
    assert not worth(information=0.5, error=0.3, costs=costs).is_worth_it
