"""Fits the shape of real traffic on the bank's log, and hands the fitted constants to the synthetic operator. Pure.

    python -m callcenter.demo.calibration tests/data/anonymous_bank_january.txt.gz

writes `calibration.json` beside this module. Methods: means per quarter of an hour and weekday for arrivals, the
Kaplan–Meier product-limit estimate for patience (a served caller's wait is a censored patience; JASA 53, 457–481, 1958),
empirical quantiles for seconds in the menus and of handling.
"""

from __future__ import annotations

import json
import sys
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from math import log
from pathlib import Path
from random import Random

from callcenter.demo.bank_log import HOURS_LONG_S, KINDS, BankCall, Outcome, read

SLOT_S = 900
SLOTS = 96
REDIAL_WITHIN_S = 3600
GRID = 41  # points of an empirical quantile function
LEAST_AT_RISK = 50  # with fewer still waiting, a survival curve is chance
STORED = Path(__file__).with_name("calibration.json")


@dataclass(frozen=True, kw_only=True)
class Survival:
    """A survival curve as corners: at `seconds[i]` the share still there falls to `share[i]`."""

    seconds: tuple[float, ...]
    share: tuple[float, ...]

    def at(self, seconds: float) -> float:
        """Share that outlasts `seconds`; beyond the last corner the last slope goes on."""
        i = bisect_left(self.seconds, seconds)
        if i == 0:
            return 1.0
        return self.share[i - 1]

    def draw(self, rng: Random, at_least: float = 0.0) -> float:
        """A patience in seconds of somebody already known to have waited `at_least`."""
        target = rng.random() * self.at(at_least)
        for seconds, share in zip(self.seconds, self.share, strict=True):
            if share <= target and seconds > at_least:
                return seconds
        # Nobody was seen to leave later: the tail is taken as exponential from the curve's own mean rate.
        rate = -log(self.share[-1]) / self.seconds[-1]
        return max(at_least, self.seconds[-1]) + rng.expovariate(rate)


@dataclass(frozen=True, kw_only=True)
class Quantiles:
    """An empirical distribution in seconds, as quantiles at the mid-points of equal shares."""

    points: tuple[float, ...]
    n: int
    mean: float

    def draw(self, rng: Random) -> float:
        place = rng.random() * (len(self.points) - 1)
        low = int(place)
        return self.points[low] + (place - low) * (self.points[low + 1] - self.points[low])


@dataclass(frozen=True, kw_only=True)
class Calibration:
    """What the bank's January says. Shares are of all callers (phantoms left out) unless a line says otherwise."""

    source: str
    calls: int
    arrivals: dict[str, tuple[float, ...]]  # weekday "0" Monday … "6" → mean callers per quarter of an hour, 96 of them
    kinds: dict[str, float]  # type → share of those offered
    high_priority_share: float  # of those offered
    hang_in_menus_share: float
    menu_seconds: Quantiles  # of those who went on to queue or agent
    menu_hang_seconds: Quantiles  # of those who hung up there
    patience: Survival
    handling: dict[str, Quantiles]  # type → seconds of talk
    redial_share: float  # of identified callers who gave up in the queue: called again within an hour
    redial_seconds: Quantiles


def fit(calls: Iterable[BankCall], source: str) -> Calibration:
    """Fit every constant on one month."""
    real = [call for call in calls if call.outcome is not Outcome.PHANTOM]
    offered = [call for call in real if call.offered]
    hung = [call for call in real if not call.offered]
    redialled, delays = _redials(real)
    kinds = Counter(call.kind for call in offered if call.kind in KINDS)
    return Calibration(
        source=source,
        calls=len(real),
        arrivals=_arrivals(real),
        kinds={kind: round(kinds[kind] / kinds.total(), 4) for kind in KINDS},
        high_priority_share=round(sum(call.priority == 2 for call in offered) / len(offered), 4),
        hang_in_menus_share=round(len(hung) / len(real), 4),
        menu_seconds=_quantiles([call.vru_s for call in offered]),
        menu_hang_seconds=_quantiles([call.vru_s for call in hung]),
        patience=kaplan_meier([(call.wait_s, not call.served) for call in offered if call.wait_s is not None]),
        handling={kind: _quantiles(_talks(offered, kind)) for kind in KINDS},
        redial_share=redialled,
        redial_seconds=_quantiles(delays),
    )


