"""The policies a day is played under, by name: ours through the very same matching as live, and the rivals. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from routing.matching import Roster, Strategy
from routing.simulation import rivals
from routing.simulation.days import Day, floor_of
from routing.simulation.floor import Choose, Outcome, Simulation

BASE = "fifo"  # what every other policy is compared with


@dataclass(frozen=True, kw_only=True)
class Policy:
    """Ours has a strategy, a rival a rule of its own."""

    name: str
    strategy: Strategy = Strategy.LONGEST_IDLE
    head_starts: bool = True  # callers with priority stand so many seconds ahead
    rival: Callable[[Roster], Choose] | None = None

    @property
    def is_ours(self) -> bool:
        return self.rival is None


POLICIES: dict[str, Policy] = {
    policy.name: policy
    for policy in (
        Policy(name="adapted", strategy=Strategy.ADAPTED),
        Policy(name="longest_idle"),
        Policy(name=BASE, head_starts=False, rival=rivals.longest_idle),
        Policy(name="round_robin", head_starts=False, rival=rivals.round_robin),
        Policy(name="skill_first", head_starts=False, rival=rivals.skill_first),
        Policy(name="random", head_starts=False, rival=lambda roster: rivals.at_random(roster, seed=1)),
    )
}


def play(day: Day, policy: Policy, *, between_s: float) -> Outcome:
    """One day from its first caller to its last; `between_s` is what an agent needs between calls."""
    floor = floor_of(day, strategy=policy.strategy, head_starts=policy.head_starts)
    return Simulation(
        arrivals=floor.arrivals,
        roster=floor.roster,
        stints=floor.stints,
        wrap_up_s=between_s,
        choose=policy.rival(floor.roster) if policy.rival is not None else None,
    ).run()
