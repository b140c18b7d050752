"""The learned effect as plain numbers, and what it says of one customer: the effect among those ranked alike. Pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from customers.offers.learning.features import columns_of
from customers.offers.learning.propensity import Columns, Float, Propensity, UnableToLearn, from_json

FORMAT = 1


@dataclass(frozen=True, kw_only=True)
class Saver:
    """With a gift and without, or one model of the transformed class; `edges` part those ranked first, next and last."""

    models: tuple[Propensity, ...]
    edges: tuple[float, ...] = ()

    def scores(self, columns: Columns) -> Float:
        """The share kept by a gift, as the models have it."""
        said = [model.chances(columns) for model in self.models]
        found: Float = said[0] - said[1] if len(said) > 1 else 2 * said[0] - 1
        return found

    def third(self, facts: Mapping[str, float | str]) -> int:
        """0 for those ranked first."""
        encoding = self.models[0].encoding
        names = (*encoding.numbers, *encoding.words)
        score = float(self.scores(columns_of([facts], names))[0])
        if not np.isfinite(score):
            raise ValueError("The score is no number.")
        return sum(score < edge for edge in self.edges)

    def in_thirds(self, edges: Sequence[float]) -> Saver:
        return Saver(models=self.models, edges=tuple(edges))

    def strongest(self, most: int = 8) -> tuple[tuple[str, float], ...]:
        """Where the models differ most: which columns and words make a gift matter."""
        weight: dict[str, float] = {}
        for sign, model in zip((1.0, -1.0), self.models, strict=False):
            for name, one in zip(names_of(model), model.weights, strict=True):
                weight[name] = weight.get(name, 0.0) + sign * float(one)
        order = sorted(weight, key=lambda name: (-abs(weight[name]), name))[:most]
        return tuple((name, round(weight[name], 3)) for name in order)

    def to_json(self) -> str:
        body: dict[str, Any] = {
            "format": FORMAT, "models": [model.to_json() for model in self.models], "edges": list(self.edges)
        }  # fmt: skip
        return json.dumps(body | {"sha256": _digest(body)})


def saver_from_json(text: str) -> Saver:
    """Reads a card's numbers. Raises UnableToLearn for another format or changed ones."""
    try:
        body = json.loads(text)
        stated = body.pop("sha256")
        if body["format"] != FORMAT or stated != _digest(body):
            raise UnableToLearn("These numbers are not those that were written; the entered figure speaks instead.")
        return Saver(
            models=tuple(from_json(one) for one in body["models"]), edges=tuple(float(edge) for edge in body["edges"])
        )  # fmt: skip
    except (KeyError, TypeError, AttributeError, json.JSONDecodeError) as why:
        raise UnableToLearn(f"This is no model: {why}.") from why


def names_of(model: Propensity) -> list[str]:
    words = (f"{name}={word}" for name, known in model.encoding.words.items() for word in known)
    return [*model.encoding.numbers, *words]


def _digest(body: Mapping[str, object]) -> str:
    return hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()
