"""The predicted reason of a call: a multinomial logistic model kept as plain numbers, and how its worth is judged. Pure.

Scoring is one product of numpy; there is nothing to unpickle, and changed numbers are refused.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

import numpy as np

from ivr.intent.features import Float, Moment, Vocabulary

FORMAT = 1
TINY = 1e-9


class NoModel(ValueError):
    """There is nothing to learn from, or the numbers are not a model; the sentence says why."""


@dataclass(frozen=True, kw_only=True)
class IntentModel:
    vocabulary: Vocabulary
    mean: Float
    scale: Float
    weights: Float  # reasons × features
    intercepts: Float
    temperature: float = 1.0  # above 1: less sure than the fit alone

    def chances(self, moments: Sequence[Moment]) -> Float:
        """Row by moment, column by reason of the vocabulary."""
        return self.chances_of(self.vocabulary.matrix(moments))

    def chances_of(self, matrix: Float) -> Float:
        scores = ((matrix - self.mean) / self.scale) @ self.weights.T + self.intercepts
        return softmax(scores / self.temperature)

    def predict(self, moment: Moment) -> tuple[tuple[str, float], ...]:
        """Reasons with their chances, the likeliest first."""
        found = zip(self.vocabulary.reasons, self.chances([moment])[0], strict=True)
        return tuple(sorted(((reason, float(chance)) for reason, chance in found), key=lambda one: -one[1]))

    def to_json(self) -> dict[str, object]:
        body: dict[str, object] = {
            "format": FORMAT,
            "vocabulary": {name: list(words) for name, words in asdict(self.vocabulary).items()},
            "mean": self.mean.tolist(),
            "scale": self.scale.tolist(),
            "weights": self.weights.tolist(),
            "intercepts": self.intercepts.tolist(),
            "temperature": self.temperature,
        }
        return body | {"sha256": _digest(body)}


def from_json(body: Mapping[str, object]) -> IntentModel:
    """Raises NoModel for another format, changed numbers, or numbers that do not fit each other."""
    told = dict(body)
    stated = told.pop("sha256", None)
    if told.get("format") != FORMAT or stated != _digest(told):
        raise NoModel("The model's numbers are not those that were written; the rule speaks instead.")
    words = told["vocabulary"]
    assert isinstance(words, dict)
    arrays = {name: np.array(told[name], np.float64) for name in ("mean", "scale", "weights", "intercepts")}
    model = IntentModel(
        vocabulary=Vocabulary(**{name: tuple(kept) for name, kept in words.items()}),
        temperature=float(str(told["temperature"])),
        **arrays,
    )
    wide = len(model.vocabulary.vector(Moment(at=0.0, hour=0, weekday=0)))
    if model.weights.shape != (len(model.vocabulary.reasons), wide) or not np.isfinite(model.weights).all():
        raise NoModel("The model's numbers do not fit its words.")
    return model


def softmax(scores: Float) -> Float:
    raised = np.exp(scores - scores.max(axis=1, keepdims=True))
    chances: Float = raised / raised.sum(axis=1, keepdims=True)
    return chances


def log_loss(chances: Float, truth: np.ndarray) -> float:
    return float(losses(chances, truth).mean())


def losses(chances: Float, truth: np.ndarray) -> Float:
    """−ln P(what it was), call by call, in nats; −1 in `truth` stands for a reason the model does not know."""
    known = truth >= 0
    told = np.where(known, chances[np.arange(len(truth)), np.maximum(truth, 0)], TINY)
    found: Float = -np.log(np.clip(told, TINY, 1))
    return found


def calibration_error(chances: Float, truth: np.ndarray, bins: int = 10) -> float:
    """Expected calibration error of the likeliest reason: |right − sure| over ten equal bins, weighted by calls."""
    sure, right = chances.max(axis=1), chances.argmax(axis=1) == truth
    place = np.minimum((sure * bins).astype(int), bins - 1)
    n = np.bincount(place, minlength=bins)
    gaps = np.abs(np.bincount(place, right, bins) - np.bincount(place, sure, bins))
    return float(gaps.sum() / n.sum()) if n.sum() else 0.0


def _digest(body: Mapping[str, object]) -> str:
    return hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()
