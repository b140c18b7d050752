"""Lin at her desk, Omar beside her, Mrs Chen on the telephone; without a browser."""

from __future__ import annotations

import json
from dataclasses import dataclass
from itertools import count
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.test import Client

from callcenter import hall
from callcenter.accounts.models import User
from callcenter.foundation.clock import db_now
from callcenter.foundation.ids import public
from callcenter.foundation.principal import Role
from customers.models import Customer, Identifier
from routing.models import Agent, Domain, Queue

NUMBER = "+8613800138000"
_keys = count(1)


@dataclass
class Desk:
    """One person's browser, asked by hand."""

    agent: Agent
    client: Client
    lease: UUID

    def get(self, path: str) -> Any:
        return self.client.get(path)

    def send(self, path: str, body: dict[str, Any] | None = None, *, key: str = "", lease: UUID | None = None) -> Any:
        headers = {"Idempotency-Key": key or f"story-key-{next(_keys)}", "X-Lease": str(lease or self.lease)}
        return self.client.post(path, json.dumps(body or {}), content_type="application/json", headers=headers)

    def ready(self) -> Desk:
        assert self.send("/console/open/").status_code == 200
        assert self.send("/console/presence/", {"presence": "available"}).status_code == 200
        return self

    def another_window(self) -> Desk:
        """The same person in another browser: another login session, another lease."""
        assert self.agent.user is not None
        client = Client()
        client.force_login(self.agent.user, backend="django.contrib.auth.backends.ModelBackend")
        return Desk(agent=self.agent, client=client, lease=uuid4())


@dataclass(frozen=True)
class Ringing:
    call: str
    call_id: UUID
    reservation: str


@pytest.fixture
def queue(db: None) -> Queue:
    domain = Domain.objects.create(key="main", name="Main")
    return Queue.objects.create(
        domain=domain, key="billing", name_en="Billing", name_zh="账务", wrap_up_mode="required"
    )


def hire(queue: Queue, key: str) -> Desk:
    user = User.objects.create(username=key, role=Role.AGENT)
    agent = Agent.objects.create(domain=queue.domain, user=user, key=key, name_en=key.title(), name_zh=key)
    queue.members.add(agent)
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return Desk(agent=agent, client=client, lease=uuid4())


@pytest.fixture
def lin(queue: Queue) -> Desk:
    return hire(queue, "lin")


@pytest.fixture
def omar(queue: Queue) -> Desk:
    return hire(queue, "omar")


@pytest.fixture
def mrs_chen(db: None) -> Customer:
    now = db_now()
    customer = Customer.objects.create(name="陈丽华", title="ms", language="zh", region="广东", created_at=now)
    Identifier.objects.create(customer=customer, kind="phone", value=NUMBER, verified_at=now, last_seen_at=now)
    return customer


def calls(queue: Queue, number: str = NUMBER) -> Ringing:
    """Somebody calls and a free agent is held."""
    arrival = hall.inbound.CallArrival(
        domain="main", source="trunk", external_id=f"story-{next(_keys)}", from_number=number, queue=queue.key
    )
    arrived = hall.inbound.call_arrived(arrival=arrival, actor="switch", now=db_now())
    assert arrived.reservation is not None
    return Ringing(
        call=public("c", arrived.call.id),
        call_id=arrived.call.id,
        reservation=public("r", arrived.reservation.id),
    )


def talks(desk: Desk, ringing: Ringing) -> None:
    assert desk.send(f"/console/reservations/{ringing.reservation}/accept/").status_code == 200
    now = db_now()
    hall.talk.agent_leg_bridged(
        call_id=ringing.call_id, reservation_id=None, agent_id=desk.agent.pk, at=now, actor="switch", now=now
    )
