"""The champion chosen by rolling time: refit before each batch, judged on it, and never on what it has seen.

A recipe that wins later was worse than chance earlier (measured on real calls), so nobody is chosen once and for all.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from customers.offers.learning.propensity import Columns, Float, UnableToLearn, fit

BATCH = 1_000  # answers between two fittings
LOOKED_BACK = 3  # batches that decide


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """Which columns, how many of the last answers, how strong the penalty. Simpler ones stand first."""

    name: str
    columns: tuple[str, ...]
    window: int
    strength: float = 0.1


@dataclass(frozen=True, kw_only=True)
class Scored:
    """One batch: what the champion of that moment said, and what became of it."""

    champion: str
    chances: Float
    bought: NDArray[np.bool_]


def rolled(
    columns: Columns,
    bought: NDArray[np.bool_],
    recipes: Sequence[Recipe],
    *,
    first: int,
    batch: int = BATCH,
    known: NDArray[np.int_] | None = None,
) -> Iterator[Scored]:
    """From row `first` on, batch by batch: every recipe is fitted on rows before the batch alone, the champion speaks.

    Rows stand in time order; `known[row]` rows had their answer when that row was decided (all before it, if none is
    given): an outcome that takes a month teaches nothing before the month is over.

    The first recipe stands until, over the last three batches, another one ranks yes above no better by more than a
    standard error. (Brier scores choose the recipe that guesses the coming share of yes best, which is not the one that
    ranks best: measured .49 to .55 against .64.)
    """
    past: list[tuple[list[Float], NDArray[np.bool_]]] = []
    champion = 0
    for start in range(first - LOOKED_BACK * batch, len(bought), batch):
        rows = slice(start, min(start + batch, len(bought)))
        until = start if known is None else min(start, int(known[start]))
        said = [_said(columns, bought, recipe, rows, until) for recipe in recipes]
        champion = _champion(past[-LOOKED_BACK:], champion)
        if start >= first:
            yield Scored(champion=recipes[champion].name, chances=said[champion], bought=bought[rows])
        past.append((said, bought[rows]))


def _champion(past: Sequence[tuple[Sequence[Float], NDArray[np.bool_]]], standing: int) -> int:
    """Who speaks next; the error of an AUC is taken as √(A (1 − A) ÷ yes)."""
    if len(past) < LOOKED_BACK:
        return standing
    bought = np.concatenate([truth for _said, truth in past])
    if not 0 < bought.sum() < len(bought):
        return standing
    ranked = [auc(np.concatenate([said[recipe] for said, _truth in past]), bought) for recipe in range(len(past[0][0]))]
    best = int(np.argmax(ranked))
    error = float(np.sqrt(ranked[standing] * (1 - ranked[standing]) / bought.sum()))
    return best if ranked[best] - ranked[standing] > error else standing


def _said(columns: Columns, bought: NDArray[np.bool_], recipe: Recipe, rows: slice, until: int) -> Float:
    """A recipe's chances for a batch, learned from the answers `until` it; the plain share where nothing can be learned."""
    seen = slice(max(0, until - recipe.window), max(0, until))
    try:
        model = fit(part(columns, recipe.columns, seen), bought[seen], strength=recipe.strength)
    except UnableToLearn:
        return np.full(rows.stop - rows.start, float(bought[seen].mean()) if seen.stop > seen.start else 0.5)
    return model.chances(part(columns, recipe.columns, rows))


def part(columns: Columns, names: Sequence[str], rows: slice) -> Columns:
    """Some columns of some rows."""
    return {name: columns[name][rows] for name in names}


def auc(chances: Float, bought: NDArray[np.bool_]) -> float:
    """The chance that a yes is ranked above a no; ties count half (Mann and Whitney)."""
    from scipy.stats import rankdata

    yes, no = int(bought.sum()), int((~bought).sum())
    ranks = rankdata(chances)
    return float((ranks[bought].sum() - yes * (yes + 1) / 2) / (yes * no))


def lift(chances: Float, bought: NDArray[np.bool_], share: float = 0.1) -> float:
    """Share of yes among the best `share` of all, against the share of yes overall."""
    best = np.argsort(-chances, kind="stable")[: round(share * len(chances))]
    return float(bought[best].mean() / bought.mean())
