"""Six weeks of the queues that pair callers with agents.

Who suits whom, and who is quick with what, is drawn once and hidden: what the product has learned of it stands on the page
Pairing, with the on/off record since the first table. Whoever was not helped calls again within days; some were asked how
it was. Broadband's newest table is older than a week: that queue has fallen back to rules and says so. All rows are older
than today; the present belongs to live traffic.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from itertools import cycle, islice
from random import Random
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings

from callcenter.demo.operator.bulk import copy_made
from callcenter.demo.operator.queues import DOMAIN
from customers.models import Customer
from routing.facts import CallerFacts
from routing.models import Agent, Call, CallRating, Queue, Reservation
from routing.operations.learning import train_scores
from routing.scoring.blocks import is_on

DAYS = 46
HOURS = (8, 9, 9, 10, 10, 10, 11, 14, 14, 15, 15, 16, 16, 17, 19, 20)
APART = 9  # days until somebody who was helped calls again: of a small market fewer call
LEFT_SHARE, CHOICE = 0.05, 3  # free agents at a time
EVENLY = 0.04  # what 200 s more of the day's paired work weigh against suiting
ASKED_SHARE = 0.4  # who said how it was
MOST_PEOPLE = 6_000
Who = tuple[UUID, str, str]  # customer, kind, value tier


@dataclass(frozen=True, kw_only=True)
class Plan:
    """One paired queue's past."""

    queue: str
    intents: tuple[str, ...]
    calls_a_day: int
    sells: float  # share of calls that end in a sale, of an agent like everybody
    tables: tuple[int, ...]  # when something was learned, days back
    asked: float = 0.0


PLANS = (
    Plan(queue="sales", intents=("change_plan", "buy_data", "broadband_new"), calls_a_day=80, sells=0.25, tables=(25, 0),
         asked=ASKED_SHARE),
    Plan(queue="technical", intents=("broadband_fault", "wifi", "line_moved"), calls_a_day=40, sells=0.0, tables=(9,)),
)  # fmt: skip


def write(*, now: datetime, seed: int) -> int:
    """The calls and what was learned of them; how many calls."""
    people = list(
        Customer.objects.filter(status="active").order_by("pk").values_list("pk", "kind", "value_tier")[:MOST_PEOPLE]
    )
    told = 0
    for no, plan in enumerate(PLANS):
        past = _Past(plan, people[no :: len(PLANS)], now, Random(f"{seed} served {plan.queue}"))
        past.draw()
        copy_made(past.calls)
        copy_made(past.held)
        copy_made(past.ratings)
        told += len(past.calls)
    for plan in PLANS:
        for days in plan.tables:
            train_scores(now=now - timedelta(days=days), queues={plan.queue})
    return told


