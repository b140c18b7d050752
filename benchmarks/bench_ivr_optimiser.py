"""The optimiser: exact optimum beside the printed one, the search alone above it, predicted seconds beside a simulation.

By hand: python -m benchmarks.bench_ivr_optimiser [--full]
"""

from __future__ import annotations

import sys
from collections.abc import Iterator

import numpy as np

from benchmarks.figures import Figure, measured
from ivr.optimiser.bound import free_optimum
from ivr.optimiser.search import free_search
from ivr.optimiser.trees import Menu, Service, mean_seconds, menus

OPTIMUM, SEARCH, PREDICTION = "ivr.optimiser_gap_to_optimum", "ivr.local_search_gap", "ivr.optimiser_prediction_error"
NAMES = (OPTIMUM, SEARCH, PREDICTION)
SETTINGS = ((0, 1, 5), (0, 1, 9), (3, 3, 5), (3, 3, 9), (4, 3.5, 5), (4, 3.5, 9))  # a, τ, K
# n services, demand ∝ 1/rank^s: optima by enumeration and integer programs made elsewhere
PRINTED = {
    (10, 1.0): (3.060, 3.012, 13.645, 12.988, 16.607, 15.762),
    (16, 1.0): (3.540, 3.514, 15.831, 15.202, 19.284, 18.396),
    (27, 1.0): (4.116, 4.062, 18.443, 17.524, 22.453, 21.236),
    (27, 0.5): (4.845, 4.805, 21.484, 20.721, 26.151, 25.094),
    (60, 1.0): (4.981, 4.882, 22.240, 21.131, 27.086, 25.605),
    (60, 0.5): (5.967, 5.890, 26.560, 25.490, 32.325, 30.884),
}
TRIES = {"default": 1_000, "full": 3_000}
CALLS = 100_000


def shares(n: int, s: float) -> list[float]:
    return [1 / rank**s for rank in range(1, n + 1)]


def run(scale: str) -> Iterator[Figure]:
    cases = [
        (n, s, *setting, optimum)
        for (n, s), optima in PRINTED.items()
        for setting, optimum in zip(SETTINGS, optima, strict=True)
    ]
    cases = cases if scale == "full" else cases[::3]
    said = f"{len(cases)} of 36 trees, {TRIES[scale]:,} tries each"
    gaps, searched = [], []
    for n, s, lead, option, width, printed in cases:
        exact = free_optimum(shares(n, s), lead_s=lead, option_s=option, width=width)
        gaps.append(abs(exact.seconds - printed))
        found = free_search(shares(n, s), lead_s=lead, option_s=option, width=width, tries=TRIES[scale])
        searched.append(mean_seconds(found) / exact.seconds - 1)
    yield measured(OPTIMUM, max(gaps), scale=f"{said}, widest; printed to three places")
    yield measured(SEARCH, float(np.mean(searched)), scale=f"{said}, mean; worst {max(searched):.4f}")
    yield measured(PREDICTION, _prediction_error(), scale=f"{CALLS:,} calls walked through three levels with errors")


def _prediction_error() -> float:
    random = np.random.default_rng(2010)
    tree = _menu(3)
    simulated = _walk(tree, CALLS, random)
    expected = mean_seconds(tree)
    return abs(expected - simulated / CALLS) / expected


def _menu(levels: int, key: str = "m", share: float = 1.0) -> Menu:
    """Demand halves from option to option; every menu fails one presentation in eight."""
    items: list[Menu | Service] = []
    for place in range(4):
        wanted = share * (0.5 ** (place + 1) if place < 3 else 0.125)
        if levels > 1 and place < 2:
            below = _menu(levels - 1, f"{key}{place}", wanted)
            below.seconds = 2.0
            items.append(below)
        else:
            items.append(Service(key=f"{key}:{place}", seconds=2 + place / 2, demand=wanted))
    return Menu(key=key, lead_s=3, reaction_s=1.2, timeout_s=5, error=0.125, items=items)


def _walk(menu: Menu, calls: float, random: np.random.Generator) -> float:
    """Seconds that so many callers spend in this menu and below, each presentation failing by chance."""
    number = round(calls)
    whole = menu.lead_s + sum(item.seconds for item in menu.items) + menu.timeout_s
    failed = (random.random((number, menu.attempts - 1)) < menu.error).cumprod(axis=1).sum()
    weights = np.array([_demand(item) for item in menu.items])
    chosen = random.multinomial(number, weights / weights.sum())
    heard = menu.lead_s + menu.reaction_s + np.cumsum([item.seconds for item in menu.items])
    below = sum(
        _walk(item, count, random) for item, count in zip(menu.items, chosen, strict=True) if isinstance(item, Menu)
    )
    return float(failed * whole + chosen @ heard) + below


def _demand(item: Menu | Service) -> float:
    services = [item] if isinstance(item, Service) else [one for menu in menus(item) for one in menu.items]
    return sum(one.demand for one in services if isinstance(one, Service))


if __name__ == "__main__":
    for figure in run("full" if "--full" in sys.argv else "default"):
        print(f"{figure.name:32} {figure.value} {figure.unit} (target {figure.target}) {figure.scale}")
