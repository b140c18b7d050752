"""Is a model still of these times? Three signs, each with its bound: other people, other answers, worse guesses. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from customers.offers.learning.calibration import brier
from customers.offers.learning.propensity import Float

PSI_BOUND = 0.25  # population stability index: the customary bound of "shifted"
ANSWERS_BOUND = 3.0  # standard errors between yes expected and yes come
WORSE_BY = 2.0  # standard errors of the Brier score
FEWEST_SCORED, FEWEST_ANSWERED = 100, 50
BINS = 10


@dataclass(frozen=True, kw_only=True)
class Reference:
    """How it was when the model was made: edges and shares of its chances, and its Brier score on later answers."""

    edges: tuple[float, ...]
    shares: tuple[float, ...]
    brier: float
    brier_sd: float  # of one answer

    @classmethod
    def of(cls, chances: Float, said: Float, bought: NDArray[np.bool_]) -> Reference:
        """`chances` of those who may come, `said` and `bought` of answers the model had not seen."""
        edges = np.quantile(chances, np.linspace(0, 1, BINS + 1)[1:-1])
        squares = (said - bought) ** 2
        return cls(
            edges=tuple(float(edge) for edge in edges),
            shares=tuple(_shares(chances, edges)),
            brier=brier(said, bought),
            brier_sd=float(squares.std()),
        )


@dataclass(frozen=True, kw_only=True)
class Watch:
    """What was found of a model in use. Figures are None where too little has come to say anything."""

    scored: int
    answered: int
    psi: float | None = None
    answers_z: float | None = None  # > 0: more yes than said
    brier: float | None = None
    drifted: tuple[str, ...] = ()  # people | answers | guesses


def watch(reference: Reference, *, chances: Float, said: Float, bought: NDArray[np.bool_]) -> Watch:
    """`chances` of those shown lately, `said` and `bought` of those answered since the model was made."""
    drifted = []
    psi = answers_z = score = None
    if len(chances) >= FEWEST_SCORED:
        psi = _psi(reference.shares, _shares(chances, np.array(reference.edges)))
        if psi > PSI_BOUND:
            drifted.append("people")
    if len(said) >= FEWEST_ANSWERED:
        spread = float(np.sqrt(np.sum(said * (1 - said))))
        answers_z = float(bought.sum() - said.sum()) / spread if spread > 0 else 0.0
        if abs(answers_z) > ANSWERS_BOUND:
            drifted.append("answers")
        score = brier(said, bought)
        if score - reference.brier > WORSE_BY * reference.brier_sd / len(said) ** 0.5:
            drifted.append("guesses")
    return Watch(
        scored=len(chances), answered=len(said), psi=psi, answers_z=answers_z, brier=score, drifted=tuple(drifted)
    )  # fmt: skip


def _shares(chances: Float, edges: Float) -> list[float]:
    counts = np.bincount(np.searchsorted(edges, chances, side="right"), minlength=BINS)
    return [float(count) / max(1, len(chances)) for count in counts]


def _psi(then: Sequence[float], now: Sequence[float]) -> float:
    """Σ (now − then) · ln(now ÷ then); a share of nothing counts as a thousandth."""
    pairs = [(max(one, 1e-3), max(other, 1e-3)) for one, other in zip(then, now, strict=True)]
    return float(sum((other - one) * np.log(other / one) for one, other in pairs))
