"""Hang-ups and repeats of one month of the Anonymous Bank log, counted by the product's own measures.

Customer numbers exist mostly for callers who queued (a known gap of the source), so that repeats speak of them. A rounded
number counts as the number it is, as in the published counts; elsewhere such callers are unknown.
"""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

import numpy as np

from callcenter.demo.bank_log import BankCall, BankLog, Outcome
from ivr.paths.measures import Selection, repeats
from ivr.paths.statistics import Share
from ivr.paths.store import CallRow, build

DAY_S, WEEK_S = 86_400, 7 * 86_400
_OUTCOMES = {Outcome.AGENT: "agent", Outcome.HANG: "hangup"}


@dataclass(frozen=True, kw_only=True)
class BankFigures:
    """One month; the machine's own noise (PHANTOM) is no call."""

    calls: int
    hung_up_in_menus: int
    menus_median_s: float
    menus_p99_s: float
    clock_ran_back: int  # negative seconds in the menus
    # Rang again within the time from entry, windows that are over by the month's end; then without leaving out the open ones.
    served_day: Share
    served_week: Share
    hung_up_day: Share
    hung_up_week: Share
    served_week_uncensored: Share
    hung_up_week_uncensored: Share


def figures(log: BankLog) -> BankFigures:
    """Any month of the log."""
    calls = [call for call in log.calls if call.outcome is not Outcome.PHANTOM]
    seconds = np.array([call.vru_s for call in calls])
    over = _end_of_month(calls[0].day)
    later = over + timedelta(seconds=WEEK_S)  # then every window is over
    day, week, whole = (_repeats(calls, *asked) for asked in ((DAY_S, over), (WEEK_S, over), (WEEK_S, later)))
    return BankFigures(
        calls=len(calls),
        hung_up_in_menus=sum(call.outcome is Outcome.HANG and call.wait_s is None for call in calls),
        menus_median_s=float(np.median(seconds)),
        menus_p99_s=float(np.percentile(seconds, 99)),
        clock_ran_back=sum("clock_ran_back" in call.dirt for call in calls),
        served_day=day["agent"],
        hung_up_day=day["hangup"],
        served_week=week["agent"],
        hung_up_week=week["hangup"],
        served_week_uncensored=whole["agent"],
        hung_up_week_uncensored=whole["hangup"],
    )


def _repeats(calls: list[BankCall], within_s: int, until: datetime) -> dict[str, Share]:
    """By outcome. Spans are 0, for the log's repeats are counted from the entry."""
    store = build(
        CallRow(place, _entered(call), 0, _OUTCOMES[call.outcome], (), caller=call.logged_customer or None)
        for place, call in enumerate(calls)
    )
    found = repeats(Selection(store), within_s=within_s, until_ms=round(until.timestamp() * 1000))
    return {one.outcome: one.any for one in found}


def _entered(call: BankCall) -> int:
    """Milliseconds; days count as 24 hours, as the log's clock does."""
    return round((datetime.combine(call.day, time(0), tzinfo=UTC).timestamp() + call.entry_s) * 1000)


def _end_of_month(day: date) -> datetime:
    last = day.replace(day=calendar.monthrange(day.year, day.month)[1])
    return datetime.combine(last, time(0), tzinfo=UTC) + timedelta(days=1)
