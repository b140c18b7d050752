"""What reaches the screen: odds that are exact, lanes that are kept, and a cheaper plan nobody can push down."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date
from itertools import islice, product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from customers.offers import arbitration, cells
from customers.offers.arbitration import Answers, arrange, candidate, propensity, weight
from customers.offers.cells import Cell, cell_of, draw, policy_odds, share
from customers.offers.facts import Product, Snapshot
from customers.offers.rule_table import BY_KEY, RULES, Rule
from customers.offers.rules import Proposal
from customers.offers.selection import Learned, select
from customers.offers.wording import Text
from tests.unit.customers.test_rules import MAY, MAY_NOT, MRS_CHEN, TODAY, ZHANG_SAN

TERMS = arbitration.shipped()
NOBODY = Snapshot(today=TODAY)
SAID = Text(en="why", zh="缘由")


def made(rule: str, yuan: int = 0, **more: object) -> arbitration.Candidate:
    goods = Product(code=f"p-{yuan}", family="mobile", kind="pack", name_en="p", name_zh="p", fee_fen=yuan * 100)
    proposal = Proposal(why=SAID, product=goods if yuan else None)
    return candidate(BY_KEY[rule], proposal, snapshot=NOBODY, terms=TERMS, **more)  # type: ignore[arg-type]


def rules_of(arranged: arbitration.Arranged) -> list[str]:
    return [card.rule.key for card in arranged.cards]


# --- groups and odds ------------------------------------------------------------------------------------------------
def test_a_party_s_share_is_the_golden_one() -> None:
    assert share("demo-salt", "random", "P1", "2026-11") == pytest.approx(0.405723399, abs=1e-9)
    assert share("demo-salt", "holdout", "P1", "2026H2") == pytest.approx(0.131331654, abs=1e-9)


def test_groups_are_as_large_as_they_should_be_and_stay() -> None:
    day = date(2026, 11, 22)
    found = Counter(cell_of(salt="s", party=str(number), day=day) for number in range(20_000))
    assert 500 < found[Cell.NO_OFFER] < 700
    assert 320 < found[Cell.RANDOM] < 470
    assert all(
        cell_of(salt="s", party=str(n), day=day) is cell_of(salt="s", party=str(n), day=date(2026, 11, 1))
        for n in range(200)
    )


@given(st.lists(st.floats(0.01, 1e6), min_size=1, max_size=30))
def test_odds_sum_to_one_and_the_best_leads(priorities: list[float]) -> None:
    odds = policy_odds(priorities)
    assert sum(odds) == pytest.approx(1, abs=1e-9)
    assert odds[priorities.index(max(priorities))] >= 1 - cells.EPSILON
    assert sum(chance > 0 for chance in odds) <= cells.TOP


def test_what_is_drawn_is_drawn_as_often_as_it_says() -> None:
    priorities, drawn = [900.0, 700.0, 320.0], Counter[int]()
    for number in range(20_000):
        drawn[draw(cell=Cell.POLICY, priorities=priorities, just_serve=2, key=str(number)).index] += 1
    for place, chance in enumerate(policy_odds(priorities)):
        deviation = (20_000 * chance * (1 - chance)) ** 0.5
        assert abs(drawn[place] - 20_000 * chance) < 4 * deviation
    again = draw(cell=Cell.POLICY, priorities=priorities, just_serve=2, key="7")
    assert again == draw(cell=Cell.POLICY, priorities=priorities, just_serve=2, key="7")


def test_marginal_odds_of_all_places_sum_to_one() -> None:
    priorities, seen = [900.0, 700.0, 320.0], {}
    for number, cell in islice(product(range(400), Cell), 1_200):
        found = draw(cell=cell, priorities=priorities, just_serve=2, key=str(number))
        seen[found.index] = found.marginal
    assert sum(seen.values()) == pytest.approx(1, abs=1e-9)
    with pytest.raises(ValueError):
        draw(cell=Cell.POLICY, priorities=[1.0, 0.0], just_serve=1, key="x")


# --- factors --------------------------------------------------------------------------------------------------------
def test_levers_add_up_within_bounds() -> None:
    assert [weight(percent) for percent in (0, 55, -300, 900)] == [1, 1.55, 0.25, 4]


def test_a_start_propensity_speaks_until_enough_answers_are_mature() -> None:
    assert propensity(start=0.11, answers=Answers(kept=49, not_kept=500)) == (0.11, "start")
    p, source = propensity(start=0.11, answers=Answers(kept=60, not_kept=140))
    assert source == "answers"
    assert p == pytest.approx((51 * 0.11 + 200 * 0.3) / 251)
    assert propensity(start=0.11, answers=Answers(kept=60, not_kept=140), modelled=0.5)[1] == "model"
    assert propensity(start=0.11, answers=Answers(), modelled=0.9) == (0.11, "start")  # no answers: no model either
    assert propensity(start=0.11, answers=Answers(kept=60, not_kept=140), modelled=float("nan"))[1] == "answers"


def test_one_big_ticket_counts_as_the_lane_s_ninth_tenth() -> None:
    lane = [made("content", yuan) for yuan in (10, 11, 12, 13, 14, 15, 16, 17, 18, 900)]
    arranged = arrange(lane, snapshot=NOBODY, terms=TERMS)
    assert max(one.v_fen for one in arranged.ranked) == made("content", 18).v_fen


# --- places ---------------------------------------------------------------------------------------------------------
def test_three_at_most_in_their_lanes() -> None:
    every = [made(rule.key, 50 if rule.lane == "sales" else 0) for rule in RULES]
    cards = arrange(every, snapshot=NOBODY, terms=TERMS).cards
    assert [card.rule.lane for card in cards] == ["notice", "service", "service"]
    sales = arrange([made("content", 20), made("more_data", 20)], snapshot=NOBODY, terms=TERMS)
    assert len(sales.cards) == 1
    assert sales.feasible[-1] == "just_serve"


def test_what_is_worth_less_than_the_time_it_takes_is_not_said() -> None:
    arranged = arrange([made("broadband_at_home", 5)], snapshot=NOBODY, terms=TERMS)
    assert (arranged.cards, arranged.led) == ((), "just_serve")
    assert arranged.dropped == (("broadband_at_home", "just_serve"),)


def test_whoever_is_left_in_peace_sees_service_and_no_sale() -> None:
    every = [made("open_ticket"), made("content", 20)]
    arranged = arrange(every, snapshot=NOBODY, terms=TERMS, cell=Cell.NO_OFFER, key="k")
    assert rules_of(arranged) == ["open_ticket"]
    assert (arranged.led, arranged.draw.odds if arranged.draw else ()) == ("just_serve", (0.0, 1.0))


def test_a_wish_to_buy_is_answered_and_never_drawn_for() -> None:
    buying = replace(NOBODY, intent="buy_data")
    for number in range(50):
        for cell in Cell:
            arranged = arrange([made("more_data", 15)], snapshot=buying, terms=TERMS, cell=cell, key=str(number))
            assert rules_of(arranged) == ["more_data"]
            assert arranged.draw is None


@pytest.mark.parametrize("intent", ["leave", "cancel_service", "change_plan"])
def test_a_cheaper_plan_cannot_be_buried(intent: str) -> None:
    levers = {key: replace(terms, lever=-90 if key == "rightsize" else 300) for key, terms in TERMS.actions.items()}
    terms = replace(TERMS, actions=levers)
    assert arrange([made("better_plan", 20)], snapshot=NOBODY, terms=terms).cards[0].level >= 1
    asks = replace(NOBODY, intent=intent)
    service = [
        candidate(BY_KEY[key], Proposal(why=SAID), snapshot=asks, terms=terms)
        for key in ("contract_ends", "better_plan", "smaller_plan")
    ]
    assert arrange(service, snapshot=asks, terms=terms).cards[0].rule.action == "rightsize"


def test_a_lever_below_nothing_does_not_touch_the_cheaper_plan() -> None:
    lowered = replace(TERMS, actions={**TERMS.actions, "rightsize": replace(TERMS.actions["rightsize"], lever=-90)})
    card = candidate(BY_KEY["better_plan"], Proposal(why=SAID), snapshot=NOBODY, terms=lowered)
    assert card.level == 1


# --- the whole story ------------------------------------------------------------------------------------------------
def test_every_rule_is_accounted_for() -> None:
    for snapshot, policy in ((ZHANG_SAN, MAY), (MRS_CHEN, MAY_NOT), (replace(ZHANG_SAN, intent="complaint"), MAY)):
        selected = select(snapshot=snapshot, policy=policy)
        told = {one.rule.key for one in selected.arranged.ranked}
        fallen = {rule for rule, why in selected.dropped if why != "just_serve"}
        assert told | fallen == {rule.key for rule in RULES}
        assert not told & fallen
    uneasy = select(snapshot=replace(ZHANG_SAN, intent="complaint"), policy=MAY)
    assert ("more_data", "moment") in uneasy.dropped
    assert ("smaller_plan", "policy") in select(snapshot=MRS_CHEN, policy=MAY_NOT).dropped


def test_answers_and_models_change_the_order_and_broken_ones_nothing() -> None:
    many = {rule.key: Answers(kept=100, not_kept=100) for rule in RULES}

    def broken(_rule: Rule, _proposal: Proposal, _snapshot: Snapshot) -> float | None:
        return float("nan")

    calm = select(snapshot=ZHANG_SAN, policy=MAY, learned=Learned(answers=many))
    odd = select(snapshot=ZHANG_SAN, policy=MAY, learned=Learned(answers=many, model=broken))
    assert calm.cards == odd.cards
    factors = calm.cards[0].facts["factors"]
    assert isinstance(factors, dict) and factors["p_from"] == "answers"
