"""Four weeks of the other queues, so that a day's staffing can be forecast. Nobody's calls in particular.

Rows are made by hand, as many a day as the weekday brings; those who left had their patience. All are older than today.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from random import Random
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings

from callcenter.demo.operator.bulk import copy_made
from callcenter.demo.operator.queues import DOMAIN
from routing.models import Agent, Call, Queue, Reservation

DAYS = 28
WEEKEND = 0.6
HOURS = (8, 9, 9, 9, 10, 10, 10, 10, 11, 11, 13, 14, 14, 15, 15, 15, 16, 16, 17, 18, 19, 20, 21)
PATIENCE_S, WAIT_S = 110.0, 14.0


@dataclass(frozen=True, kw_only=True)
class Plan:
    queue: str
    calls: int  # of a working day
    talk_s: float


PLANS = (
    Plan(queue="general", calls=150, talk_s=150), Plan(queue="billing", calls=180, talk_s=190),
    Plan(queue="complaints", calls=24, talk_s=320), Plan(queue="retention", calls=18, talk_s=280),
    Plan(queue="enterprise", calls=20, talk_s=260),
)  # fmt: skip


def write(*, now: datetime, seed: int) -> int:
    """How many calls."""
    calls, held = list[Call](), list[Reservation]()
    for plan in PLANS:
        queue = Queue.objects.select_related("domain").get(domain__key=DOMAIN, key=plan.queue)
        agents = list(queue.members.order_by("pk"))
        for call, agent in _days(plan, queue, agents, now, Random(f"{seed} past {plan.queue}")):
            calls.append(call)
            if agent is not None:
                held.append(_reservation(call, agent))
    copy_made(calls)
    copy_made(held)
    return len(calls)


def _days(
    plan: Plan, queue: Queue, agents: list[Agent], now: datetime, rng: Random
) -> Iterator[tuple[Call, Agent | None]]:
    zone = ZoneInfo(settings.TIME_ZONE)
    for back in range(1, DAYS + 1):
        day = (now.astimezone(zone) - timedelta(days=back)).date()
        midnight = datetime.combine(day, time(0), tzinfo=zone)
        expected = plan.calls * (WEEKEND if day.weekday() > 4 else 1.0)
        for number in range(round(rng.gauss(expected, expected**0.5))):
            at = midnight + timedelta(hours=rng.choice(HOURS), seconds=rng.randrange(3600))
            yield _call(plan, queue, agents, at, f"past-{plan.queue}-{back}-{number}", rng)


def _call(
    plan: Plan, queue: Queue, agents: list[Agent], at: datetime, name: str, rng: Random
) -> tuple[Call, Agent | None]:
    wait_s, patience_s = rng.expovariate(1 / WAIT_S), rng.expovariate(1 / PATIENCE_S)
    served = wait_s <= patience_s
    over = at + timedelta(seconds=min(wait_s, patience_s))
    talk = timedelta(seconds=20 + rng.expovariate(1 / (plan.talk_s - 20)))
    return Call(
        id=UUID(int=rng.getrandbits(128), version=4), domain=queue.domain, source="demo-switch", external_id=name,
        channel="voice", queue=queue, arrived_at=at, enqueued_at=at, place_key=at, ended_by="caller",
        state="completed" if served else "abandoned", connected_at=over if served else None,
        ended_at=over + talk if served else over, end_reason="" if served else "queue",
    ), rng.choice(agents) if served else None  # fmt: skip


def _reservation(call: Call, agent: Agent) -> Reservation:
    assert call.ended_at is not None and call.queue is not None
    return Reservation(
        id=UUID(int=call.pk.int ^ 1), domain=call.domain, call=call, agent=agent, queue=call.queue, state="completed",
        because={"mode": "rules", "rule": "longest_idle", "queue": call.queue.key}, created_at=call.arrived_at,
        accepted_at=call.connected_at, connected_at=call.connected_at, talk_ended_at=call.ended_at,
        ended_at=call.ended_at + timedelta(seconds=25), disposition="solved",
    )  # fmt: skip
