"""What a gift changes: two models with and without it, judged on later trials beside a model of staying alone. Pure.

ψ = μ₁ − μ₀ + w (y − μ₁) ÷ e − (1 − w)(y − μ₀) ÷ (1 − e) has the effect as its mean because e is known (Robins, Rotnitzky
1995). Qini per head = mean(ψ (½ − r)), r the rank from the best (0) to the last (1): the area between ranking and chance.
High risk is not high saveability (Ascarza 2018), so a model speaks only where it beats one of the risk.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace

import numpy as np
from numpy.typing import NDArray

from customers.offers.evaluation import Interval, resampled
from customers.offers.learning.features import CALL, PROFILE, columns_of
from customers.offers.learning.propensity import Columns, Float, UnableToLearn, fit
from customers.offers.learning.rolling import part
from customers.offers.trials.saver import Saver

FEWEST = 200  # in each arm: below, no claim of any kind
BLOCKS = 5  # that the later half is judged in
COLUMNS = (*PROFILE, *CALL)
THIRDS = 3
SEED, DRAWS = 11, 400
MEANS = ("two", "class", "staying")

Bools = NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True)
class Trial:
    """One customer for whom a gift was thought of, whose outcome is known. Days count from any one day on."""

    party: str
    facts: Mapping[str, float | str]
    given: bool
    odds: float  # of getting it, as they were
    stayed: bool
    day: float
    known: float


@dataclass(frozen=True, kw_only=True)
class Card:
    """What was found. `verdict`: few | unsure | none | average | customer; the last two speak."""

    verdict: str
    given: int
    left: int
    stayed_given: int = 0
    stayed_left: int = 0
    entered: float = 0.0
    effect: Interval | None = None  # share of customers kept by it
    judged: int = 0
    recipe: str = ""  # two | class
    qini: Interval | None = None  # per head, on later trials
    qini_of_staying: Interval | None = None  # of ranking by who would go anyway
    qini_apart: Interval | None = None
    thirds: tuple[Interval, ...] = ()  # effect among those ranked first, next, last
    said: tuple[float, ...] = ()  # what the model said of them
    weights: tuple[tuple[str, float], ...] = ()

    @property
    def speaks(self) -> bool:
        return self.verdict in {"average", "customer"}

    def as_json(self) -> dict[str, object]:
        return asdict(self)


@dataclass(frozen=True, kw_only=True)
class Learned:
    card: Card
    saver: Saver | None = None


@dataclass(frozen=True, kw_only=True)
class _Table:
    """Trials in time order, as columns."""

    columns: Columns
    party: NDArray[np.str_]
    given: Bools
    odds: Float
    stayed: Bools
    known: NDArray[np.int_]  # by row: how many of the first had their outcome when it was drawn

    def __len__(self) -> int:
        return len(self.given)

    def rows(self, which: slice) -> Columns:
        return part(self.columns, COLUMNS, which)


@dataclass(frozen=True, kw_only=True)
class _Judged:
    """Later rows: the effect of each, and where each way of ranking put it."""

    rows: NDArray[np.int_]
    psi: Float
    ranks: Mapping[str, Float]
    said: Mapping[str, Float]


def learn(trials: Sequence[Trial], *, entered: float) -> Learned:
    """The finding of these trials; `entered` is the figure that people wrote before."""
    trials = sorted(trials, key=lambda one: one.day)
    card = _counted(trials, entered)
    if min(card.given, card.left) < FEWEST:
        return Learned(card=card)
    table = _table(trials)
    effect = _effect(table)
    plain = "average" if effect.low > 0 else "none" if effect.high < entered else "unsure"
    card = replace(card, verdict=plain, effect=effect)
    try:
        return _by_customer(table, card)
    except UnableToLearn:
        return Learned(card=card)


def _by_customer(table: _Table, card: Card) -> Learned:
    """Adds what models can tell apart; they speak where that was shown on trials they had not seen."""
    judged = _judged(table)
    columns = [judged.psi * (0.5 - judged.ranks[name]) for name in MEANS]
    two, other, staying, over_two = _means([*columns, columns[1] - columns[0]], table, judged.rows)
    recipe, qini, own = ("class", other, columns[1]) if over_two.low > 0 else ("two", two, columns[0])
    apart = _means([own - columns[2]], table, judged.rows)[0]
    places = np.minimum(THIRDS - 1, (judged.ranks[recipe] * THIRDS).astype(int))
    thirds = tuple(
        _means([judged.psi[places == third]], table, judged.rows[places == third])[0] for third in range(THIRDS)
    )
    said = tuple(float(judged.said[recipe][places == third].mean()) for third in range(THIRDS))
    saver = _fitted(table, slice(0, len(table)), recipe)
    scores = saver.scores(table.rows(slice(len(table) // 2, len(table))))
    edges = tuple(float(edge) for edge in np.quantile(scores, [2 / 3, 1 / 3]))
    speaks = qini.low > 0 and apart.low > 0
    found = replace(
        card, verdict="customer" if speaks else card.verdict, judged=len(judged.rows), recipe=recipe, qini=qini,
        qini_of_staying=staying, qini_apart=apart, thirds=thirds, said=said, weights=saver.strongest(),
    )  # fmt: skip
    return Learned(card=found, saver=saver.in_thirds(edges) if speaks else None)


def _judged(table: _Table) -> _Judged:
    """Block by block of the later half: learned from what was known before, ranked within the block."""
    half = len(table) // 2
    psi, rows = [], []
    ranks: dict[str, list[Float]] = {name: [] for name in MEANS}
    said: dict[str, list[Float]] = {name: [] for name in MEANS}
    for block in np.array_split(np.arange(half, len(table)), BLOCKS):
        before, now = slice(0, int(table.known[block[0]])), slice(int(block[0]), int(block[-1]) + 1)
        two, other = _fitted(table, before, "two"), _fitted(table, before, "class")
        with_it, without = (model.chances(table.rows(now)) for model in two.models)
        given, odds, stayed = table.given[now], table.odds[now], table.stayed[now].astype(np.float64)
        psi.append(
            with_it - without + given * (stayed - with_it) / odds - ~given * (stayed - without) / (1 - odds)
        )  # fmt: skip
        rows.append(block)
        scores = {"two": with_it - without, "class": other.scores(table.rows(now)), "staying": -without}
        for name, score in scores.items():
            ranks[name].append(_ranks(score))
            said[name].append(score)
    return _Judged(
        rows=np.concatenate(rows), psi=np.concatenate(psi),
        ranks={name: np.concatenate(found) for name, found in ranks.items()},
        said={name: np.concatenate(found) for name, found in said.items()},
    )  # fmt: skip


def _fitted(table: _Table, rows: slice, recipe: str) -> Saver:
    """Two models, one of each arm; or one of the transformed class: stayed with it, or gone without (Jaskowski 2012)."""
    own, given, stayed = table.rows(rows), table.given[rows], table.stayed[rows]
    if recipe == "two":
        arms = [np.flatnonzero(given), np.flatnonzero(~given)]
        models = [fit({name: np.asarray(own[name])[arm] for name in COLUMNS}, stayed[arm]) for arm in arms]
        return Saver(models=tuple(models))
    odds = np.where(given, table.odds[rows], 1 - table.odds[rows])
    return Saver(models=(fit(own, stayed == given, weights=0.5 / odds),))


def _effect(table: _Table) -> Interval:
    """Over all: mean of both arms, each weighted back to everybody."""
    stayed = table.stayed - table.stayed.mean()
    weighted = np.where(table.given, stayed / table.odds, -stayed / (1 - table.odds))
    return resampled([weighted], table.party, SEED, DRAWS)[0]


def _means(columns: Sequence[Float], table: _Table, rows: NDArray[np.int_]) -> list[Interval]:
    return resampled(columns, table.party[rows], SEED, DRAWS)


def _ranks(scores: Float) -> Float:
    """From 0, the best, to 1; equals share a place."""
    from scipy.stats import rankdata

    found: Float = (rankdata(-scores) - 0.5) / len(scores)
    return found


def _counted(trials: Sequence[Trial], entered: float) -> Card:
    given, left = [one for one in trials if one.given], [one for one in trials if not one.given]
    return Card(
        verdict="few", given=len(given), left=len(left), stayed_given=sum(one.stayed for one in given),
        stayed_left=sum(one.stayed for one in left), entered=entered,
    )  # fmt: skip


def _table(trials: Sequence[Trial]) -> _Table:
    slowest = np.maximum.accumulate([one.known for one in trials])
    return _Table(
        columns=columns_of([one.facts for one in trials], COLUMNS),
        party=np.array([one.party for one in trials]),
        given=np.array([one.given for one in trials], bool),
        odds=np.array([one.odds for one in trials], np.float64),
        stayed=np.array([one.stayed for one in trials], bool),
        known=np.searchsorted(slowest, [one.day for one in trials], side="right"),
    )  # fmt: skip