def kaplan_meier(waits: Iterable[tuple[float, bool]], corners: int = 60) -> Survival:
    """Survival of patience from (seconds waited, gave up?); a wait that ended in service is censored there.

    Thinned to about `corners` corners, equally spaced in share.
    """
    leavers: Counter[float] = Counter()
    gone: Counter[float] = Counter()
    for seconds, gave_up in waits:
        gone[seconds] += 1
        leavers[seconds] += gave_up
    at_risk, share = gone.total(), 1.0
    seconds_kept, shares_kept = [0.0], [1.0]
    for seconds in sorted(gone):
        if at_risk < LEAST_AT_RISK:
            break
        share *= 1 - leavers[seconds] / at_risk
        at_risk -= gone[seconds]
        if seconds > 0 and shares_kept[-1] - share >= 1 / corners:
            seconds_kept.append(float(seconds))
            shares_kept.append(round(share, 4))
    return Survival(seconds=tuple(seconds_kept), share=tuple(shares_kept))


def _arrivals(calls: Sequence[BankCall]) -> dict[str, tuple[float, ...]]:
    days = {call.day for call in calls}
    weekdays = Counter(day.weekday() for day in days)
    counts = Counter((call.day.weekday(), call.entry_s % 86_400 // SLOT_S) for call in calls)
    return {
        str(weekday): tuple(round(counts[weekday, slot] / weekdays[weekday], 2) for slot in range(SLOTS))
        for weekday in range(7)
    }


def _talks(calls: Iterable[BankCall], kind: str) -> list[float]:
    return [call.talk_s for call in calls if call.kind == kind and call.talk_s and call.talk_s < HOURS_LONG_S]


def _redials(calls: Iterable[BankCall]) -> tuple[float, list[float]]:
    """Share of identified callers who gave up and called again within the hour, and after how long."""
    by_customer: dict[str, list[BankCall]] = defaultdict(list)
    for call in calls:
        if call.customer:
            by_customer[call.customer].append(call)
    gave_up, delays = 0, []
    for own in by_customer.values():
        for call, after in zip(own, [*own[1:], None], strict=True):
            if call.served or call.wait_s is None:
                continue
            gave_up += 1
            if after is not None and after.day == call.day:
                delay = after.entry_s - (call.queue_s + call.wait_s)
                if 0 <= delay <= REDIAL_WITHIN_S:
                    delays.append(float(delay))
    return round(len(delays) / gave_up, 4), delays


def _quantiles(values: Sequence[float]) -> Quantiles:
    ordered = sorted(values)
    # Mid-points, so that one freak at either end does not stretch the whole last interval.
    points = [ordered[int((i + 0.5) / GRID * len(ordered))] for i in range(GRID)]
    return Quantiles(points=tuple(points), n=len(ordered), mean=round(sum(ordered) / len(ordered), 1))


@cache
def stored() -> Calibration:
    """The constants that ship: fitted on January 1999."""
    raw = json.loads(STORED.read_text("utf-8"))
    return Calibration(
        **{key: raw[key] for key in ("source", "calls", "kinds", "high_priority_share", "hang_in_menus_share")},
        redial_share=raw["redial_share"],
        arrivals={day: tuple(counts) for day, counts in raw["arrivals"].items()},
        menu_seconds=_read_quantiles(raw["menu_seconds"]),
        menu_hang_seconds=_read_quantiles(raw["menu_hang_seconds"]),
        patience=Survival(**{key: tuple(corners) for key, corners in raw["patience"].items()}),
        handling={kind: _read_quantiles(points) for kind, points in raw["handling"].items()},
        redial_seconds=_read_quantiles(raw["redial_seconds"]),
    )


def _read_quantiles(raw: dict[str, object]) -> Quantiles:
    points = raw["points"]
    assert isinstance(points, list)
    return Quantiles(points=tuple(points), n=int(str(raw["n"])), mean=float(str(raw["mean"])))


def main(arguments: Sequence[str]) -> None:
    """Fit the month named on the command line and store it."""
    path = Path(arguments[0])
    fitted = fit(read(path).calls, source=path.name)
    STORED.write_text(json.dumps(asdict(fitted), indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
