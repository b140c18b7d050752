"""Learning in time order: no look ahead, no guess from too little, and nothing that must be unpickled."""

from __future__ import annotations

import json

import numpy as np
import pytest

from customers.offers.learning.propensity import Columns, Encoding, UnableToLearn, fit, from_json
from customers.offers.learning.rolling import Recipe, _champion, auc, lift, rolled


def answers(count: int = 1_200, seed: int = 3) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Those with a large bill who live in town say yes more often."""
    random = np.random.default_rng(seed)
    bill, town = random.normal(80, 20, count), random.choice(["town", "village"], count)
    chance = 1 / (1 + np.exp(-((bill - 90) / 15 + (town == "town"))))
    return {"bill": bill, "town": town}, random.random(count) < chance


def test_a_model_ranks_and_survives_its_card() -> None:
    columns, bought = answers()
    model = fit(columns, bought)
    chances = model.chances(columns)
    assert auc(chances, bought) > 0.75
    assert chances.mean() == pytest.approx(bought.mean(), abs=0.01)  # calibrated on the whole
    assert np.array_equal(from_json(model.to_json()).chances(columns), chances)


def test_words_never_seen_and_numbers_that_are_missing_count_as_nothing() -> None:
    columns, bought = answers()
    model = fit(columns, bought)
    strange: Columns = {"bill": np.array([np.nan, 1e12]), "town": np.array(["the moon", "town"])}
    assert np.isfinite(model.chances(strange)).all()
    assert (
        Encoding.of(columns).words == {"town": ("town", "village")} or "village" in Encoding.of(columns).words["town"]
    )


def test_too_few_answers_teach_nothing() -> None:
    columns, bought = answers(60)
    with pytest.raises(UnableToLearn, match="too few"):
        fit(columns, np.zeros_like(bought))


@pytest.mark.parametrize(
    "spoil",
    [
        lambda card: card | {"intercept": 9.0},
        lambda card: card | {"format": 2},
        lambda card: {key: value for key, value in card.items() if key != "weights"},
        lambda card: card | {"weights": card["weights"][:-1]},
        lambda card: [],
    ],
)
def test_a_card_that_was_changed_is_not_listened_to(spoil: object) -> None:
    columns, bought = answers()
    card = json.loads(fit(columns, bought).to_json())
    with pytest.raises(UnableToLearn):
        from_json(json.dumps(spoil(card)))  # type: ignore[operator]


def test_nothing_after_a_batch_changes_what_was_said_before_it() -> None:
    columns, bought = answers(1_000)
    recipes = (
        Recipe(name="bill", columns=("bill",), window=300),
        Recipe(name="all", columns=("bill", "town"), window=600),
    )
    before = list(rolled(columns, bought, recipes, first=600, batch=100))
    poisoned = {"bill": columns["bill"].copy(), "town": columns["town"]}
    poisoned["bill"][800:], spoilt = 0.0, bought.copy()
    spoilt[800:] = ~spoilt[800:]
    after = list(rolled(poisoned, spoilt, recipes, first=600, batch=100))
    assert len(before) == 4
    for one, other in zip(before[:2], after[:2], strict=True):
        assert np.array_equal(one.chances, other.chances)
        assert one.champion == other.champion


def test_the_champion_changes_only_for_one_that_is_surely_better() -> None:
    truth = np.arange(200) % 2 == 0
    good, bad = truth.astype(float), (~truth).astype(float)
    nearly = good.copy()
    nearly[:2] = 0.5
    assert _champion([([bad, good], truth)] * 3, 0) == 1
    assert _champion([([bad, good], truth)] * 2, 0) == 0  # two batches are too few
    assert _champion([([nearly, good], truth)] * 3, 0) == 0


def test_lift_and_ranks() -> None:
    bought = np.array([True] * 10 + [False] * 90)
    assert lift(np.arange(100)[::-1].astype(float), bought) == pytest.approx(10)
    assert auc(np.ones(100), bought) == pytest.approx(0.5)
