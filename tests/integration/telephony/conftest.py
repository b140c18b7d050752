"""A small floor: one switch, two queues, Lin and Omar, and keys for who talks to us."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from callcenter.accounts import api_keys
from callcenter.accounts.api_keys import SCOPES, create_key
from callcenter.foundation.clock import db_now
from callcenter.telephony import naming, rates
from callcenter.telephony.models import Trunk
from routing.models import Agent, Domain, Queue

_numbers = count(1)


@dataclass
class Caller:
    """Somebody who holds a key: requests and answers as JSON."""

    key: str
    client: Client

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """The response; `.json()` is its body."""
        raw = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
        content_type = headers.pop("content_type", "application/json")
        return self.client.generic(
            method,
            f"/api/v1{path}",
            raw,
            content_type=content_type,
            headers={"Authorization": f"Bearer {self.key}"}
            | {name.replace("_", "-"): v for name, v in headers.items()},
        )

    def get(self, path: str, **headers: str) -> Any:
        return self.ask("GET", path, **headers)

    def post(self, path: str, body: Any = None, **headers: str) -> Any:
        return self.ask("POST", path, {} if body is None else body, **headers)

    def put(self, path: str, body: Any, **headers: str) -> Any:
        return self.ask("PUT", path, body, **headers)


@dataclass
class Floor:
    domain: Domain
    billing: Queue
    retention: Queue
    lin: Agent
    omar: Agent
    trunk: Trunk

    def caller(self, *scopes: str, trunk: str = "", domain: str = "main", client: Client | None = None) -> Caller:
        """A new key; without scopes it holds them all."""
        _, key = create_key(name="test", scopes=list(scopes or SCOPES), domain=domain, trunk=trunk, now=db_now())
        return Caller(key=key, client=client or Client())

    def sign_in(self, caller: Caller, agent: Agent) -> str:
        """The agent is available; the lease that vouches for it."""
        response = caller.put(f"/agents/a_{agent.pk}/presence", {"presence": "available"})
        assert response.status_code == 200, response.content
        lease: str = response.json()["lease_id"]
        return lease


@pytest.fixture(autouse=True)
def _fresh_memory() -> Iterator[None]:
    """What a process remembers of keys, trunks and rates belongs to one test."""
    naming.forget()
    api_keys.forget()
    rates.forget()
    yield
    naming.forget()


def lay_out() -> Floor:
    domain = Domain.objects.create(key="main", name="Main")
    queues = [
        Queue.objects.create(domain=domain, key=key, name_en=key, name_zh=key, wrap_up_mode="time_boxed")
        for key in ("billing", "retention")
    ]
    agents = [
        Agent.objects.create(
            domain=domain, key=key, name_en=name, name_zh=name, contact=f"sip:{key}@desk.example", device="idle"
        )
        for key, name in (("1017", "Lin"), ("1018", "Omar"))
    ]
    for queue in queues:
        queue.members.set(agents)
    trunk = Trunk.objects.create(key="pbx-1", group="pbx", domain="main")
    return Floor(domain=domain, billing=queues[0], retention=queues[1], lin=agents[0], omar=agents[1], trunk=trunk)


@pytest.fixture
def floor(db: None) -> Floor:
    return lay_out()


@pytest.fixture
def committed_floor(transactional_db: None) -> Floor:
    """The same, visible to other connections."""
    return lay_out()


@pytest.fixture
def switch(floor: Floor) -> Caller:
    """The switch of trunk pbx-1, allowed everything."""
    return floor.caller(trunk="pbx-1")


def arrival(**fields: Any) -> dict[str, Any]:
    """Zhang San calls about the bill."""
    number = next(_numbers)
    plain = {
        "external_id": f"call-{number}-{uuid4().hex[:6]}",
        "from": "013812345678",
        "to": "10086",
        "queue": "billing",
    }
    return {name: value for name, value in (plain | fields).items() if value is not ...}


def event(type: str, **fields: Any) -> dict[str, Any]:
    """A report of the switch, as of now."""
    at = fields.pop("at", None) or db_now()
    return {"type": type, "at": at.isoformat() if isinstance(at, datetime) else at} | fields
