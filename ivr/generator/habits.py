"""How callers behave, as numbers: from the bank log where it knows, our reading of published menus where it does not. Pure.

The bank log (Technion, January 1999) gives arrivals by hour, hang-ups inside the menus (3.8 % of calls after a median of
9 s), redialling (46.5 % of those who gave up, median 513 s) and handling times. What callers press no public log tells.
"""

from __future__ import annotations

from dataclasses import dataclass

# Calls by hour of an ordinary weekday and of a quiet day, as the bank log has them in January.
BUSY_DAY = (
    4.2, 2.0, 0.5, 0.6, 0.6, 2.0, 4.9, 35.3, 95.6, 104.8, 119.1, 103.5, 98.0, 94.3, 116.3, 126.0, 135.1, 101.3, 76.1, 64.9,
    51.3, 45.4, 46.1, 40.1,
)  # fmt: skip
QUIET_DAY = (
    3.2, 1.8, 0.6, 0.6, 0.1, 0.4, 2.4, 26.0, 69.6, 79.0, 68.8, 70.6, 57.6, 46.0, 23.6, 12.2, 9.0, 6.6, 7.0, 9.8, 8.4, 7.4,
    6.2, 5.2,
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Habits:
    """Shares are per visit unless said otherwise; rates per second of listening."""

    zipf: float = 0.8  # demand of the k-th reason ∝ 1/k^zipf
    favourites: tuple[str, ...] = ()  # reasons in the order of demand; the others follow as the flow names them
    quiet_share: float = 0.45  # of a weekday's calls, on a quiet day
    caller_pool: float = 0.6  # people per call: most ring once or twice
    redial: float = 0.465  # of callers who hung up in the menus
    redial_median_s: float = 513.0
    hang_up_per_s: float = 0.0030  # 3.8 % of calls end in the menus at these menus' lengths
    zero_out_per_s: float = 0.0022
    slip: float = 0.05  # presses another option than the one that fits
    barge_in: float = 0.35  # knows the key and cuts the announcement short
    no_input: float = 0.045
    bad_key: float = 0.025
    think_s: float = 1.4  # median, lognormal
    task_done: float = 0.9
    another_wish: float = 0.12
    misnoted: float = 0.03  # the agent writes another reason down
    handle_s: float = 146.0  # median, lognormal (bank log, regular activity)
    handle_spread: float = 0.85
    between_nodes: float = 0.3  # lognormal spread of errors from node to node
    between_days: float = 0.06  # and from day to day
    timeout_s: float = 6.0
    attempts: int = 3


@dataclass(frozen=True, kw_only=True)
class Fault:
    """One planted truth. What it does to callers from the day on: see `walking`."""

    kind: str  # one of KINDS
    node: str  # where it sits: what a finding must name; "" for the version as a whole
    since_day: int
    strength: float  # see KINDS
    key: str = ""  # of the choice that is meant
    other: str = ""  # of the choice that callers take instead, or the queue they land in


# The eight kinds and what their strength means.
KINDS = {
    "long_prompt": "seconds that the announcement lasts longer",
    "dead_key": "share of presses of the key that do nothing",
    "misleading_label": "share of callers of one option who take the other",
    "short_timeout": "times as many callers who are too late",
    "loop_trap": "share of right choices that play the menu again",
    "buried_service": "share of callers of a service who do not find it and ask for a person",
    "wrong_queue": "share of transfers that land in another queue",
    "worse_version": "share of choices that go wrong everywhere, since the keys changed places",
}
