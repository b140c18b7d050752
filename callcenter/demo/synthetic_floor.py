"""Made-up floors on which pairs are known: every policy's share of the gain that bounds leave over longest idle."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from callcenter.demo.simulation_report import Rows
from routing.matching import Strategy
from routing.simulation import pairing_floor as floor
from routing.simulation import rivals
from routing.simulation.floor import Outcome, Simulation
from routing.simulation.measures import DayFigures, measure

LONGEST_IDLE = "longest_idle"


@dataclass(frozen=True, kw_only=True)
class Compared:
    """Values are expected outcomes per call, with the true probabilities of the pairs."""

    values: dict[str, float]
    figures: dict[str, DayFigures]
    fair: float  # fluid bound, occupancy within 6 %
    free: float  # fluid bound
    hindsight: float

    def share(self, policy: str, bound: float) -> float:
        base = self.values[LONGEST_IDLE]
        return (self.values[policy] - base) / (bound - base)


def compare(world: floor.World, *, seed: int) -> Compared:
    """Every policy on the same calls."""
    plain = floor.roster(world, Strategy.LONGEST_IDLE)
    level = {
        (kind, agent): float(world.value[row, column])
        for row, kind in enumerate(world.kinds)
        for column, agent in enumerate(world.agents)
    }
    kinds = {call: arrival.kind for call, arrival in enumerate(world.arrivals)}
    runs: dict[str, Callable[[], Outcome]] = {
        "paired": lambda: floor.run_paired(world, floor.table(world)),
        LONGEST_IDLE: lambda: floor.run_plain(world),
        "round_robin": lambda: Simulation(
            arrivals=world.arrivals, roster=plain, choose=rivals.round_robin(plain)
        ).run(),
        "skill_first": lambda: Simulation(
            arrivals=world.arrivals, roster=plain, choose=rivals.best_first(plain, level=level, kinds=kinds)
        ).run(),
        "random": lambda: Simulation(
            arrivals=world.arrivals, roster=plain, choose=rivals.at_random(plain, seed=seed)
        ).run(),
    }
    outcomes = {name: run() for name, run in runs.items()}
    longest = max(call.waited_s for outcome in outcomes.values() for call in outcome.calls)
    fair, free, hindsight = floor.bounds(world, longest_wait_s=longest)
    return Compared(
        values={name: floor.mean_value(world, outcome) for name, outcome in outcomes.items()},
        figures={name: measure(outcome) for name, outcome in outcomes.items()},
        fair=fair,
        free=free,
        hindsight=hindsight,
    )


def rows(found: Compared) -> Rows:
    head = [
        "policy",
        "value per call",
        "of fair bound",
        "of free bound",
        "of hindsight",
        "mean wait",
        "p95",
        "left",
        "CV",
    ]
    body = []
    for name, value in found.values.items():
        shares = [f"{100 * found.share(name, bound):.1f} %" for bound in (found.fair, found.free, found.hindsight)]
        day = found.figures[name]
        waits = [f"{day.mean_wait_s or 0:.1f} s", f"{day.p95_s or 0:.1f} s"]
        spread = f"{day.occupancy_cv or 0:.3f}"
        body.append([name, f"{value:.4f}", *shares, *waits, f"{100 * day.abandoned:.1f} %", spread])
    for name, bound in (("fluid, fair", found.fair), ("fluid, free", found.free), ("hindsight", found.hindsight)):
        body.append([f"bound: {name}", f"{bound:.4f}", *[""] * (len(head) - 2)])
    return head, body
