"""A morning on Ada's floor: two queues, Lin and Omar, and calls that ended in every way there is."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import count
from uuid import uuid4

from callcenter.accounts.models import User
from routing.models import Agent, Call, Domain, Queue, Reservation
from routing.states import CallState, ReservationState

_numbers = count(1)


def person(name: str, role: str) -> User:
    return User.objects.create(username=name, role=role, first_name=name.title())


class Floor:
    """Queues billing (target 20 s) and sales (30 s); Lin answers, Omar is on a break."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self.domain = Domain.objects.create(key="main", name="Main")
        self.billing = self._queue("billing", "Bills", "账务", 20)
        self.sales = self._queue("sales", "Plans", "套餐", 30)
        self.lin = self._agent("lin", "Lin", "林", "available")
        self.omar = self._agent("omar", "Omar", "奥马尔", "break")

    def _queue(self, key: str, name_en: str, name_zh: str, target_s: int) -> Queue:
        return Queue.objects.create(
            domain=self.domain, key=key, name_en=name_en, name_zh=name_zh, target_s=target_s, required={}
        )

    def _agent(self, key: str, name_en: str, name_zh: str, presence: str) -> Agent:
        agent = Agent.objects.create(
            domain=self.domain,
            key=key,
            name_en=name_en,
            name_zh=name_zh,
            presence=presence,
            presence_since=self.now - timedelta(minutes=10),
            lease_id=uuid4(),
            lease_expires_at=self.now + timedelta(minutes=5),
        )
        for queue in (self.billing, self.sales):
            queue.members.add(agent)
        return agent

    def call(self, queue: Queue, *, ago: float, state: CallState, wait: float | None = None, talk: float = 60) -> Call:
        """A call that entered the queue `ago` seconds before now and was answered, or left, after `wait` seconds."""
        entered = self.now - timedelta(seconds=ago)
        over = None if wait is None else entered + timedelta(seconds=wait)
        served = state in {CallState.CONNECTED, CallState.WRAPPING, CallState.COMPLETED}
        ended = over + timedelta(seconds=talk) if served and over else over
        number = next(_numbers)
        return Call.objects.create(
            domain=self.domain,
            source="trunk",
            external_id=f"x{number}",
            from_e164=f"+861380013{number:04d}",
            queue=queue,
            state=state,
            arrived_at=entered - timedelta(seconds=30),
            enqueued_at=entered,
            place_key=entered,
            connected_at=over if served else None,
            ended_at=None if state in {CallState.QUEUED, CallState.RESERVED, CallState.CONNECTED} else ended,
            end_reason="queue" if state == CallState.ABANDONED else "",
        )

    def served_by(self, call: Call, agent: Agent) -> Reservation:
        assert call.enqueued_at is not None
        return Reservation.objects.create(
            domain=self.domain,
            call=call,
            agent=agent,
            queue=call.queue,
            state=ReservationState.COMPLETED,
            because={
                "rule": "longest_idle",
                "considered": 2,
                "eligible": 1,
                "removed": {"break": 1},
                "waiting": 1,
                "waited_s": 4.0,
                "chosen": {"agent": agent.pk, "idle_s": 75.0, "score": 75.0},
                "runner_up": None,
            },
            created_at=call.enqueued_at,
            accepted_at=call.connected_at,
            connected_at=call.connected_at,
            talk_ended_at=call.ended_at,
            ended_at=call.ended_at,
        )


def busy_morning(now: datetime) -> Floor:
    """Billing: 5 in time, 2 late, 1 abandoned at once, 1 late, 1 diverted, 2 waiting. Sales: 3 in time, 1 ringing."""
    floor = Floor(now)
    for number in range(5):
        floor.served_by(floor.call(floor.billing, ago=900 - number, state=CallState.COMPLETED, wait=4), floor.lin)
    for wait in (20.5, 50):
        floor.call(floor.billing, ago=700, state=CallState.COMPLETED, wait=wait)
    floor.call(floor.billing, ago=600, state=CallState.ABANDONED, wait=3)
    floor.call(floor.billing, ago=500, state=CallState.ABANDONED, wait=44)
    floor.call(floor.billing, ago=400, state=CallState.DIVERTED, wait=10)
    for ago in (25, 8):
        floor.call(floor.billing, ago=ago, state=CallState.QUEUED)
    for ago in (300, 200, 100):
        floor.call(floor.sales, ago=ago, state=CallState.COMPLETED, wait=30)
    floor.call(floor.sales, ago=5, state=CallState.RESERVED)
    return floor
