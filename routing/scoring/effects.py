"""Outcomes by caller type and agent, shrunken towards what all have in common. Pure.

outcome_ij = grand mean + agent_j + type_i + pair_ij. Each effect is shrunk by n / (n + σ²/τ²): σ² the noise of one call,
τ² the spread of the true effects by the method of moments (empirical Bayes, DerSimonian & Laird 1986). An agent
without calls stands at the mean; nobody is judged by three calls.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
ROUNDS = 12  # of backfitting; effects move by less than 10⁻⁶ after eight on 40 × 8


@dataclass(frozen=True, kw_only=True)
class Effects:
    """The estimate and what it is made of, in the unit of the outcome."""

    mean: float
    agent: Floats
    kind: Floats
    pair: Floats  # types × agents
    spread: dict[str, float]  # τ of agents, types and pairs: what there is to be gained

    @property
    def value(self) -> Floats:
        """Types × agents."""
        found: Floats = self.mean + self.agent[None, :] + self.kind[:, None] + self.pair
        return found


def estimate(*, total: Floats, calls: Floats, squares: Floats | None = None) -> Effects:
    """`total` sums of outcomes and `calls` their numbers, both types × agents; `squares` sums of squares.

    Without `squares` outcomes are yes or no. Raises ValueError without a single call.
    """
    everybody = float(calls.sum())
    if everybody <= 0:
        raise ValueError("Nothing can be learned from no calls.")
    mean = float(total.sum()) / everybody
    noise = mean * (1 - mean) if squares is None else float(squares.sum()) / everybody - mean**2
    noise = max(noise, 1e-12)
    agent, kind = np.zeros(calls.shape[1]), np.zeros(calls.shape[0])
    spread = {"agent": 0.0, "kind": 0.0, "pair": 0.0}
    for _ in range(ROUNDS):
        left = total - calls * (mean + kind[:, None])
        agent, spread["agent"] = _shrunk(left.sum(axis=0), calls.sum(axis=0), noise)
        left = total - calls * (mean + agent[None, :])
        kind, spread["kind"] = _shrunk(left.sum(axis=1), calls.sum(axis=1), noise)
    left = total - calls * (mean + agent[None, :] + kind[:, None])
    pair, spread["pair"] = _shrunk(left.ravel(), calls.ravel(), noise)
    return Effects(mean=mean, agent=agent, kind=kind, pair=pair.reshape(calls.shape), spread=spread)


def _shrunk(total: Floats, calls: Floats, noise: float) -> tuple[Floats, float]:
    """Effects and their τ."""
    raw = np.divide(total, calls, out=np.zeros_like(total), where=calls > 0)
    weight = calls.sum()
    groups = int((calls > 0).sum())
    room = weight - (calls**2).sum() / weight
    between = ((calls * raw**2).sum() - (groups - 1) * noise) / room if room > 0 else 0.0
    if between <= 0:
        return np.zeros_like(total), 0.0
    return raw * calls / (calls + noise / between), float(np.sqrt(between))