class _Past:
    """The days of one queue, drawn one after the other: who is not helped is back in the days after."""

    def __init__(self, plan: Plan, people: Sequence[Who], now: datetime, rng: Random) -> None:
        self.plan, self.now, self.rng = plan, now, rng
        self.people = cycle(rng.sample(people, len(people)))
        self.calls_a_day = min(plan.calls_a_day, len(people) // APART)
        self.queue = Queue.objects.select_related("domain").get(domain__key=DOMAIN, key=plan.queue)
        self.agents = list(self.queue.members.order_by("pk"))
        self.good = {agent.pk: rng.gauss(0, 0.05) for agent in self.agents}
        pairs = [(agent.pk, intent) for agent in self.agents for intent in plan.intents]
        self.suits = {pair: rng.gauss(0, 0.12) for pair in pairs}
        self.pace = {pair: rng.lognormvariate(0, 0.35) for pair in pairs}  # times the usual talk
        self.calls, self.held, self.ratings = list[Call](), list[Reservation](), list[CallRating]()

    def draw(self) -> None:
        zone = ZoneInfo(settings.TIME_ZONE)
        again: dict[int, list[Who]] = {}
        for day in range(DAYS, 0, -1):
            midnight = datetime.combine((self.now.astimezone(zone) - timedelta(days=day)).date(), time(0), tzinfo=zone)
            back, done = again.pop(day, []), defaultdict[int, float](float)
            for who in [*back, *islice(self.people, max(0, self.calls_a_day - len(back)))]:
                at = midnight + timedelta(hours=self.rng.choice(HOURS), seconds=self.rng.randrange(3600))
                paired = self.plan.tables[-1] - 7 < day < self.plan.tables[0] and is_on(
                    at=at, queue=self.plan.queue, zone=zone
                )
                if not self._served(at, who, done, paired=paired):
                    again.setdefault(day - self.rng.randint(1, 4), []).append(who)

    def _served(self, at: datetime, who: Who, done: dict[int, float], *, paired: bool) -> bool:
        """One call, and whether the caller was helped or gave up for good."""
        intent = self.rng.choice(self.plan.intents)
        call, served = _call(self.queue, at, who, intent, len(self.calls), self.rng)
        self.calls.append(call)
        if not served:
            return True
        free = self.rng.sample(self.agents, min(CHOICE, len(self.agents)))
        agent = max(free, key=lambda one: self.suits[one.pk, intent] - EVENLY * done[one.pk]) if paired else free[0]
        worth = self.good[agent.pk] + self.suits[agent.pk, intent]
        talk_s = 30 + self.pace[agent.pk, intent] * self.rng.lognormvariate(4.8, 0.5)
        call.ended_at = (call.connected_at or at) + timedelta(seconds=talk_s)
        sold = self.rng.random() < self.plan.sells + worth if self.plan.sells else False
        self.held.append(_reservation(call, agent, sold, paired, self.rng))
        done[agent.pk] += _seconds(self.held[-1]) / 200 if paired else 0
        if self.rng.random() < self.plan.asked:
            content = self.rng.random() < 0.65 + 1.6 * worth
            self.ratings.append(CallRating(call=call.pk, satisfied=content, at=call.ended_at + timedelta(minutes=2)))
        return self.rng.random() <= 0.72 + worth


def _call(queue: Queue, at: datetime, who: Who, intent: str, number: int, rng: Random) -> tuple[Call, bool]:
    """Version 0: no events tell of it."""
    served = rng.random() >= LEFT_SHARE
    over = at + timedelta(seconds=rng.expovariate(1 / 18))
    return Call(
        id=_uuid(rng), domain=queue.domain, source="demo-switch", external_id=f"past-{queue.key}-{number}",
        channel="voice", queue=queue, customer_id=who[0], match_basis="exact", arrived_at=at, enqueued_at=at,
        place_key=at, facts=CallerFacts(kind=who[1], value_tier=who[2], intent=intent).as_json(),
        state="completed" if served else "abandoned", connected_at=over if served else None, ended_at=over,
        ended_by="caller", end_reason="" if served else "queue",
    ), served  # fmt: skip


def _reservation(call: Call, agent: Agent, sold: bool, paired: bool, rng: Random) -> Reservation:
    assert call.ended_at is not None and call.queue is not None
    rule = "paired" if paired else "longest_idle"
    return Reservation(
        id=_uuid(rng), domain=call.domain, call=call, agent=agent, queue=call.queue, state="completed",
        because={"mode": "paired" if paired else "rules", "rule": rule, "queue": call.queue.key},
        created_at=call.arrived_at, accepted_at=call.connected_at, connected_at=call.connected_at,
        talk_ended_at=call.ended_at, ended_at=call.ended_at + timedelta(seconds=rng.uniform(5, 50)),
        disposition="plan_changed" if sold else rng.choice(("information", "solved", "pack_taken")),
    )  # fmt: skip


def _seconds(held: Reservation) -> float:
    assert held.connected_at is not None and held.ended_at is not None
    return (held.ended_at - held.connected_at).total_seconds()


def _uuid(rng: Random) -> UUID:
    return UUID(int=rng.getrandbits(128), version=4)
