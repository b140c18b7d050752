"""Six weeks of the queues that pair callers with agents, and promises to ring back: kept, broken and taken back.

Who suits whom, and who is quick with what, is drawn once and hidden: what the product has learned of it stands on the page
Pairing, with the on/off record since the first table. Whoever was not helped calls again within days; some were asked how
it was. Broadband's newest table is older than a week: that queue has fallen back to rules and says so. All rows are older
than today; the present belongs to live traffic.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from random import Random
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings

from callcenter.demo.operator.bulk import copy_made
from callcenter.demo.operator.queues import DOMAIN
from customers.models import Customer, Identifier
from routing.facts import CallerFacts
from routing.models import Agent, Call, Callback, CallRating, Queue, Reservation
from routing.operations.learning import train_scores
from routing.scoring.blocks import is_on

DAYS, FIRST_TABLE, STALE = 46, 25, 9  # days back
HOURS = (8, 9, 9, 10, 10, 10, 11, 14, 14, 15, 15, 16, 16, 17, 19, 20)
LEFT_SHARE, CHOICE = 0.05, 3  # free agents at a time
EVENLY = 0.04  # what 200 s more of the day's paired work weigh against suiting
ASKED_SHARE = 0.4  # who said how it was
MOST_PEOPLE = 4_000
PROMISES = (  # queue, state, reason, tries, days ago
    ("billing", "completed", "", 1, 1), ("billing", "completed", "", 1, 2), ("technical", "completed", "", 2, 2),
    ("general", "completed", "", 1, 3), ("sales", "completed", "", 1, 4), ("technical", "completed", "", 1, 6),
    ("complaints", "exhausted", "no_answer", 3, 1), ("technical", "exhausted", "no_answer", 3, 5),
    ("billing", "exhausted", "contact_policy", 0, 3), ("general", "canceled", "redialled", 1, 1),
    ("sales", "canceled", "withdrawn", 0, 4),
)  # fmt: skip
Who = tuple[UUID, str, str]  # customer, kind, value tier


@dataclass(frozen=True, kw_only=True)
class Plan:
    """One paired queue's past."""

    queue: str
    intents: tuple[str, ...]
    calls_a_day: int
    sells: float  # share of calls that end in a sale, of an agent like everybody
    newest_table: int  # days back
    asked: float = 0.0


PLANS = (
    Plan(queue="sales", intents=("change_plan", "buy_data", "broadband_new"), calls_a_day=80, sells=0.25, newest_table=0,
         asked=ASKED_SHARE),
    Plan(queue="technical", intents=("broadband_fault", "wifi", "line_moved"), calls_a_day=40, sells=0.0, newest_table=STALE),
)  # fmt: skip


def write(*, now: datetime, seed: int) -> int:
    """The calls, what was learned of them, the promises; how many calls."""
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
    train_scores(now=now - timedelta(days=FIRST_TABLE))
    for plan in PLANS:
        train_scores(now=now - timedelta(days=plan.newest_table), queues={plan.queue})
    _promises(now, Random(f"{seed} promises"))
    return told


class _Past:
    """The days of one queue, drawn one after the other: who is not helped is back in the days after."""

    def __init__(self, plan: Plan, people: Sequence[Who], now: datetime, rng: Random) -> None:
        self.plan, self.people, self.now, self.rng = plan, people, now, rng
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
            new = self.rng.sample(self.people, max(0, min(self.plan.calls_a_day - len(back), len(self.people))))
            for who in [*back, *new]:
                at = midnight + timedelta(hours=self.rng.choice(HOURS), seconds=self.rng.randrange(3600))
                paired = self.plan.newest_table - 7 < day < FIRST_TABLE and is_on(
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


# --- promises ---------------------------------------------------------------------------------------------------------
def _promises(now: datetime, rng: Random) -> None:
    queues = {queue.key: queue for queue in Queue.objects.select_related("domain").filter(domain__key=DOMAIN)}
    people = Identifier.objects.filter(kind="phone", valid_to=None).order_by("customer_id")
    numbers = list(people.values_list("customer_id", "value")[40 : 40 + len(PROMISES)])
    calls, promises = list[Call](), list[Callback]()
    for number, (plan, who) in enumerate(zip(PROMISES, numbers, strict=False)):
        made = list(_promised(queues[plan[0]], plan, who, now, number, rng))
        calls += [one for one in made if isinstance(one, Call)]
        promises += [one for one in made if isinstance(one, Callback)]
    Call.objects.bulk_create(calls)
    Callback.objects.bulk_create(promises)


def _promised(
    queue: Queue, plan: tuple[str, str, str, int, int], who: tuple[UUID, str], now: datetime, number: int, rng: Random
) -> Iterator[Call | Callback]:
    """The call that ended in a promise, its last try, and the promise."""
    _key, state, reason, tries, days = plan
    at = (now - timedelta(days=days)).replace(hour=2, minute=0) + timedelta(seconds=rng.randrange(6 * 3600))
    until = at + timedelta(hours=24)
    shared = {
        "domain": queue.domain, "queue": queue, "source": "demo-switch", "from_e164": who[1], "customer_id": who[0],
        "match_basis": "exact", "arrived_at": at, "enqueued_at": at, "place_key": at,
    }  # fmt: skip
    origin = Call(
        id=_uuid(rng), external_id=f"promise-{number}", state="diverted", end_reason="callback", ended_by="caller",
        ended_at=at + timedelta(seconds=130), **shared,
    )  # fmt: skip
    yield origin
    spoke = at + timedelta(minutes=12) if tries < 2 else at + timedelta(hours=2)
    last = None
    if tries:
        kept = state == "completed"
        last = Call(
            id=_uuid(rng), external_id=f"promise-{number}-{tries}", direction="callback", ended_by="caller",
            state="completed" if kept else "canceled", connected_at=spoke if kept else None,
            ended_at=spoke + timedelta(minutes=4), **shared,
        )  # fmt: skip
        yield last
    yield Callback(
        domain=queue.domain, queue=queue, origin=origin, call=last, number=who[1], enqueued_at=at, state=state,
        until=until, tries=tries, reason=reason, promised_at=at + timedelta(seconds=130),
        ended_at=min(now, until) if state == "exhausted" else spoke + timedelta(minutes=4),
    )  # fmt: skip


def _uuid(rng: Random) -> UUID:
    return UUID(int=rng.getrandbits(128), version=4)
