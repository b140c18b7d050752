"""One masked value in clear: to who serves the customer, so often, and never without its row."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest
from django.db import connection

from callcenter.accounts import reveals
from callcenter.accounts.models import Reveal, User
from callcenter.foundation.clock import db_now
from callcenter.foundation.errors import Forbidden, Invalid, NotFound, TooMany
from callcenter.foundation.models import AuditEntry
from callcenter.foundation.principal import Principal, Role
from customers.identity import queries as identity
from customers.models import Customer
from routing.models import Agent, Call, Domain, Reservation

pytestmark = pytest.mark.django_db

NAME = "陈美玲"


@pytest.fixture
def now() -> datetime:
    return db_now()


@pytest.fixture
def mrs_chen(now: datetime) -> Customer:
    return Customer.objects.create(name=NAME, created_at=now)


@pytest.fixture
def floor() -> Domain:
    return Domain.objects.create(key="main", name="Main floor")


def person(floor: Domain, name: str) -> Principal:
    user = User.objects.create(username=name, role=Role.AGENT)
    agent = Agent.objects.create(domain=floor, user=user, key=name, name_en=name, name_zh=name)
    return Principal(name=f"user:{user.pk}", role=Role.AGENT, domain="main", agent_id=agent.pk)


@pytest.fixture
def lin(floor: Domain) -> Principal:
    return person(floor, "lin")


@pytest.fixture
def call(floor: Domain, lin: Principal, mrs_chen: Customer, now: datetime) -> UUID:
    """Lin talks with Mrs Chen."""
    call = Call.objects.create(
        domain=floor,
        source="t",
        external_id="1",
        customer=mrs_chen,
        state="connected",
        arrived_at=now,
        connected_at=now,
    )
    assert lin.agent_id is not None
    Reservation.objects.create(
        domain=floor, call=call, agent_id=lin.agent_id, state="accepted", created_at=now, accepted_at=now
    )
    return call.pk


def show(who: Principal, customer: Customer, now: datetime, **more: str) -> str:
    asked = {"field": "name", "purpose": "identity check"} | more
    return reveals.reveal(principal=who, customer_id=customer.pk, call_id=None, now=now, **asked)


def test_lin_sees_the_name_of_the_caller_she_serves_and_both_rows_say_so(
    lin: Principal, mrs_chen: Customer, call: UUID, now: datetime
) -> None:
    assert show(lin, mrs_chen, now) == NAME
    row = Reveal.objects.get()
    assert (row.subject, row.field, row.purpose, row.call) == (
        f"customer:{mrs_chen.pk}",
        "name",
        "identity check",
        call,
    )
    entry = AuditEntry.objects.get(action="customer.revealed")
    assert (entry.actor, entry.subject, entry.call) == (lin.name, f"customer:{mrs_chen.pk}", call)
    assert NAME not in str(entry.data)


def test_omar_does_not_serve_her_so_there_is_nobody_to_see(
    floor: Domain, mrs_chen: Customer, call: UUID, now: datetime
) -> None:
    omar = person(floor, "omar")
    with pytest.raises(NotFound):
        show(omar, mrs_chen, now)
    assert not Reveal.objects.exists()
    assert AuditEntry.objects.get(action="customer.reveal_denied").actor == omar.name


def test_the_right_ends_with_the_work(lin: Principal, mrs_chen: Customer, call: UUID, now: datetime) -> None:
    Reservation.objects.update(state="completed", ended_at=now)
    with pytest.raises(NotFound):
        show(lin, mrs_chen, now)


def test_thirty_an_hour_and_then_the_refusal_says_when(
    lin: Principal, mrs_chen: Customer, call: UUID, now: datetime
) -> None:
    for minute in range(30):
        show(lin, mrs_chen, now + timedelta(minutes=minute))
    with pytest.raises(TooMany) as refusal:
        show(lin, mrs_chen, now + timedelta(minutes=45))
    assert refusal.value.status == 429
    assert 14 * 60 < refusal.value.facts["retry_after_s"] <= 15 * 60 + 1
    assert Reveal.objects.count() == 30
    assert AuditEntry.objects.filter(action="customer.reveal_denied").count() == 1
    assert show(lin, mrs_chen, now + timedelta(minutes=60, seconds=1)) == NAME


def test_another_agents_reveals_do_not_count(
    floor: Domain, lin: Principal, mrs_chen: Customer, call: UUID, now: datetime
) -> None:
    omar = User.objects.create(username="omar")
    for _ in range(30):
        Reveal.objects.create(at=now, user=omar, subject="customer:x", field="name", purpose="p", call=uuid4())
    assert show(lin, mrs_chen, now) == NAME


def test_no_purpose_or_another_field_shows_nothing_and_writes_nothing(
    lin: Principal, mrs_chen: Customer, call: UUID, now: datetime
) -> None:
    for wrong in ({"purpose": "  "}, {"purpose": "x" * 121}, {"field": "note"}, {"field": "identifier:1 OR 1"}):
        with pytest.raises(Invalid):
            show(lin, mrs_chen, now, **wrong)
    assert not Reveal.objects.exists()


def test_a_machine_is_shown_nothing(lin: Principal, mrs_chen: Customer, call: UUID, now: datetime) -> None:
    key = Principal(name="key:ab12cd34", scopes=frozenset({"calls:read"}), agent_id=lin.agent_id)
    with pytest.raises(Forbidden):
        show(key, mrs_chen, now)


def test_no_row_no_value(
    lin: Principal, mrs_chen: Customer, call: UUID, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The value is read only after the rows stand: a trail that cannot be written shows nothing."""
    read: list[object] = []
    monkeypatch.setattr(identity, "reveal_value", lambda **asked: read.append(asked))
    with connection.cursor() as cursor:
        cursor.execute(
            "ALTER TABLE foundation_auditentry ADD CONSTRAINT full_disk CHECK (action <> 'customer.revealed')"
        )
    with pytest.raises(Exception, match="full_disk"):
        show(lin, mrs_chen, now)
    assert read == []
    assert not Reveal.objects.exists()
