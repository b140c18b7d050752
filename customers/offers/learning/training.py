"""From the outcome log to a model with its card: judged in time order, calibrated on later answers, or silent. Pure.

A model speaks only if, over answers it had not seen, it ranked a yes above a no better than chance and guessed no worse
than the plain share of yes. Else the card says in a sentence why the entered figures speak.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

from customers.offers.learning.calibration import Calibration, brier, calibrate, gap
from customers.offers.learning.drift import Reference
from customers.offers.learning.features import CALL, OFFER, PROFILE, columns_of
from customers.offers.learning.propensity import Columns, Float, Propensity, UnableToLearn, fit
from customers.offers.learning.rolling import LOOKED_BACK, Recipe, Scored, auc, lift, part, rolled

# The simplest first: it stands until another one is surely better (docs/decisions/0010).
RECIPES = (
    Recipe(name="offer and profile", columns=(*OFFER, *PROFILE), window=5_000),
    Recipe(name="offer, profile and call", columns=(*OFFER, *PROFILE, *CALL), window=5_000),
    Recipe(name="offer, profile and call, long", columns=(*OFFER, *PROFILE, *CALL), window=20_000),
)
FEWEST_ANSWERS = 400  # in all; below, no judgement in time order is worth its name
BATCHES = 12  # that a log is cut into
LARGEST_BATCH = 1_000
SURELY = 1.645  # standard errors above chance


@dataclass(frozen=True, kw_only=True)
class Answer:
    """One offer that was answered and whose outcome is known. Days count from any one day on."""

    facts: Mapping[str, float | str]  # as logged with the decision
    kept: bool
    day: float  # when it was offered
    known: float  # when its outcome was known


@dataclass(frozen=True, kw_only=True)
class Card:
    """What a model is and how it was judged; `speaks` is False where the entered figures are the better guess."""

    answers: int
    yes: int
    recipe: str = ""
    champions: tuple[str, ...] = ()  # by batch judged
    judged: int = 0
    auc: float = 0.5
    auc_error: float = 0.0
    lift10: float = 1.0
    brier: float = 0.0
    brier_of_share: float = 0.0  # of guessing the share of yes so far
    calibration_gap: float = 0.0
    speaks: bool = False
    why: str = ""  # few | one_sided | no_better_than_chance | no_better_than_share | "" where it speaks
    weights: tuple[tuple[str, float], ...] = ()  # the strongest, by column and word

    def as_json(self) -> dict[str, object]:
        return asdict(self)


@dataclass(frozen=True, kw_only=True)
class Trained:
    card: Card
    model: Propensity | None = None
    reference: Reference | None = None


def train(answers: Sequence[Answer]) -> Trained:
    """The champion of these answers with its card; without a model where none may speak."""
    answers = sorted(answers, key=lambda one: one.day)
    bought = np.array([one.kept for one in answers], bool)
    yes = int(bought.sum())
    if len(answers) < FEWEST_ANSWERS:
        return Trained(card=Card(answers=len(answers), yes=yes, why="few"))
    columns = columns_of([one.facts for one in answers], dict.fromkeys(name for one in RECIPES for name in one.columns))
    batch = min(LARGEST_BATCH, max(40, len(answers) // BATCHES))
    scored = list(rolled(columns, bought, RECIPES, first=len(answers) // 2, batch=batch, known=_known(answers)))
    try:
        return _trained(columns, bought, scored)
    except UnableToLearn:
        return Trained(card=Card(answers=len(answers), yes=yes, why="one_sided"))


def _trained(columns: Columns, bought: NDArray[np.bool_], scored: Sequence[Scored]) -> Trained:
    said, plain, truth = _later(scored, bought)
    if not 0 < truth.sum() < len(truth):
        raise UnableToLearn("The answers that judge are all alike.")
    recipe = next(one for one in RECIPES if one.name == scored[-1].champion)
    last = scored[-LOOKED_BACK:]
    line = calibrate(np.concatenate([one.chances for one in last]), np.concatenate([one.bought for one in last]))
    rows = slice(max(0, len(bought) - recipe.window), len(bought))
    own = part(columns, recipe.columns, rows)
    model = fit(own, bought[rows], strength=recipe.strength).calibrated(slope=line.slope, shift=line.shift)
    ranks = auc(said, truth)
    error = float(np.sqrt(ranks * (1 - ranks) / min(truth.sum(), (~truth).sum())))
    why = _why(ranks, error, brier(said, truth), brier(plain, truth))
    card = Card(
        answers=len(bought), yes=int(bought.sum()), recipe=recipe.name, champions=tuple(one.champion for one in scored),
        judged=len(truth), auc=ranks, auc_error=error, lift10=lift(said, truth), brier=brier(said, truth),
        brier_of_share=brier(plain, truth), calibration_gap=gap(said, truth), speaks=not why, why=why,
        weights=_strongest(model),
    )  # fmt: skip
    return Trained(
        card=card, model=None if why else model, reference=Reference.of(model.chances(own), said, truth)
    )  # fmt: skip


def _later(scored: Sequence[Scored], bought: NDArray[np.bool_]) -> tuple[Float, Float, NDArray[np.bool_]]:
    """What was said of each batch, calibrated on the batches before it; the plain share beside; what came."""
    said, plain = [], []
    before = len(bought) - sum(len(one.bought) for one in scored)
    for place, one in enumerate(scored):
        past = scored[max(0, place - LOOKED_BACK) : place]
        line = Calibration()
        if past:
            line = calibrate(np.concatenate([p.chances for p in past]), np.concatenate([p.bought for p in past]))
        said.append(line(one.chances))
        plain.append(np.full(len(one.bought), bought[:before].mean()))
        before += len(one.bought)
    return np.concatenate(said), np.concatenate(plain), np.concatenate([one.bought for one in scored])


def _why(ranks: float, error: float, score: float, score_of_share: float) -> str:
    if ranks - SURELY * error <= 0.5:
        return "no_better_than_chance"
    return "no_better_than_share" if score > score_of_share else ""


def _known(answers: Sequence[Answer]) -> NDArray[np.int_]:
    """How many of the first answers had their outcome when each offer was made: a prefix, so no later one slips in."""
    slowest = np.maximum.accumulate([one.known for one in answers])
    found: NDArray[np.int_] = np.searchsorted(slowest, [one.day for one in answers], side="right")
    return found


def _strongest(model: Propensity, most: int = 12) -> tuple[tuple[str, float], ...]:
    names = [
        *model.encoding.numbers,
        *(f"{name}={word}" for name, known in model.encoding.words.items() for word in known),
    ]
    order = np.argsort(-np.abs(model.weights), kind="stable")[:most]
    return tuple((names[place], round(float(model.weights[place]), 3)) for place in order)
