"""The fluid plan: how many callers of each type each agent should serve, and what it says everything is worth. Pure.

max Σ λ_i x_ij V_ij  with  Σ_j x_ij = 1  and  (1 − δ) ρ̄ ≤ Σ_i λ_i h_i x_ij ≤ (1 + δ) ρ̄, solved by HiGHS. Its duals are the
price of an agent's time and the worth of a caller elsewhere; its optimum bounds what any routing can reach on average.
Runs outside the hot path. At loads above 1 rates are scaled to .98: the plan is about who, not about whether.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from routing.matching import PairTable

FAIR = 0.06  # δ: how far an agent's occupancy may stand from the mean
PRICED = 0.15  # δ of the plan that sets prices: the fairness term holds occupancy far tighter than that anyway
FULL = 0.98
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class FluidPlan:
    """The optimum and its duals, in the unit of `value`."""

    mean_value: float  # per call: the bound
    share: Floats  # types × agents: part of a type's callers that goes to each agent
    price: Floats  # agents: worth of their time for one call
    worth: Floats  # types: worth of one such caller elsewhere


def solve(*, value: Floats, rate: Floats, handle_s: Floats, fair: float | None = FAIR) -> FluidPlan:
    """`value` types × agents; `rate` callers per second by type; `handle_s` by type. `fair` None: occupancy only ≤ 1.

    Raises ValueError when HiGHS finds no plan.
    """
    from scipy.optimize import linprog  # a fifth of a worker's start, and needed once a night
    from scipy.sparse import coo_array, vstack

    types, agents = value.shape
    load = float(rate @ handle_s) / agents
    scale = min(1.0, FULL / load) if load > 0 else 1.0
    flow = rate * scale
    weight = (flow[:, None] * value).ravel()
    who = np.arange(types * agents)
    each = coo_array((np.ones(types * agents), (who // agents, who)), shape=(types, types * agents))
    work = coo_array((np.repeat(flow * handle_s, agents), (who % agents, who)), shape=(agents, types * agents)).tocsr()
    mean = load * scale
    top = np.full(agents, 1.0 if fair is None else min(1.0, (1 + fair) * mean))
    bottom = np.zeros(agents) if fair is None else np.full(agents, (1 - fair) * mean)
    found = linprog(
        -weight,
        A_eq=each,
        b_eq=np.ones(types),
        A_ub=vstack([work, -work]),
        b_ub=np.concatenate([top, -bottom]),
        bounds=(0, None),
        method="highs",
    )
    if not found.success:
        raise ValueError(f"No fluid plan: {found.message}")
    total = float(flow.sum()) or 1.0
    second = -found.ineqlin.marginals[:agents] + found.ineqlin.marginals[agents:]  # worth of one second of each agent
    mean_handle = float(flow @ handle_s) / total
    return FluidPlan(
        mean_value=-found.fun / total,
        share=found.x.reshape(types, agents),
        price=second * mean_handle,
        worth=np.divide(-found.eqlin.marginals, flow, out=np.zeros(types), where=flow > 0),
    )


def priced(
    *, version: str, types: list[str], agents: list[int], value: Floats, rate: Floats, handle_s: Floats
) -> PairTable:
    """A table priced by the fluid plan. Raises ValueError."""
    plan = solve(value=value, rate=rate, handle_s=handle_s, fair=PRICED)
    return _table(version, types, agents, value, price=plan.price, worth=plan.worth)


def comparative(*, version: str, types: list[str], agents: list[int], value: Floats) -> PairTable:
    """Prices for want of a plan: agent mean, and type mean less the grand mean (comparative advantage)."""
    return _table(version, types, agents, value, price=value.mean(axis=0), worth=value.mean(axis=1) - value.mean())


def _table(
    version: str, types: list[str], agents: list[int], value: Floats, *, price: Floats, worth: Floats
) -> PairTable:
    if not (np.isfinite(value).all() and np.isfinite(price).all() and np.isfinite(worth).all()):
        raise ValueError("A table of values must be finite throughout.")
    pairs = {(kind, agent): float(value[i, j]) for i, kind in enumerate(types) for j, agent in enumerate(agents)}
    return PairTable(
        version=version,
        types=tuple(types),
        value=pairs,
        price=dict(zip(agents, price.tolist(), strict=True)),
        worth=dict(zip(types, worth.tolist(), strict=True)),
        spread=float(value.std()) or 1.0,
    )
