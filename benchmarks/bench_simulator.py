"""The simulator beside the bank's log, our matching beside first come first served, Erlang A beside the simulator.

By hand: make bench ONLY=routing.simulator (also routing.replay, routing.erlang). Constants were fixed on January alone
(callcenter/demo/bank_days.py). February and August are read from BANK_LOG_DIR, `<month>.txt.gz`; without it only January,
which the repository holds, is played, and the scale says so.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import fmean

import numpy as np

from benchmarks.figures import Figure, measured
from callcenter.demo import bank_log, calibration
from callcenter.demo.bank_days import BETWEEN_S, bank_days
from callcenter.demo.simulation_report import JUDGED
from routing.matching import Strategy
from routing.simulation import pairing_floor as floor
from routing.simulation.errors import nearness
from routing.simulation.floor import Simulation
from routing.simulation.measures import DayFigures, difference, measure
from routing.simulation.policies import BASE, POLICIES, play
from routing.staffing import Load, predict

WAIT, LEFT, CORRELATION = (
    "routing.simulator_wait_error",
    "routing.simulator_abandonment_error",
    "routing.simulator_correlation",
)
WORSE, ERLANG = "routing.replay_worse_than_fifo", "routing.erlang_a_error"
NAMES = (WAIT, LEFT, CORRELATION, WORSE, ERLANG)
SHIPPED = Path(__file__).resolve().parent.parent / "tests" / "data" / "anonymous_bank_january.txt.gz"
OURS = "adapted"
# Loads of the Erlang comparison, and agents; calls a run.
LOADS, AGENTS = (0.7, 0.85, 1.0, 1.1, 1.2), {"default": (10, 30), "full": (5, 10, 30, 80)}
CALLS = {"default": 6_000, "full": 20_000}
HANDLE_S, PATIENCE_S, TARGET_S = 300.0, 300.0, 20.0


def run(scale: str) -> Iterator[Figure]:
    yield from _bank(scale)
    worst = max(_erlang(agents, load, CALLS[scale]) for agents in AGENTS[scale] for load in LOADS)
    said = f"worst of loads {LOADS[0]}–{LOADS[-1]}, {AGENTS[scale]} agents, {CALLS[scale]:,} calls each, service level F4 at 20 s"
    yield measured(ERLANG, worst, scale=said)


def _bank(scale: str) -> Iterator[Figure]:
    months = {path.name.split(".")[0]: _played(path) for path in _months()}
    words = f"months {', '.join(months)}; constants from January alone"
    near = [nearness(simulated=ours["longest_idle"], logged=logged) for ours, logged in months.values()]
    yield measured(WAIT, max(one.wait_error for one in near), scale=words)
    yield measured(LEFT, max(one.abandonment_error for one in near), scale=words)
    low = min(min(one.wait_correlation, one.abandonment_correlation) for one in near)
    yield measured(CORRELATION, low, scale=f"{words}; lowest of mean wait and share who left")
    worse, said = 0, []
    for month, (played, _) in months.items():
        for column in JUDGED:
            found = difference(ours=played[OURS], theirs=played[BASE], of=column.of)
            bounds = f"[{column.write_difference(found.low)}, {column.write_difference(found.high)}]"
            said.append(f"{month} {column.heading} {column.write_difference(found.mean)} {bounds}")
            worse += found.is_real and (found.mean > 0) != column.more_is_better
    yield measured(WORSE, worse, scale=f"{OURS} less {BASE}, 95 % over days: {'; '.join(said)}")


def _months() -> list[Path]:
    folder = os.environ.get("BANK_LOG_DIR", "")
    found = sorted(path for path in Path(folder).glob("*.txt.gz") if "january" not in path.name) if folder else []
    return found or [SHIPPED]


def _played(path: Path) -> tuple[dict[str, list[DayFigures]], Sequence[DayFigures]]:
    days = bank_days(bank_log.read(path).calls, calibration=calibration.stored())
    played = {
        name: [measure(play(one.day, POLICIES[name], between_s=BETWEEN_S)) for one in days]
        for name in (OURS, "longest_idle", BASE)
    }
    return played, [one.logged for one in days]


def _erlang(agents: int, load: float, calls: int) -> float:
    """Points between the service level that Erlang A predicts and what the simulation shows, two seeds."""
    shown = []
    for seed in (1, 2):
        world = floor.draw_world(seed=seed, agents=agents, load=load, calls=calls, patience_s=PATIENCE_S)
        roster = floor.roster(world, Strategy.LONGEST_IDLE)
        shown.append(measure(Simulation(arrivals=world.arrivals, roster=roster).run()).level_20 or 0.0)
    rate = load * agents / HANDLE_S
    told = predict(
        load=Load(calls_per_s=rate, handle_s=HANDLE_S, patience_s=PATIENCE_S), agents=agents, target_s=TARGET_S
    )
    return abs(100 * float(np.subtract(fmean(shown), told.service_level())))
