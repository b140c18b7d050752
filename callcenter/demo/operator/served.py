"""Six weeks of the queue that pairs callers with agents.

Who suits whom is drawn once and hidden: what the product has learned of it stands on the page Pairing, with the on/off record
since the first table. Whoever was not helped calls again within days. All rows are older than today; the present belongs
to live traffic.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, time, timedelta
from random import Random
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings

from callcenter.demo.operator.queues import DOMAIN
from customers.models import Customer
from routing.facts import CallerFacts
from routing.models import Agent, Call, Queue, Reservation
from routing.operations.learning import train_scores
from routing.scoring.blocks import is_on

QUEUE = "sales"
DAYS, CALLS_A_DAY, FIRST_TABLE = 46, 80, 25  # days back
INTENTS = ("change_plan", "buy_data", "broadband_new")
HOURS = (8, 9, 9, 10, 10, 10, 11, 14, 14, 15, 15, 16, 16, 17, 19, 20)
PEOPLE_A_CALL = 50  # of a small market fewer call, or everybody would seem to call again for want of help
LEFT_SHARE, CHOICE = 0.05, 3  # free agents at a time
EVENLY = 0.04  # what 200 s more of the day's paired work weigh against suiting


def write(*, now: datetime, seed: int) -> int:
    """The calls and what was learned of them; how many calls."""
    calls, held = _days(now, Random(f"{seed} served"))
    Call.objects.bulk_create(calls, batch_size=1_000)
    Reservation.objects.bulk_create(held, batch_size=1_000)
    for at in (now - timedelta(days=FIRST_TABLE), now):
        train_scores(now=at)
    return len(calls)


def _days(now: datetime, rng: Random) -> tuple[list[Call], list[Reservation]]:
    queue = Queue.objects.select_related("domain").get(domain__key=DOMAIN, key=QUEUE)
    agents = list(queue.members.order_by("pk"))
    people = list(
        Customer.objects.filter(status="active").order_by("pk").values_list("pk", "kind", "value_tier")[:4_000]
    )
    good = {agent.pk: rng.gauss(0, 0.05) for agent in agents}
    suits = {(agent.pk, intent): rng.gauss(0, 0.12) for agent in agents for intent in INTENTS}
    zone = ZoneInfo(settings.TIME_ZONE)
    a_day = min(CALLS_A_DAY, len(people) // PEOPLE_A_CALL)
    calls, held, again = list[Call](), list[Reservation](), dict[int, list[tuple[UUID, str, str]]]()
    for day in range(DAYS, 0, -1):
        midnight = datetime.combine((now.astimezone(zone) - timedelta(days=day)).date(), time(0), tzinfo=zone)
        back, done = again.pop(day, []), defaultdict[int, float](float)
        for who in [*back, *rng.sample(people, max(0, a_day - len(back)))]:
            at = midnight + timedelta(hours=rng.choice(HOURS), seconds=rng.randrange(3600))
            intent = rng.choice(INTENTS)
            call, served = _call(queue, at, who, intent, len(calls), rng)
            calls.append(call)
            if not served:
                continue
            free = rng.sample(agents, min(CHOICE, len(agents)))
            paired = day < FIRST_TABLE and is_on(at=at, queue=QUEUE, zone=zone)
            worth = {agent: good[agent.pk] + suits[agent.pk, intent] for agent in free}
            agent = max(free, key=lambda one: suits[one.pk, intent] - EVENLY * done[one.pk]) if paired else free[0]
            held.append(_reservation(call, agent, worth[agent], paired, rng))
            done[agent.pk] += _seconds(held[-1]) / 200 if paired else 0
            if rng.random() > 0.72 + worth[agent]:
                again.setdefault(day - rng.randint(1, 4), []).append(who)
    return calls, held


def _call(
    queue: Queue, at: datetime, who: tuple[UUID, str, str], intent: str, number: int, rng: Random
) -> tuple[Call, bool]:
    """Version 0: no events tell of it."""
    served = rng.random() >= LEFT_SHARE
    over = at + timedelta(seconds=rng.expovariate(1 / 18))
    return Call(
        id=_uuid(rng), domain=queue.domain, source="demo-switch", external_id=f"past-{number}", channel="voice",
        queue=queue, customer_id=who[0], match_basis="exact", arrived_at=at, enqueued_at=at, place_key=at,
        facts=CallerFacts(kind=who[1], value_tier=who[2], intent=intent).as_json(),
        state="completed" if served else "abandoned", connected_at=over if served else None,
        ended_at=over + timedelta(seconds=40 + rng.expovariate(1 / 150)) if served else over, ended_by="caller",
        end_reason="" if served else "queue",
    ), served  # fmt: skip


def _reservation(call: Call, agent: Agent, worth: float, paired: bool, rng: Random) -> Reservation:
    assert call.ended_at is not None
    sold = rng.random() < 0.25 + worth
    return Reservation(
        id=_uuid(rng), domain=call.domain, call=call, agent=agent, queue=call.queue, state="completed",
        because={"mode": "paired" if paired else "rules", "rule": "paired" if paired else "longest_idle", "queue": QUEUE},
        created_at=call.arrived_at, accepted_at=call.connected_at, connected_at=call.connected_at,
        talk_ended_at=call.ended_at, ended_at=call.ended_at + timedelta(seconds=rng.uniform(5, 50)),
        disposition="plan_changed" if sold else rng.choice(("information", "solved", "pack_taken")),
    )  # fmt: skip


def _seconds(held: Reservation) -> float:
    assert held.connected_at is not None and held.ended_at is not None
    return (held.ended_at - held.connected_at).total_seconds()


def _uuid(rng: Random) -> UUID:
    return UUID(int=rng.getrandbits(128), version=4)
