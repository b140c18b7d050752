"""Bundles are published where they win over popularity, and stay out where they do not."""

from __future__ import annotations

import numpy as np

from customers.offers.bundles import judge, mine


def baskets(count: int, *, tied: bool, seed: int = 1) -> np.ndarray:
    """Eight items; tied ones come in two groups of four that are held together."""
    random = np.random.default_rng(seed)
    side = random.random(count) < 0.5
    chance = np.where(side[:, None] == (np.arange(8) < 4)[None], 0.7, 0.1) if tied else np.linspace(0.2, 0.6, 8)
    return random.random((count, 8)) < chance


def hidden(rows: np.ndarray, seed: int = 2) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    rows = rows[rows.sum(axis=1) >= 2]
    taken = np.array([random.choice(np.flatnonzero(row)) for row in rows])
    before = rows.copy()
    before[np.arange(len(rows)), taken] = False
    return before, taken


def test_what_is_held_together_wins() -> None:
    found = judge(mine(baskets(2_000, tied=True)), *hidden(baskets(800, tied=True, seed=9)))
    assert found.publish and found.hit3 > found.popularity + 0.1


def test_what_has_nothing_to_do_with_each_other_stays_out() -> None:
    found = judge(mine(baskets(2_000, tied=False)), *hidden(baskets(800, tied=False, seed=9)))
    assert not found.publish and abs(found.hit3 - found.popularity) < 0.05


def test_held_and_rare_items_are_never_proposed() -> None:
    rows = baskets(500, tied=False)
    rows[:, 7] = False
    rows[:10, 7] = True
    scores = mine(rows).scores(rows)
    assert np.isneginf(scores[:, 7]).all() and np.isneginf(scores[rows]).all()
    assert not judge(mine(rows), rows[:0], np.zeros(0, np.int64)).publish
