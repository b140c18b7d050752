"""Circles planted and found; Mrs Chen's new number is found by her friends, a stranger's is not."""

from __future__ import annotations

import numpy as np
import pytest

from customers.circles.finding import LARGEST, SMALLEST, find, key_people, seeds
from customers.circles.renumbering import Talk, renumbered


def planted(circles: int, size: int, seed: int = 5) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    nodes = circles * size
    a = np.repeat(np.arange(nodes), 6)
    inside = a // size * size + rng.integers(0, size, len(a))
    b = np.where(rng.random(len(a)) < 0.92, inside, rng.integers(0, nodes, len(a)))
    return a, b, np.arange(nodes) // size


def test_planted_circles_are_found_bounded_and_the_same_each_time() -> None:
    from sklearn.metrics import adjusted_rand_score

    a, b, truth = planted(40, 20)
    calls = np.ones(len(a))
    found = find(a=a, b=b, calls=calls, nodes=len(truth))
    assert adjusted_rand_score(truth, found.circle) > 0.9
    sizes = np.bincount(found.circle[found.circle >= 0])
    assert sizes.min() >= SMALLEST
    assert sizes.max() <= LARGEST
    again = find(a=a, b=b, calls=calls, nodes=len(truth))
    assert (found.circle == again.circle).all()


def test_two_who_talk_alone_are_no_circle_and_nobody_is_lost() -> None:
    found = find(a=np.array([0, 1]), b=np.array([1, 0]), calls=np.ones(2), nodes=3)
    assert list(found.circle) == [-1, -1, -1]
    assert found.count == 0


def test_seeds_consent_and_key_people_are_of_worth() -> None:
    a, b, truth = planted(5, 12)
    found = find(a=a, b=b, calls=np.ones(len(a)), nodes=len(truth))
    value = np.zeros(len(truth))
    value[::12] = 1e6  # one in each planted circle
    may_ask = np.arange(len(truth)) % 12 == 3
    for circle in range(found.count):
        begins = seeds(found, may_ask=may_ask)[circle]
        assert may_ask[begins]
        assert found.circle[begins] == circle
        assert found.circle[key_people(found, standing=value)[circle]] == circle
    nobody = seeds(found, may_ask=np.zeros(len(truth), dtype=bool))
    assert set(nobody) == {-1}


def week(who: str, friends: list[str], days: range) -> list[Talk]:
    return [Talk(a=who, b=friend, at=float(day)) for day in days for friend in friends]


@pytest.fixture
def friends() -> list[str]:
    return ["omar", "lin", "ada", "wei", "mei"]


def test_a_new_number_with_the_same_friends_is_proposed(friends: list[str]) -> None:
    talks = week("chen-old", friends, range(5)) + week("chen-new", [*friends, "shop"], range(5, 10))
    talks += week("zhang", ["lin", "shop", "bank", "sun"], range(10))
    (only,) = renumbered(talks)
    assert (only.old, only.new, only.shared, only.found_in_pass) == ("chen-old", "chen-new", 5, 1)
    assert only.likeness == pytest.approx(5 / (5 * 6) ** 0.5)


def test_neither_strangers_nor_both_in_use_nor_two_shared_friends_are_taken_for_one(friends: list[str]) -> None:
    everybody = week("lin", ["omar"], range(10))
    stranger = week("old", friends, range(5)) + week("new", ["a", "b", "c", "d"], range(5, 10))
    at_once = week("old", friends, range(10)) + week("new", friends, range(10))
    few = week("old", friends[:2], range(5)) + week("new", friends[:2], range(5, 10))
    for talks in (stranger, at_once, few, []):
        assert renumbered(everybody + talks) == []


def test_who_changes_together_is_found_in_the_second_pass(friends: list[str]) -> None:
    talks = week("leader-old", ["x-old", "y-old", "z-old"], range(5))
    talks += week("leader-new", ["x-new", "y-new", "z-new"], range(5, 10))
    for member, own in (("x", "abcd"), ("y", "efgh"), ("z", "ijkl")):
        talks += week(f"{member}-old", list(own), range(5)) + week(f"{member}-new", list(own), range(5, 10))
    passes = {one.old: one.found_in_pass for one in renumbered(talks)}
    assert passes == {"x-old": 1, "y-old": 1, "z-old": 1, "leader-old": 2}
