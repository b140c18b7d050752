"""One outcome of calls (resolved, sold, satisfied, seconds) by caller type and agent, learned with scikit-learn. Pure.

Three steps. What the call itself explains (type, hour, weekday, channel) is predicted by gradient boosting, cross-fitted so
that no call predicts itself; what is left over is agent and agent × type, shrunken (`effects`), so that nobody is judged
by the night shift; the sum is calibrated on the calls before the judging ones (Platt 1999). The last fifth of the calls,
which nothing was fitted on, judges. What is kept is an array of numbers, never a model.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from routing.scoring.effects import Floats, estimate

TAUGHT, CALIBRATED = 0.8, 0.6  # of the calls in order of time: the first teach, the next calibrate, the last judge
LEAST_EVENTS = 30  # of the rarer answer to a yes or no, among those that teach
FOLDS = 3
ROUNDS, LEAF = 30, 40
TINY = 0.005
Ints = npt.NDArray[np.int64]


class Setting(NamedTuple):
    """What an outcome depends on besides pair: known before the call is given away."""

    row: Ints  # caller type
    column: Ints  # agent
    hour: Ints
    weekday: Ints
    channel: Ints


class Unlearned(Exception):
    """Nothing to be learned of this outcome: the sentence says why."""


@dataclass(frozen=True, kw_only=True)
class Learned:
    """Types × agents in the outcome's unit, and what is known of how well."""

    value: Floats
    card: dict[str, object]


def learn(*, setting: Setting, happened: Floats, types: int, agents: int, is_share: bool) -> Learned:
    """`happened` by call, oldest first: 0 or 1 where `is_share`, else more than 0 (learned as a logarithm).

    Raises Unlearned.
    """
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1):  # trees this small are slower on many threads, and calls are being routed beside
        return _learn(setting, happened, types, agents, is_share)


def _learn(setting: Setting, happened: Floats, types: int, agents: int, is_share: bool) -> Learned:
    count = len(happened)
    taught, judged = int(count * CALIBRATED), int(count * TAUGHT)
    if is_share and not LEAST_EVENTS <= happened[:taught].sum() <= taught - LEAST_EVENTS:
        raise Unlearned(f"{LEAST_EVENTS} calls of either answer are needed among the first {taught}.")
    target = happened if is_share else np.log(np.maximum(happened, 1.0))
    early = _fit(setting, target, slice(0, taught), types, agents, is_share)
    slope, shift = _calibration(early.told(setting)[taught:judged], target[taught:judged], is_share)
    told = _calibrated(early.told(setting)[judged:], slope, shift, is_share)
    loss, alone = _loss(told, target[judged:], is_share), _loss(target[:judged].mean(), target[judged:], is_share)
    if alone < 1e-9:
        raise Unlearned("All later calls were alike.")
    if loss >= alone:
        raise Unlearned(f"On later calls it is no better than one number ({loss:.4f}, {alone:.4f}).")
    final = _fit(setting, target, slice(0, count), types, agents, is_share)
    value = _calibrated(final.table(), slope, shift, is_share)
    if not is_share:  # mean of a logarithm → mean: Duan's smearing
        value = np.exp(value) * float(np.mean(np.exp(target - final.told(setting))))
    card: dict[str, object] = {
        "calls": count,
        "loss": round(loss, 5),
        "loss_of_one_number": round(alone, 5),
        "calibration": _fifths(told, target[judged:]) if is_share else [],
        "slope": round(slope, 3),
        "spread": {name: round(tau, 4) for name, tau in final.spread.items()},
    }
    return Learned(value=value.clip(0.0, 1.0) if is_share else value, card=card)


@dataclass(frozen=True, kw_only=True)
class _Fitted:
    base: Floats  # by call: what its setting explains
    mean: Floats  # by type: the same on average
    effect: Floats  # types × agents, over and above
    spread: dict[str, float]

    def told(self, setting: Setting) -> Floats:
        found: Floats = self.base + self.effect[setting.row, setting.column]
        return found

    def table(self) -> Floats:
        found: Floats = self.mean[:, None] + self.effect
        return found


