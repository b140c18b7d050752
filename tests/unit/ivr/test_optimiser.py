"""The optimiser against printed optima, against every tree there is, and against a simulation; and what it must not do."""

from __future__ import annotations

from functools import cache
from itertools import combinations
from math import inf
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ivr.optimiser.bound import free_optimum, least_seconds, positions
from ivr.optimiser.search import free_search, improve
from ivr.optimiser.trees import (
    Limits,
    Menu,
    Service,
    demand,
    mean_seconds,
    put_in_order,
    service_seconds,
    total_seconds,
    violations,
)  # fmt: skip

CALM = settings(deadline=None, max_examples=20)
# n, s, a, τ, K, bound, optimum: demand ∝ 1/rank^s (design ivr 7)
PRINTED = [
    (10, 1.0, 0, 1, 9, 2.881, 3.012),
    (16, 1.0, 3, 3, 5, 15.685, 15.831),
    (27, 0.5, 0, 1, 5, 4.706, 4.845),
    (60, 1.0, 0, 1, 5, 4.920, 4.981),
]


@pytest.mark.parametrize(("n", "s", "lead", "option", "width", "bound", "optimum"), PRINTED)
def test_bound_and_optimum_are_the_printed_ones(
    n: int, s: float, lead: float, option: float, width: int, bound: float, optimum: float
) -> None:
    shares = [1 / rank**s for rank in range(1, n + 1)]

    found = free_optimum(shares, lead_s=lead, option_s=option, width=width)

    assert least_seconds(shares, positions(lead, option, width)) == pytest.approx(bound, abs=0.001)
    assert found.proven
    assert found.seconds == pytest.approx(optimum, abs=0.001)


@pytest.mark.parametrize("seed", range(2))
def test_the_optimum_is_that_of_all_trees(seed: int) -> None:
    random = Random(seed)
    shares = sorted((random.random() + 0.05 for _ in range(6)), reverse=True)
    lead, option, width = random.choice([0, 1]), 1, random.choice([2, 3, 4])
    costs = positions(lead, option, width)

    @cache
    def least(items: tuple[float, ...]) -> float:
        """The cheapest tree over these services: the first option takes every subset, the rest follows."""
        return 0.0 if len(items) == 1 else min(spread(items, k, 0) for k in range(2, width + 1))

    @cache
    def spread(items: tuple[float, ...], left: int, place: int) -> float:
        if left == 1:
            return least(items) + sum(items) * float(costs[place])
        best = inf
        for size in range(1, len(items) - left + 2):
            for some in combinations(range(len(items)), size):
                here = tuple(items[at] for at in some)
                rest = tuple(one for at, one in enumerate(items) if at not in some)
                best = min(best, least(here) + sum(here) * float(costs[place]) + spread(rest, left - 1, place + 1))
        return best

    found = free_optimum(shares, lead_s=lead, option_s=option, width=width)

    assert found.seconds == pytest.approx(least(tuple(shares)) / sum(shares), abs=1e-6)


def test_the_search_alone_comes_within_one_percent_of_the_optimum() -> None:
    shares = [1 / rank for rank in range(1, 17)]

    tree = free_search(shares, lead_s=3, option_s=3, width=5, tries=400)

    assert mean_seconds(tree) <= 1.01 * 15.831
    assert mean_seconds(tree) >= 15.685


AMOUNT = st.floats(0.0, 100)


@st.composite
def trees(draw: st.DrawFn, level: int = 0, name: str = "m") -> Menu:
    items: list[Menu | Service] = []
    for place in range(draw(st.integers(2, 4))):
        key = f"{name}{place}"
        if level < 2 and draw(st.booleans()):
            items.append(draw(trees(level=level + 1, name=key)))
        else:
            items.append(Service(key=f"{key}:s", seconds=draw(st.floats(0.5, 5)), demand=draw(AMOUNT)))
    return Menu(
        key=name, seconds=2.0, lead_s=draw(st.floats(0, 6)), reaction_s=draw(st.floats(0, 3)), timeout_s=5,
        error=draw(st.sampled_from([0.0, 0.1, 0.3])), items=items,
    )  # fmt: skip


