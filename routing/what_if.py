"""The last days of a domain played again with a queue's settings as somebody thinks of them, beside those that hold.

Callers come when they came and talk as long as they talked; agents are there when they worked (pauses of up to ten minutes
between two calls are presence). How long one who was served would have waited is not known: patience is drawn from an
exponential law fitted to who left and who stayed, the same draw for both plays.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db import transaction
from django.utils import timezone

from callcenter.foundation.errors import Invalid
from routing.facts import caller_types
from routing.matching import Roster
from routing.models import Call, Queue, Reservation
from routing.queue_settings import Settings, put
from routing.roster import read_roster
from routing.simulation.floor import Arrival, Outcome, Simulation, Stint
from routing.simulation.measures import DayFigures, measure, of_waits
from routing.version_models import WhatIf

GAP_S = 600.0  # a longer pause between two calls is an absence
LEAST_CALLS = 20
MOST_CALLS = 60_000
TOO_FEW = "Too few calls came in these days to say anything."


class Came(NamedTuple):
    """One caller of the past. Seconds since the day began."""

    at: float
    queue: int
    segments: tuple[str, ...]
    head_start_s: float
    waited_s: float
    talk_s: float | None  # None: left unserved


class DayPlan(NamedTuple):
    arrivals: list[Arrival]
    stints: list[Stint]
    segments: list[tuple[str, ...]]  # of each arrival


class _Undo(Exception):
    """The proposed settings were read; nothing of them stays."""


def proposed_roster(queue: Queue, settings: Settings) -> tuple[Roster, Roster]:
    """The roster as it stands, and as it would be. Raises Invalid: the settings cannot be."""
    present = read_roster(queue.domain_id)
    wished: list[Roster] = []
    try:
        with transaction.atomic():
            put(Queue.objects.select_related("domain", "closed_to").get(pk=queue.pk), settings)
            wished.append(read_roster(queue.domain_id))
            raise _Undo
    except _Undo:
        return present, wished[0]


def play(asked: WhatIf, *, now: datetime, progress: Callable[[float], None]) -> dict[str, Any]:
    """Figures by segment, as settings stand and as they would be. Raises Invalid: too few calls to say anything."""
    present, wished = proposed_roster(asked.queue, asked.settings)
    days = list(plans(domain_id=asked.queue.domain_id, roster=present, days=asked.days, now=now))
    calls = sum(len(day.arrivals) for day in days)
    if calls < LEAST_CALLS:
        raise Invalid(TOO_FEW)
    told: dict[str, Any] = {"calls": calls, "days": len(days)}
    for turn, (name, roster) in enumerate((("now", present), ("then", wished))):
        waits, occupancy = _Waits(), list[DayFigures]()
        for done, day in enumerate(days, start=1):
            outcome = _run(day, roster)
            waits.take(outcome, day)
            occupancy.append(measure(outcome))
            progress((turn + done / len(days)) / 2)
        told[name] = waits.figures(roster) | {"occupancy": _mean(one.occupancy for one in occupancy)}
    return told


def _run(day: DayPlan, roster: Roster) -> Outcome:
    plain = replace(roster, rest_s=0, occupancy_cap=0.0)  # a rest is so many seconds more of work
    able = {agent for rule in roster.queues.values() for agent in rule.reach}
    stints = [stint for stint in day.stints if stint.agent in able]
    return Simulation(arrivals=day.arrivals, roster=plain, stints=stints, wrap_up_s=float(roster.rest_s)).run()


class _Waits:
    """Who waited how long, by segment: all, each queue, each type of caller."""

    def __init__(self) -> None:
        self.answered: dict[str, list[float]] = defaultdict(list)
        self.left: dict[str, list[float]] = defaultdict(list)

    def take(self, outcome: Outcome, day: DayPlan) -> None:
        for call in outcome.calls:
            kept = self.answered if call.agent else self.left
            for segment in day.segments[call.call]:
                kept[segment].append(call.waited_s)

    def figures(self, roster: Roster) -> dict[str, Any]:
        return {
            "segments": {
                name: _shown(of_waits(answered=self.answered[name], left=self.left[name]))
                for name in sorted({*self.answered, *self.left})
            }
        }


def _shown(one: DayFigures) -> dict[str, Any]:
    return {
        "offered": one.offered, "abandoned": one.abandoned, "mean_s": one.mean_wait_s, "p50_s": one.p50_s,
        "p95_s": one.p95_s, "level_20": one.level_20,
    }  # fmt: skip


def _mean(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None


# --- the days as they were --------------------------------------------------------------------------------------------
def plans(*, domain_id: int, roster: Roster, days: int, now: datetime) -> Iterator[DayPlan]:
    """The last whole days and today so far, oldest first. Days without callers are left out."""
    today = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
    for ago in range(days, -1, -1):
        since = today - timedelta(days=ago)
        plan = _plan(domain_id, roster, since, min(since + timedelta(days=1), now))
        if plan.arrivals:
            yield plan


def _plan(domain_id: int, roster: Roster, since: datetime, until: datetime) -> DayPlan:
    came = [one for one in _came(domain_id, since, until) if one.queue in roster.queues]
    left = [one for one in came if one.talk_s is None]
    patience = sum(one.waited_s for one in came) / len(left) if left else float("inf")
    talks = [one.talk_s for one in came if one.talk_s is not None]
    usual = sum(talks) / len(talks) if talks else 180.0
    draw = random.Random(int(since.timestamp()))
    arrivals = [
        Arrival(
            at=one.at, queue=one.queue, kind=one.segments[-1].removeprefix("type:"), head_start_s=one.head_start_s,
            patience_s=one.waited_s + (draw.expovariate(1 / patience) if left else float("inf"))
            if one.talk_s is not None
            else max(one.waited_s, 0.1),
            service_s=one.talk_s if one.talk_s is not None else usual,
        )
        for one in came
    ]  # fmt: skip
    return DayPlan(arrivals, _stints(domain_id, since, until), [one.segments for one in came])


def _came(domain_id: int, since: datetime, until: datetime) -> list[Came]:
    rows = Call.objects.filter(
        domain=domain_id, channel="voice", enqueued_at__gte=since, enqueued_at__lt=until, ended_at__isnull=False
    ).order_by("enqueued_at", "pk")[:MOST_CALLS]
    found = []
    for queue, name, at, head_start_s, connected, ended, facts in rows.values_list(
        "queue_id", "queue__key", "enqueued_at", "head_start_s", "connected_at", "ended_at", "facts"
    ):
        types = tuple(f"type:{one}" for one in sorted(caller_types(facts or {})))
        over = connected or ended
        assert at is not None and over is not None and ended is not None  # of a call that has ended in a queue
        found.append(
            Came(
                at=(at - since).total_seconds(), queue=queue, segments=("all", f"queue:{name}", *types),
                head_start_s=float(head_start_s), waited_s=max(0.0, (over - at).total_seconds()),
                talk_s=max(1.0, (ended - connected).total_seconds()) if connected else None,
            )
        )  # fmt: skip
    return found


def _stints(domain_id: int, since: datetime, until: datetime) -> list[Stint]:
    rows = Reservation.objects.filter(domain=domain_id, created_at__gte=since, created_at__lt=until, slot__lt=10)
    worked: dict[int, list[tuple[float, float]]] = defaultdict(list)
    for agent, begun, ended in rows.order_by("created_at").values_list("agent_id", "created_at", "ended_at"):
        worked[agent].append(((begun - since).total_seconds(), ((ended or until) - since).total_seconds()))
    stints = []
    for agent, spans in worked.items():
        start, end = spans[0]
        for begun_s, ended_s in spans[1:]:
            if begun_s - end > GAP_S:
                stints.append(Stint(agent, max(0.0, start - GAP_S / 2), end + GAP_S / 2))
                start = begun_s
            end = max(end, ended_s)
        stints.append(Stint(agent, max(0.0, start - GAP_S / 2), end + GAP_S / 2))
    return stints
