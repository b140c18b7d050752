"""A gift is claimed to keep whom it was shown to keep on later trials, and nobody else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from functools import cache

import numpy as np
import pytest

from customers.offers import selection
from customers.offers.facts import Product, Snapshot, Worth
from customers.offers.learning.propensity import UnableToLearn
from customers.offers.selection import Learned
from customers.offers.trials import coin, uplift
from customers.offers.trials.coin import Saved
from customers.offers.trials.saver import saver_from_json
from customers.offers.trials.speaking import Effect
from customers.offers.trials.uplift import Trial, learn
from customers.results import Policy

GIFT = Product(
    code="thank-you", family="service", kind="service", name_en="Thank you", name_zh="谢礼", fee_fen=0, margin_fen=-500,
    tags=frozenset({"retention"}),
)  # fmt: skip


def told(
    effect: Callable[[float], float], *, count: int = 2_400, odds: float = 0.5, wait: float = 90
) -> tuple[Trial, ...]:
    """`effect` by months held. Who pays much leaves more often, with a gift or without: risk is not what a gift changes."""
    random = np.random.default_rng(3)
    found = []
    for place in range(count):
        months, bill, given = random.uniform(0, 40), random.uniform(20, 220), random.random() < odds
        stays = 0.6 - 0.3 * (bill > 120) + (effect(months) if given else 0)
        facts: dict[str, float | str] = {"months_held": months, "bill_yuan": bill, "plan": "plan-59", "intent": "leave"}
        day = place * 400 / count
        found.append(Trial(
            party=str(place), facts=facts, given=bool(given), odds=odds, stayed=bool(random.random() < stays), day=day,
            known=day + wait,
        ))  # fmt: skip
    return tuple(found)


@cache
def learned() -> uplift.Learned:
    return learn(told(lambda months: 0.35 if months < 13 else 0.0), entered=0.04)


def test_a_planted_effect_is_found_where_it_is_and_beats_ranking_by_risk() -> None:
    card, saver = learned().card, learned().saver
    assert card.verdict == "customer" and saver is not None
    assert card.effect is not None and card.effect.low < 0.35 * 13 / 40 < card.effect.high
    first, _middle, last = card.thirds
    assert first.low > 0.1 and last.low < 0.03 and last.value < 0.08
    assert card.qini is not None and card.qini_apart is not None and card.qini_apart.low > 0
    assert card.weights[0][0] == "months_held"
    assert [saver.third({"months_held": months, "plan": "plan-59", "intent": "leave"}) for months in (2, 38)] == [0, 2]


def test_no_effect_no_claim() -> None:
    card = learn(told(lambda _months: 0.0), entered=0.08).card
    assert (card.verdict, card.speaks) == ("none", False)
    assert card.effect is not None and card.effect.low < 0 < card.effect.high < 0.08


def test_one_effect_for_all_is_an_average_and_nobody_is_told_apart() -> None:
    found = learn(told(lambda _months: 0.1), entered=0.04)
    assert found.card.verdict == "average" and found.saver is None


@pytest.mark.parametrize(("count", "odds"), [(300, 0.5), (2_000, 0.95)])
def test_too_few_on_either_side_say_nothing(count: int, odds: float) -> None:
    assert learn(told(lambda _months: 0.5, count=count, odds=odds), entered=0.04).card.verdict == "few"


def test_an_outcome_that_was_not_known_yet_teaches_nothing() -> None:
    found = learn(told(lambda months: 0.3 if months < 13 else 0.0, wait=1_000, count=1_200), entered=0.04)
    assert found.saver is None and found.card.qini is None  # before the later half nothing had become known


@pytest.mark.parametrize("spoil", [lambda text: text.replace("0.", "1.", 3), lambda _text: "[]", lambda _text: "{"])
def test_numbers_that_were_changed_are_not_listened_to(spoil: Callable[[str], str]) -> None:
    saver = learned().saver
    assert saver is not None and saver_from_json(saver.to_json()).edges == saver.edges
    with pytest.raises(UnableToLearn):
        saver_from_json(spoil(saver.to_json()))


LEAVING = Snapshot(
    today=date(2026, 11, 22), intent="leave", worth=Worth(value_fen=300_000, churn=0.4), on_sale=(GIFT,)
)  # fmt: skip
SELL = Policy(may_sell=True, warnings=())


def saves(value: float, low: float) -> Learned:
    shown = Saved(value=value, low=low, high=2 * value, source="customer", model=3)
    return Learned(saves=lambda _facts: shown, salt="demo-salt")


def test_the_toss_is_as_often_as_it_says_and_written_down() -> None:
    for learned_, odds in ((saves(0.1, 0.05), 0.9), (saves(0.1, -0.05), 0.1)):  # what is not shown pays for nothing
        tossed = [
            selection.select(snapshot=LEAVING, policy=SELL, learned=learned_, key="k", party=f"p{number}")
            for number in range(400)
        ]
        given = [one.toss is not None and one.toss.given for one in tossed]
        assert all(one.toss is not None and one.toss.odds == odds for one in tossed)
        assert abs(sum(given) - 400 * odds) < 4 * (400 * odds * (1 - odds)) ** 0.5
        assert given == [any(card.rule == "keep_customer" for card in one.cards) for one in tossed]
        left = next(one for one, is_given in zip(tossed, given, strict=True) if not is_given)
        assert ("keep_customer", "left_in_peace") in left.dropped
        assert left.as_decision()["toss"]["source"] == "customer"  # type: ignore[index]


def test_what_was_shown_is_the_chance_and_stands_on_the_card() -> None:
    found = selection.select(snapshot=LEAVING, policy=SELL, learned=replace(saves(0.1, 0.05), salt=""), party="p")
    card = next(card for card in found.cards if card.rule == "keep_customer")
    factors = card.facts["factors"]
    assert (factors["p"], factors["p_from"]) == (0.1, "trial")  # type: ignore[index]
    assert card.facts["gain_fen"] == 300_000 // 10 - 6_000
    assert "10.0 %" in card.why_en and "10.0 %" in card.why_zh
    assert found.toss is None  # without a salt nobody is drawn


def test_without_a_salt_what_does_not_pay_is_never_given() -> None:
    assert coin.is_given(salt="", party="p", day=LEAVING.today, odds=coin.odds_of(pays=True))
    assert not coin.is_given(salt="", party="p", day=LEAVING.today, odds=coin.odds_of(pays=False))


def test_a_model_that_answers_nonsense_or_slowly_gives_way(monkeypatch: pytest.MonkeyPatch) -> None:
    plain = Saved(value=0.05, low=0.01, high=0.09, source="average", model=1)
    third = replace(plain, value=0.2, source="customer")
    effect = Effect(plain=plain, thirds=(third, third, third), saver=learned().saver)
    assert effect({"months_held": 3.0}) == third
    broken = Effect(plain=plain, thirds=(), saver=learned().saver)
    assert broken({"months_held": 3.0}) == plain
    monkeypatch.setattr("customers.offers.trials.speaking.SLOWEST_S", -1.0)
    effect({})
    assert effect({}) == replace(plain, why="slow")
