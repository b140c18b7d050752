"""A calibrated propensity that can be read as JSON: one-hot and scaled columns, coefficients, nothing to unpickle.

Fitting needs scikit-learn and happens in workers only; scoring is a dot product of numpy and may happen anywhere.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Float = NDArray[np.float64]
Columns = Mapping[str, Sequence[object] | NDArray[np.object_] | Float]

FORMAT = 1
FEWEST_OF_EACH = 20  # yes and no answers: below, nothing is learned
MOST_WORDS = 30  # of one column: the rest is "other"


class UnableToLearn(ValueError):
    """There is nothing to learn from, or the card is no card; the sentence says why."""


@dataclass(frozen=True, kw_only=True)
class Encoding:
    """How rows become numbers. What was never seen while fitting counts as nothing, what is missing as the mean."""

    numbers: Mapping[str, tuple[float, float]]  # column → mean, deviation
    words: Mapping[str, tuple[str, ...]]  # column → the words known

    @classmethod
    def of(cls, columns: Columns) -> Encoding:
        numbers, words = {}, {}
        for name, values in columns.items():
            found = np.asarray(values)
            if found.dtype.kind == "f":
                deviation = float(np.nanstd(found)) if not np.isnan(found).all() else 0.0
                known_figures = found[~np.isnan(found)]
                mean = float(known_figures.mean()) if len(known_figures) else 0.0
                numbers[name] = (mean, deviation if deviation > 0 else 1.0)
            else:
                known, counts = np.unique(found.astype(str), return_counts=True)
                words[name] = tuple(str(word) for word in known[np.argsort(-counts, kind="stable")][:MOST_WORDS])
        return cls(numbers=numbers, words=words)

    def matrix(self, columns: Columns) -> Float:
        """Rows × features."""
        parts = []
        for name, (mean, deviation) in self.numbers.items():
            scaled = (np.asarray(columns[name], np.float64) - mean) / deviation
            parts.append(np.nan_to_num(np.clip(scaled, -10, 10))[:, None])
        for name, known in self.words.items():
            parts.append((np.asarray(columns[name]).astype(str)[:, None] == np.array(known)[None]).astype(np.float64))
        return np.hstack(parts)


@dataclass(frozen=True, kw_only=True)
class Propensity:
    """A logistic model with its encoding: chances of a yes, calibrated by construction on the rows it saw."""

    encoding: Encoding
    weights: Float
    intercept: float

    def chances(self, columns: Columns) -> Float:
        scores = np.clip(self.encoding.matrix(columns) @ self.weights + self.intercept, -30, 30)
        found: Float = 1 / (1 + np.exp(-scores))
        return found

    def calibrated(self, *, slope: float, shift: float) -> Propensity:
        """The same ranking, its log odds on another line."""
        return Propensity(
            encoding=self.encoding, weights=slope * self.weights, intercept=slope * self.intercept + shift
        )  # fmt: skip

    def to_json(self) -> str:
        """The card's model part: coefficients and a hash of them."""
        body = {
            "format": FORMAT,
            "numbers": {name: list(pair) for name, pair in self.encoding.numbers.items()},
            "words": {name: list(known) for name, known in self.encoding.words.items()},
            "weights": [float(weight) for weight in self.weights],
            "intercept": self.intercept,
        }
        return json.dumps(body | {"sha256": _digest(body)})


def fit(
    columns: Columns, bought: NDArray[np.bool_], *, strength: float = 0.1, weights: Float | None = None
) -> Propensity:
    """A logistic model with ridge penalty, `strength` its inverse weight; `weights` of rows, 1 each if none are given.

    Raises UnableToLearn.
    """
    from sklearn.linear_model import LogisticRegression

    if min(int(bought.sum()), int((~bought).sum())) < FEWEST_OF_EACH:
        raise UnableToLearn(f"{int(bought.sum())} yes among {len(bought)} answers are too few to learn from.")
    encoding = Encoding.of(columns)
    model = LogisticRegression(C=strength, max_iter=200, tol=1e-3)
    model.fit(encoding.matrix(columns), bought, sample_weight=weights)
    return Propensity(
        encoding=encoding, weights=model.coef_[0].astype(np.float64), intercept=float(model.intercept_[0])
    )


def from_json(text: str) -> Propensity:
    """Reads a card. Raises UnableToLearn for another format, changed numbers or a wrong number of them."""
    try:
        body = json.loads(text)
        stated = body.pop("sha256")
        if body["format"] != FORMAT or stated != _digest(body):
            raise UnableToLearn("This model's numbers are not those that were written; the rules speak instead.")
        encoding = Encoding(
            numbers={name: (float(pair[0]), float(pair[1])) for name, pair in body["numbers"].items()},
            words={name: tuple(known) for name, known in body["words"].items()},
        )
        weights = np.array(body["weights"], np.float64)
    except (KeyError, TypeError, IndexError, json.JSONDecodeError) as why:
        raise UnableToLearn(f"This is no model: {why}.") from why
    if len(weights) != len(encoding.numbers) + sum(map(len, encoding.words.values())) or not np.isfinite(weights).all():
        raise UnableToLearn("The model's weights do not fit its columns.")
    return Propensity(encoding=encoding, weights=weights, intercept=float(body["intercept"]))


def _digest(body: Mapping[str, object]) -> str:
    return hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()
