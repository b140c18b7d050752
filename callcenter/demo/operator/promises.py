"""Promises to ring back: due now and later, tried already, kept, broken and taken back.

What is due is rung by the product itself as soon as the demo runs; who is past and who is to come stands on the page
Callbacks, and at the desks of those who serve the queue.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from uuid import UUID

from callcenter.demo.operator.queues import DOMAIN
from customers.models import Identifier
from routing.callbacks import WINDOW
from routing.models import Call, Callback, Queue

WAITED = timedelta(seconds=130)  # before they rather left their number
FIRST_PERSON = 40  # nobody with a story


@dataclass(frozen=True, kw_only=True)
class PromisePlan:
    """One promise. Minutes count from the moment the operator is built."""

    queue: str
    state: str = "scheduled"
    due_in: int = 0
    ago: int = 0  # since it was given
    tries: int = 0
    reason: str = ""


_DAY = 24 * 60
# Nobody in `billing` is due soon: there the first calls of docs/first-calls.md find an empty line.
PLANS = (
    PromisePlan(queue="technical", ago=9, due_in=0),
    PromisePlan(queue="general", ago=25, due_in=2),
    PromisePlan(queue="technical", ago=21, tries=1, due_in=5),
    PromisePlan(queue="sales", ago=40, due_in=20),
    PromisePlan(queue="complaints", ago=80, tries=2, due_in=35),
    PromisePlan(queue="general", ago=15, due_in=90),
    PromisePlan(queue="retention", ago=33, due_in=4 * 60),
    PromisePlan(queue="enterprise", ago=70, due_in=_DAY),
    PromisePlan(queue="billing", ago=5, due_in=2 * _DAY),
    PromisePlan(queue="billing", state="completed", tries=1, ago=_DAY),
    PromisePlan(queue="billing", state="completed", tries=1, ago=2 * _DAY),
    PromisePlan(queue="technical", state="completed", tries=2, ago=2 * _DAY),
    PromisePlan(queue="general", state="completed", tries=1, ago=3 * _DAY),
    PromisePlan(queue="sales", state="completed", tries=1, ago=4 * _DAY),
    PromisePlan(queue="technical", state="completed", tries=1, ago=6 * _DAY),
    PromisePlan(queue="complaints", state="exhausted", reason="no_answer", tries=3, ago=2 * _DAY),
    PromisePlan(queue="technical", state="exhausted", reason="no_answer", tries=3, ago=5 * _DAY),
    PromisePlan(queue="billing", state="exhausted", reason="contact_policy", ago=3 * _DAY),
    PromisePlan(queue="general", state="canceled", reason="redialled", tries=1, ago=_DAY),
    PromisePlan(queue="sales", state="canceled", reason="withdrawn", ago=4 * _DAY),
)


def write(*, now: datetime, seed: int) -> int:
    """The promises, the calls that ended in them and their last tries; how many promises."""
    rng = Random(f"{seed} promises")
    queues = {queue.key: queue for queue in Queue.objects.select_related("domain").filter(domain__key=DOMAIN)}
    people = Identifier.objects.filter(kind="phone", valid_to=None, value__startswith="+861").order_by("customer_id")
    numbers = list(
        dict(people.values_list("value", "customer_id")[FIRST_PERSON : FIRST_PERSON + 3 * len(PLANS)]).items()
    )
    calls, promises = list[Call](), list[Callback]()
    for number, (plan, who) in enumerate(zip(PLANS, numbers, strict=False)):
        for one in _promised(queues[plan.queue], plan, who, now, number, rng):
            if isinstance(one, Call):
                calls.append(one)
            else:
                promises.append(one)
    Call.objects.bulk_create(calls)
    Callback.objects.bulk_create(promises)
    return len(promises)


def _promised(
    queue: Queue, plan: PromisePlan, who: tuple[str, UUID], now: datetime, number: int, rng: Random
) -> Iterator[Call | Callback]:
    """The call that ended in a promise, its last try, and the promise."""
    given = now - timedelta(minutes=plan.ago)
    at = given - WAITED
    shared = {
        "domain": queue.domain, "queue": queue, "source": "demo-switch", "from_e164": who[0], "from_number": who[0],
        "customer_id": who[1], "match_basis": "exact", "arrived_at": at, "enqueued_at": at, "place_key": at,
    }  # fmt: skip
    origin = Call(
        id=_uuid(rng), external_id=f"promise-{number}", state="diverted", end_reason="callback", ended_by="caller",
        ended_at=given, **shared,
    )  # fmt: skip
    yield origin
    kept, open_still = plan.state == "completed", plan.state == "scheduled"
    tried_at = given + timedelta(minutes=5 if open_still else 12 * plan.tries)
    last = None
    if plan.tries:
        last = Call(
            id=_uuid(rng), external_id=f"promise-{number}-{plan.tries}", direction="callback",
            ended_by="caller" if kept else "system", state="completed" if kept else "canceled",
            connected_at=tried_at if kept else None, ended_at=tried_at + timedelta(minutes=4), **shared,
        )  # fmt: skip
        yield last
    due = now + timedelta(minutes=plan.due_in) if open_still else None
    until = (due or given) + WINDOW
    ended = until if plan.state == "exhausted" else tried_at + timedelta(minutes=4)
    yield Callback(
        domain=queue.domain, queue=queue, origin=origin, call=last, number=who[0],
        enqueued_at=at if due is None else due - WAITED, state=plan.state, due_at=due, until=until, tries=plan.tries,
        reason=plan.reason, promised_at=given, ended_at=None if open_still else min(now, ended),
    )  # fmt: skip


def _uuid(rng: Random) -> UUID:
    return UUID(int=rng.getrandbits(128), version=4)