def _fit(setting: Setting, target: Floats, part: slice, types: int, agents: int, is_share: bool) -> _Fitted:
    base = _base(setting, target, part, is_share)
    row, column, left = setting.row[part], setting.column[part], (target - base)[part]
    total, calls, squares = (np.zeros((types, agents)) for _ in range(3))
    np.add.at(total, (row, column), left)
    np.add.at(calls, (row, column), 1.0)
    np.add.at(squares, (row, column), left**2)
    found = estimate(total=total, calls=calls, squares=squares)
    counts = np.bincount(row, minlength=types)
    everybody = float(base[part].mean())
    sums = np.bincount(row, weights=base[part], minlength=types)
    mean = np.divide(sums, counts, out=np.full(types, everybody), where=counts > 0)
    return _Fitted(base=base, mean=mean, effect=found.value, spread=found.spread)


def _base(setting: Setting, target: Floats, part: slice, is_share: bool) -> Floats:
    """What type, hour, weekday and channel say of every call; those of `part` are told by folds that left them out."""
    from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

    inputs = np.column_stack([setting.row, setting.hour, setting.weekday, setting.channel])
    options = {"max_iter": ROUNDS, "max_depth": 3, "min_samples_leaf": LEAF, "early_stopping": False, "random_state": 0}
    model = (HistGradientBoostingClassifier if is_share else HistGradientBoostingRegressor)(**options)

    def predicted(those: Ints) -> Floats:
        found: Floats = model.predict_proba(those)[:, 1] if is_share else model.predict(those)
        return found

    known, answers = inputs[part], target[part]
    model.fit(known, answers)
    told = predicted(inputs)
    inside = np.empty(len(answers))
    fold = np.arange(len(answers)) * FOLDS // len(answers)  # runs of time: neighbours in time are alike
    for out in range(FOLDS):
        kept = fold != out
        if is_share and len(np.unique(answers[kept])) < 2:
            raise Unlearned("The answer is the same for long: nothing tells calls apart.")
        model.fit(known[kept], answers[kept])
        inside[~kept] = predicted(known[~kept])
    told[part] = inside
    return told


def _calibration(told: Floats, happened: Floats, is_share: bool) -> tuple[float, float]:
    """Slope and shift on the scale of log odds, or of the logarithm itself."""
    if not is_share or len(np.unique(happened)) < 2:
        return 1.0, 0.0 if is_share else float((happened - told).mean())
    from sklearn.linear_model import LogisticRegression

    fitted = LogisticRegression(C=1.0).fit(_log_odds(told)[:, None], happened)
    slope = float(fitted.coef_[0, 0])
    return (slope, float(fitted.intercept_[0])) if slope > 0 else (1.0, 0.0)


def _calibrated(told: Floats, slope: float, shift: float, is_share: bool) -> Floats:
    if not is_share:
        return told + shift
    found: Floats = 1 / (1 + np.exp(-(slope * _log_odds(told) + shift)))
    return found


def _log_odds(share: Floats) -> Floats:
    clipped = share.clip(TINY, 1 - TINY)
    found: Floats = np.log(clipped / (1 - clipped))
    return found


def _loss(told: Floats | float, happened: Floats, is_share: bool) -> float:
    """Log loss of a share, mean square of a logarithm."""
    if not is_share:
        return float(np.mean((happened - told) ** 2))
    clipped = np.clip(told, TINY, 1 - TINY)
    return float(-np.mean(happened * np.log(clipped) + (1 - happened) * np.log(1 - clipped)))


def _fifths(told: Floats, happened: Floats) -> list[list[float]]:
    """Fifths of the judging calls by prediction: [mean predicted, share that came true, calls]."""
    parts: Sequence[Ints] = np.array_split(np.argsort(told, kind="stable"), 5)
    return [[round(float(told[p].mean()), 4), round(float(happened[p].mean()), 4), len(p)] for p in parts if len(p)]
