"""How good a menu could be at all: a bound that no tree passes, and the best free tree where announcements are alike. Pure.

Position j of a menu costs c_j = a + j·τ seconds (a: lead-in and reaction, τ: one announcement), a service the sum along
its way. With λ > 0 such that Σ exp(−λ·c_j) = 1 over the K positions, every tree needs at least H(p)/λ seconds on average
(Krause 1962, unequal letter costs; H in nats).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]
SOLVER_SECONDS = 20.0


def positions(lead_s: float, option_s: float, width: int) -> Numbers:
    """Seconds until each position of a menu is chosen."""
    return lead_s + option_s * np.arange(1, width + 1, dtype=np.float64)


def rate(costs: Numbers) -> float:
    """λ of these positions, by bisection. Needs two positions or more, each costing something."""
    low, high = 0.0, 1.0
    while np.exp(-high * costs).sum() > 1:
        high *= 2
    for _ in range(200):
        middle = (low + high) / 2
        low, high = (middle, high) if np.exp(-middle * costs).sum() > 1 else (low, middle)
    return (low + high) / 2


def entropy(shares: Numbers) -> float:
    """H in nats."""
    used = shares[shares > 0] / shares.sum()
    return float(-(used * np.log(used)).sum())


def least_seconds(shares: Sequence[float], costs: Numbers) -> float:
    """No tree serves these shares in fewer seconds on average."""
    if len(shares) < 2 or len(costs) < 2:
        return float(costs.min()) if len(shares) else 0.0
    return entropy(np.asarray(shares, np.float64)) / rate(costs)


@dataclass(frozen=True, kw_only=True)
class FreeOptimum:
    """The best tree when any option may stand anywhere and all announcements take as long."""

    seconds: float
    leaf_seconds: tuple[float, ...]  # of each service, in the order of the shares given
    proven: bool  # False: the solver's time was up, `seconds` is only the best it found


def free_optimum(shares: Sequence[float], *, lead_s: float, option_s: float, width: int) -> FreeOptimum:
    """An integer program over counts (design: menus at cost x with ≥ k options, leaves at cost x), solved by HiGHS."""
    weight = np.sort(np.asarray(shares, np.float64))[::-1] / sum(shares)
    order = np.argsort(-np.asarray(shares, np.float64), kind="stable")
    costs = positions(lead_s, option_s, width)
    if len(weight) == 1:
        return FreeOptimum(seconds=float(costs[0]), leaf_seconds=(float(costs[0]),), proven=True)
    grid = _grid(lead_s, option_s, width, _longest(weight, costs))
    solved, value = _solve(weight, costs, grid)
    leaves = np.repeat(grid, np.rint(solved).astype(int))
    seconds = np.empty(len(weight))
    seconds[order] = leaves
    return FreeOptimum(seconds=float(weight @ leaves), leaf_seconds=tuple(seconds.tolist()), proven=value)


def _longest(weight: Numbers, costs: Numbers) -> float:
    """No leaf of the best tree lies deeper than a balanced tree's deepest, with room to spare."""
    depth = int(np.ceil(np.log(len(weight)) / np.log(len(costs)))) if len(costs) > 1 else 1
    return float(costs[-1] * (depth + 1) + 3 * costs[0])


def _grid(lead_s: float, option_s: float, width: int, longest: float) -> Numbers:
    """Every cost that a way can have, up to the longest."""
    found, front = {0.0}, {0.0}
    while front:
        front = {
            round(cost + one, 9)
            for cost in front
            for one in positions(lead_s, option_s, width).tolist()
            if cost + one <= longest + 1e-9
        } - found
        found |= front
    return np.array(sorted(found))


def _solve(weight: Numbers, costs: Numbers, grid: Numbers) -> tuple[Numbers, bool]:
    """Leaves at each cost of the grid. Columns: menus [x, k], leaves [x], services y [i, x]."""
    # Large, and only an optimisation needs them.
    from scipy.optimize import Bounds, LinearConstraint, milp
    from scipy.sparse import csr_array

    size, width, n = len(grid), len(costs), len(weight)
    place = {round(float(cost), 9): number for number, cost in enumerate(grid)}
    menu = np.arange(size * width).reshape(size, width)
    leaf = size * width + np.arange(size)
    service = size * width + size + np.arange(n * size).reshape(n, size)
    columns = size * width + size + n * size
    entries: list[tuple[int, int, float]] = []
    low: list[float] = []
    high: list[float] = []

    def row(cells: list[tuple[int, float]], least: float, most: float) -> None:
        entries.extend((len(low), column, value) for column, value in cells)
        low.append(least)
        high.append(most)

    for x in range(size):
        cells = [(int(menu[x, 0]), 1.0), (int(leaf[x]), 1.0)]
        for j in range(width):
            before = place.get(round(float(grid[x] - costs[j]), 9))
            if before is not None:
                cells.append((int(menu[before, j]), -1.0))
        row(cells, float(x == 0), float(x == 0))
        row([(int(menu[x, 0]), 1.0), (int(menu[x, 1]), -1.0)], 0, 0)
        for k in range(1, width - 1):
            row([(int(menu[x, k]), 1.0), (int(menu[x, k + 1]), -1.0)], 0, np.inf)
        row([(int(service[i, x]), 1.0) for i in range(n)] + [(int(leaf[x]), -1.0)], -np.inf, 0)
    row([(int(one), 1.0) for one in leaf], n, n)
    for i in range(n):
        row([(int(one), 1.0) for one in service[i]], 1, 1)
    rows, at, values = zip(*entries, strict=True)
    matrix = csr_array((values, (rows, at)), shape=(len(low), columns))
    aim = np.zeros(columns)
    aim[service] = np.outer(weight, grid)
    whole = np.zeros(columns)
    whole[: size * width + size] = 1
    answer: Any = milp(
        aim,
        integrality=whole,
        bounds=Bounds(0, np.where(whole > 0, n, 1)),
        constraints=LinearConstraint(matrix, low, high),
        options={"time_limit": SOLVER_SECONDS, "mip_rel_gap": 1e-7},
    )
    if answer.x is None:
        raise ValueError("The solver found no tree in its time.")
    return np.asarray(answer.x[leaf], np.float64), bool(answer.status == 0)
