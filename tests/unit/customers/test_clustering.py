"""Joining the strongest first, and never across a guard."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from customers.identity.linking.clustering import (
    Guards,
    Pair,
    join,
    learn_repeat_bits,
    pairwise_f1,
    within_one_slip,
)

SHOP, CRM, WEB = "shop", "crm", "web"


def pairs(*told: tuple[int, int, float]) -> list[Pair]:
    return [Pair(a=a, b=b, bits=bits) for a, b, bits in told]


def test_records_of_one_person_come_together() -> None:
    found = join(
        records=4, pairs=pairs((0, 1, 9), (1, 2, 3), (2, 3, -1)), guards=Guards(source=[CRM, SHOP, WEB, "wechat"])
    )
    assert found.group == [0, 0, 0, 3]
    assert [pair.bits for pair in found.joins] == [9, 3]


def test_a_household_phone_makes_no_person() -> None:
    """Mrs Chen and her son share the telephone (+5) but their names differ (−14 between their CRM records)."""
    told = pairs((0, 2, 6), (1, 2, 5), (0, 1, -14))
    found = join(records=3, pairs=told, guards=Guards(source=[CRM, CRM, WEB]))
    assert found.group == [0, 1, 0]


def test_a_source_that_declares_one_record_a_person_is_law_and_a_learnt_one_evidence() -> None:
    told = pairs((0, 1, 7))
    assert join(records=2, pairs=told, guards=Guards(source=[CRM, CRM])).group == [0, 0]
    declared = join(records=2, pairs=told, guards=Guards(source=[CRM, CRM], single=frozenset({CRM})))
    assert (declared.group, declared.refused[0].why) == ([0, 1], "one_per_source")
    assert join(records=2, pairs=told, guards=Guards(source=[CRM, CRM], repeat_bits={CRM: -9.0})).group == [0, 1]
    assert join(records=2, pairs=told, guards=Guards(source=[CRM, CRM], repeat_bits={CRM: -5.0})).group == [0, 0]


def test_two_valid_papers_are_two_people_but_a_slip_is_a_slip() -> None:
    far = Guards(source=[CRM, WEB], document=["11010519491231002X", "440524188001010014"])
    assert join(records=2, pairs=pairs((0, 1, 20)), guards=far).refused[0].why == "ids_differ"
    near = Guards(source=[CRM, WEB], document=["11010519491231002X", "11010519491231020X"])
    assert join(records=2, pairs=pairs((0, 1, 20)), guards=near).group == [0, 0]


def test_what_somebody_declared_not_the_same_stays_apart_through_any_bridge() -> None:
    guards = Guards(source=[CRM, WEB, SHOP], apart=frozenset({(0, 1)}))
    found = join(records=3, pairs=pairs((0, 2, 9), (1, 2, 8)), guards=guards)
    assert found.group == [0, 1, 0]
    assert found.refused[0].why == "apart"


def test_kinds_are_never_joined_and_a_crowd_is_left_to_a_person() -> None:
    kinds = Guards(source=[CRM, WEB], kind=["individual", "enterprise"])
    assert join(records=2, pairs=pairs((0, 1, 30)), guards=kinds).refused[0].why == "kinds"
    chain = pairs(*((i, i + 1, 10.0) for i in range(39)))
    found = join(records=40, pairs=chain, guards=Guards(source=[str(i) for i in range(40)]))
    assert max(found.group.count(root) for root in set(found.group)) == 30


def test_records_that_stand_together_already_stay_together() -> None:
    found = join(records=3, pairs=pairs((1, 2, 5)), guards=Guards(source=[CRM, CRM, WEB]), start=[[0, 1]])
    assert found.group == [0, 0, 0]


def test_what_a_repeat_says_is_learnt_from_the_source() -> None:
    across = [Pair(a=2 * i, b=2 * i + 1, bits=20) for i in range(100)]
    learnt = learn_repeat_bits(pairs=across, source=[CRM, WEB] * 100)
    assert learnt[CRM] == learnt[WEB] < -5
    within = learn_repeat_bits(pairs=across, source=[CRM] * 200)
    assert within == {CRM: pytest.approx(0.0)}
    assert learn_repeat_bits(pairs=[], source=[]) == {}


@pytest.mark.parametrize(
    ("one", "other", "near"),
    [("138", "138", True), ("138", "139", True), ("138", "183", True), ("138", "1380", True), ("138", "13", True),
     ("138", "381", False), ("138", "831", False), ("", "1", True), ("12345", "13245", True), ("12345", "54321", False)],
)  # fmt: skip
def test_one_slip_of_the_pen(one: str, other: str, near: bool) -> None:
    assert within_one_slip(one, other) is near
    assert within_one_slip(other, one) is near


@given(
    st.lists(st.tuples(st.integers(0, 8), st.integers(0, 8), st.floats(-13, 20)), max_size=25),
    st.lists(st.sampled_from([CRM, WEB, SHOP]), min_size=9, max_size=9),
    st.randoms(use_true_random=False),
)
def test_the_order_of_the_pairs_changes_nothing_and_no_guard_is_broken(
    told: list[tuple[int, int, float]], source: list[str], dice: Random
) -> None:
    once = {(min(a, b), max(a, b)): bits for a, b, bits in told if a != b}
    given_pairs = [Pair(a=a, b=b, bits=bits) for (a, b), bits in once.items()]
    guards = Guards(source=source, single=frozenset({CRM}))
    first = join(records=9, pairs=given_pairs, guards=guards)
    dice.shuffle(given_pairs)
    assert join(records=9, pairs=given_pairs, guards=guards).group == first.group
    for root in set(first.group):
        members = [i for i in range(9) if first.group[i] == root]
        assert sum(source[i] == CRM for i in members) <= 1
        assert all(root <= i for i in members)


def test_f1_over_pairs() -> None:
    assert pairwise_f1(group=[1, 1, 2, 2], truth=["a", "a", "b", "b"]) == (1, 1, 1)
    assert pairwise_f1(group=[1, 1, 1, 1], truth=["a", "a", "b", "b"]) == pytest.approx((2 / 6, 1, 0.5))
    assert pairwise_f1(group=[1, 2], truth=["a", "a"]) == (0, 0, 0)