@CALM
@given(trees(), st.randoms(use_true_random=False))
def test_a_proposal_is_never_worse_and_keeps_every_limit(tree: Menu, random: Random) -> None:
    keys = list(service_seconds(tree))
    homes = {key: frozenset({key[:end] for end in range(1, len(key) - 2)}) for key in keys}
    fixed, last = random.sample(keys, 2)
    limits = Limits(width=5, depth=4, homes=homes, fixed=frozenset({fixed}), last=frozenset({last}))

    better = improve(tree, limits, tries=30)

    assert not set(violations(tree, better, limits)) - set(violations(tree, tree, limits))
    assert total_seconds(better) <= total_seconds(tree) + 1e-9
    assert demand(better) == pytest.approx(demand(tree))
    assert set(service_seconds(better)) == set(keys)


@CALM
@given(
    st.lists(st.tuples(st.floats(0.5, 9), st.floats(0, 50)), min_size=2, max_size=6), st.randoms(use_true_random=False)
)
def test_no_other_order_of_a_menu_is_cheaper(options: list[tuple[float, float]], random: Random) -> None:
    menu = Menu(key="m", items=[Service(key=f"{n}", seconds=d, demand=w) for n, (d, w) in enumerate(options)])
    put_in_order(menu, Limits())
    best = total_seconds(menu)

    for _ in range(10):
        random.shuffle(menu.items)
        assert total_seconds(menu) >= best - 1e-6


def test_the_checker_sees_what_a_search_must_not_do() -> None:
    one, two, three = (Service(key=key, seconds=2, demand=1) for key in ("a:1", "a:2", "b:1"))
    before = Menu(key="root", items=[Menu(key="a", items=[one, two]), Menu(key="b", items=[three])])
    after = Menu(key="root", items=[Menu(key="a", items=[two, one, three]), Menu(key="b", items=[])])
    limits = Limits(width=2, fixed=frozenset({"a:1"}), homes={"b:1": frozenset({"b"})}, fixed_order=frozenset({"a"}))

    found = " ".join(violations(before, after, limits))

    for words in ("a:1 must keep its place", "b:1 may not stand in a", "2 is the most", "order of a"):
        assert words in found
    assert violations(before, Menu(key="root", items=[one]), Limits()) == ["A service is missing or stands twice."]


def test_predicted_seconds_are_those_of_callers_who_walk_the_menus() -> None:
    random = np.random.default_rng(7)
    inner = Menu(
        key="b", seconds=2, lead_s=3, reaction_s=1, timeout_s=5, error=0.2,
        items=[Service(key="b:1", seconds=2, demand=3), Service(key="b:2", seconds=4, demand=1)],
    )  # fmt: skip
    tree = Menu(
        key="a", lead_s=4, reaction_s=1, timeout_s=5, error=0.1, items=[Service(key="a:1", seconds=3, demand=4), inner]
    )

    def walk(menu: Menu, wanted: str) -> float:
        spent = menu.lead_s + menu.reaction_s
        whole = menu.lead_s + sum(item.seconds for item in menu.items) + menu.timeout_s
        for _ in range(menu.attempts - 1):  # after the last try the caller is helped on
            if random.random() >= menu.error:
                break
            spent += whole
        for item in menu.items:
            spent += item.seconds
            if item.key == wanted:
                return spent
            if isinstance(item, Menu) and any(one.key == wanted for one in item.items):
                return spent + walk(item, wanted)
        raise AssertionError(wanted)

    for key, expected in service_seconds(tree).items():
        assert np.mean([walk(tree, key) for _ in range(12_000)]) == pytest.approx(expected, rel=0.02)
