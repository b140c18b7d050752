"""Who matters among those who talk: influence, core, bridges, and with whom to begin."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse

from customers.circles import standing
from customers.circles.finding import Circles, one_way
from tests.unit.customers.test_circles import planted


def graph(edges: list[tuple[int, int]], nodes: int) -> sparse.csr_matrix:
    a, b = np.array(edges).T
    one = sparse.csr_matrix((np.ones(len(a)), (a, b)), shape=(nodes, nodes))
    return (one + one.T).tocsr()


# a square with both diagonals (0–3), a tail 3–4–5, and 6 alone
TIES = [(0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3), (3, 4), (4, 5)]


def test_cores_and_influence_are_those_of_the_textbook() -> None:
    ties = graph(TIES, 7)
    assert list(standing.core_numbers(ties)) == [3, 3, 3, 3, 1, 1, 0]
    # the definition, solved at once: r = (1 − d)/n + d·(Pᵀr), who has no ties shares with all
    steps = ties.toarray() / np.maximum(ties.toarray().sum(axis=1, keepdims=True), 1)
    steps[6] = 1 / 7
    exact = np.linalg.solve(np.eye(7) - standing.DAMPING * steps.T, np.full(7, (1 - standing.DAMPING) / 7))
    rank = standing.pagerank(ties)
    assert rank == pytest.approx(exact, abs=2e-3)
    assert int(np.argmax(rank)) == 3


def test_who_talks_into_other_circles_bridges_them() -> None:
    found = Circles(circle=np.array([0, 0, 0, 0, 1, 1, -1]), count=2, ties=graph(TIES, 7))
    bridges = standing.spread(found)
    assert bridges[3] == pytest.approx(1 - (9 + 1) / 16)
    assert bridges[0] == 0
    assert standing.closeness(found)[0] == pytest.approx(12 / 13)
    leaving = standing.share_of_neighbours(found.ties, np.array([False, False, False, False, True, False, False]))
    assert leaving[3] == pytest.approx(1 / 4)
    assert leaving[6] == 0


def test_ranks_are_shares_among_those_asked_and_ties_share_them() -> None:
    told = standing.ranks(np.array([5.0, 1.0, 5.0, 9.0]), np.array([True, True, True, False]))
    assert list(told) == [1.0, pytest.approx(1 / 3), 1.0, 0.0]


def test_beginners_reach_more_than_the_loudest_and_than_chance() -> None:
    a, b, _truth = planted(30, 15)
    from customers.circles.finding import find

    found = find(a=a, b=b, calls=np.ones(len(a)), nodes=450)
    word = standing.Word.of(found.ties)
    may_ask = np.arange(450) % 3 == 0
    first = standing.beginners(word, may_ask=may_ask, most=6)
    assert may_ask[first].all() and len(set(first.tolist())) == 6
    loudest = np.flatnonzero(may_ask)[np.argsort(-standing.pagerank(found.ties)[may_ask])[:6]]
    lot = np.random.default_rng(1).choice(np.flatnonzero(may_ask), 6, replace=False)
    assert word.reached(first) >= word.reached(loudest)
    assert word.reached(first) > word.reached(lot)
    people, chance = word.from_(int(first[0]))
    assert chance.max() == 1.0 and people[-1] == first[0]
    assert len(standing.beginners(word, may_ask=np.zeros(450, dtype=bool))) == 0


def test_a_caller_by_trade_is_no_friend_of_anybody() -> None:
    a = np.array([0] * 30 + list(range(1, 31)))
    b = np.array([*range(1, 31), *range(2, 31), 1])
    assert list(np.flatnonzero(one_way(a, b, 31))) == [0]
