"""What was mined, as numbers that can be kept, and what it proposes beside what somebody holds. Pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np

from customers.offers.bundles import TOP, Mined


class UnableToRank(ValueError):
    """These are not the numbers that were written."""


@dataclass(frozen=True, kw_only=True)
class Together:
    """Items by code, and their log chances."""

    items: tuple[str, ...]
    mined: Mined

    def best(self, held: Collection[str]) -> tuple[str, ...]:
        """The three likeliest beside what is held; none for who holds none of the items."""
        basket = np.array([[code in held for code in self.items]])
        if not basket.any():
            return ()
        scores = self.mined.scores(basket)[0]
        order = np.argsort(-scores, kind="stable")[:TOP]
        return tuple(self.items[place] for place in order if np.isfinite(scores[place]))

    def to_json(self) -> str:
        body = {
            "items": list(self.items), "share": self.mined.log_share.tolist(), "given": self.mined.log_given.tolist(),
            "without": self.mined.log_without.tolist(), "known": self.mined.known.tolist(),
        }  # fmt: skip
        return json.dumps(body | {"sha256": _digest(body)})


def together_from_json(text: str) -> Together:
    """Raises UnableToRank for changed numbers, or a table whose sides do not fit."""
    try:
        body = json.loads(text)
        if body.pop("sha256") != _digest(body):
            raise UnableToRank("These numbers are not those that were written.")
        size = len(body["items"])
        share, given, without = (np.array(body[name], np.float64) for name in ("share", "given", "without"))
        known = np.array(body["known"], bool)
    except (KeyError, TypeError, ValueError, AttributeError) as why:
        raise UnableToRank(f"This is no mining: {why}.") from why
    if share.shape != (size,) or given.shape != (size, size) or without.shape != (size, size) or known.shape != (size,):
        raise UnableToRank("The sides of the table do not fit.")
    mined = Mined(log_share=share, log_given=given, log_without=without, known=known)
    return Together(items=tuple(body["items"]), mined=mined)


def _digest(body: dict[str, Sequence[object]]) -> str:
    return hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()
