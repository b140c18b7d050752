"""Days of the bank's log as the simulation takes them. Pure.

Two constants say what the log does not, both chosen on January alone (median error of the daily mean wait 12 %): agents
are present as long as their calls are no more than 600 s apart, and need 25 s between calls. Callers of high priority
stand 90 s ahead, the rule that the log's own order shows.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from callcenter.demo.bank_log import BankCall
from callcenter.demo.calibration import Calibration
from callcenter.demo.replay.plan import plan
from routing.simulation.days import LEVEL, Caller, Day, Shift
from routing.simulation.measures import DayFigures, of_waits

BETWEEN_S = 25.0
HIGH_PRIORITY, HEAD_START_S = 2, 90.0


@dataclass(frozen=True, kw_only=True)
class BankDay:
    """A day to be played, and what the bank saw."""

    day: Day
    logged: DayFigures


def bank_days(calls: Sequence[BankCall], *, calibration: Calibration, only: Iterable[date] = ()) -> list[BankDay]:
    """Every day of a month in order, or `only` these. Raises ValueError for a day without callers in the queue."""
    by_day: dict[date, list[BankCall]] = defaultdict(list)
    for call in calls:
        by_day[call.day].append(call)
    wanted = sorted(set(only) or by_day)
    return [_day(by_day.get(day, []), day, calibration) for day in wanted]


def _day(calls: Sequence[BankCall], day: date, calibration: Calibration) -> BankDay:
    offered = [call for call in calls if call.offered]
    if not offered:
        raise ValueError(f"The log has no caller in the queue on {day:%y%m%d}.")
    drawn = plan(calls, day=day, calibration=calibration)
    callers = [
        Caller(
            at=float(call.arrive_s + call.menus_s),
            kind=call.kind,
            patience_s=call.patience_s,
            talk_s=call.talk_s,
            head_start_s=HEAD_START_S if call.priority == HIGH_PRIORITY else 0.0,
        )
        for call in drawn.calls
        if call.logged != "menus"
    ]
    return BankDay(
        day=Day(
            label=f"{day:%y%m%d}",
            callers=tuple(sorted(callers)),
            shifts=tuple(Shift(run.agent, float(run.start_s), float(run.end_s)) for run in drawn.runs),
            skills={agent: dict.fromkeys(kinds, LEVEL) for agent, kinds in drawn.skills.items()},
        ),
        logged=of_waits(
            answered=[float(call.wait_s or 0) for call in offered if call.served],
            left=[float(call.wait_s or 0) for call in offered if not call.served],
        ),
    )
