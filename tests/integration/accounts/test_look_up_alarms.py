"""Root looks up one customer after the other without a call; Ada is told, asks, and writes down what it was."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.test import Client

from callcenter.accounts import look_up_alarms, lookups, reveals
from callcenter.accounts.models import LookUpAlarm, User
from callcenter.foundation import audit
from callcenter.foundation.clock import db_now
from callcenter.foundation.errors import Conflict, Forbidden, Invalid, NotFound
from callcenter.foundation.models import AuditEntry
from callcenter.foundation.principal import Principal, Role
from customers.models import Customer, Identifier

pytestmark = pytest.mark.django_db


@pytest.fixture
def now() -> datetime:
    return db_now()


def person(name: str, role: Role) -> Principal:
    user = User.objects.create(username=name, role=role)
    return Principal(name=f"user:{user.pk}", role=role, domain="main", agent_id=None)


@pytest.fixture
def root(now: datetime) -> Principal:
    """Who may, by a rule of five an hour."""
    admin = person("root", Role.ADMIN)
    look_up_alarms.set_rule(most=5, least=2, sigmas=3, principal=admin, now=now - timedelta(hours=3))
    return admin


def people(count: int, now: datetime) -> list[str]:
    numbers = [f"+861380013800{n}" for n in range(count)]
    for number in numbers:
        one = Customer.objects.create(name="陈美", created_at=now)
        Identifier.objects.create(customer=one, kind="phone", value=number)
    return numbers


def look(who: Principal, value: str, at: datetime) -> None:
    lookups.look_up(principal=who, kind="phone", value=value, scope="", now=at)


def client_of(principal: Principal) -> Client:
    client = Client()
    client.cookies["django_language"] = "en"
    user = User.objects.get(pk=int(principal.name.removeprefix("user:")))
    client.force_login(user, "django.contrib.auth.backends.ModelBackend")
    return client


def test_the_sixth_customer_of_the_hour_raises_one_alarm_and_the_same_one_again_none(
    root: Principal, now: datetime
) -> None:
    numbers = people(7, now)
    for n, number in enumerate([*numbers[:5], *numbers[:5]]):
        look(root, number, now + timedelta(seconds=n))
    assert not LookUpAlarm.objects.exists()  # ten look-ups, five people
    look(root, numbers[5], now + timedelta(minutes=2))
    alarm = LookUpAlarm.objects.get()
    assert (alarm.looked, alarm.why, alarm.most, alarm.user.username) == (6, "many", 5, "root")
    audited = AuditEntry.objects.get(action="lookups.alarm")
    assert (audited.subject, audited.data["looked"]) == (root.name, 6)
    look(root, numbers[6], now + timedelta(minutes=3))
    alarm.refresh_from_db()
    assert (LookUpAlarm.objects.count(), alarm.looked) == (1, 7)  # the alarm of the hour grows


def test_numbers_that_lead_to_nobody_ids_and_reveals_without_a_call_count_too(root: Principal, now: datetime) -> None:
    people(1, now)
    for n in range(3):
        look(root, f"+861390013900{n}", now)  # walking through numbers
    chen = Customer.objects.get()
    lookups.open_by_id(principal=root, customer_id=chen.pk, now=now)
    other = Customer.objects.create(name="张三", created_at=now)
    reveals.reveal(principal=root, customer_id=other.pk, field="name", purpose="check", call_id=None, now=now)
    assert not LookUpAlarm.objects.exists()
    third = Customer.objects.create(name="李四", created_at=now)
    reveals.reveal(principal=root, customer_id=third.pk, field="name", purpose="check", call_id=None, now=now)
    assert LookUpAlarm.objects.get().looked == 6


def test_far_above_ones_own_hours_is_strange_below_the_limit_for_all(root: Principal, now: datetime) -> None:
    look_up_alarms.set_rule(most=60, least=2, sigmas=3, principal=root, now=now)
    for hour in range(2, 24):
        subject = f"customer:{hour}"
        audit.write(actor=root.name, action="customer.looked_up", subject=subject, now=now - timedelta(hours=hour))
    for number in people(4, now):
        look(root, number, now)
    alarm = LookUpAlarm.objects.get()
    assert (alarm.why, alarm.looked, alarm.usual) == ("unusual", 4, 1.0)


def test_somebody_else_answers_once_with_a_note(root: Principal, now: datetime) -> None:
    for number in people(6, now):
        look(root, number, now)
    ada, alarm = person("ada", Role.SUPERVISOR), LookUpAlarm.objects.get()
    for who, note, refusal in ((root, "my work", Forbidden), (ada, " ", Invalid)):
        with pytest.raises(refusal):
            look_up_alarms.answer(alarm_id=alarm.pk, note=note, principal=who, now=now)
    with pytest.raises(NotFound):
        look_up_alarms.answer(alarm_id=0, note="x", principal=ada, now=now)
    look_up_alarms.answer(alarm_id=alarm.pk, note="the letter of March", principal=ada, now=now)
    with pytest.raises(Conflict):
        look_up_alarms.answer(alarm_id=alarm.pk, note="again", principal=ada, now=now)
    assert look_up_alarms.waiting() == 0
    assert AuditEntry.objects.get(action="lookups.alarm_answered").actor == ada.name


def test_the_pages_show_it_to_who_leads_and_who_audits(root: Principal, now: datetime) -> None:
    for number in people(6, now):
        look(root, number, now)
    ada, sun = client_of(person("ada", Role.SUPERVISOR)), client_of(person("sun", Role.AUDITOR))
    alarm = LookUpAlarm.objects.get()
    for client, path in ((ada, "/floor/"), (sun, "/audit/")):
        assert "1 look-up alarm waits" in client.get(path).content.decode()
    page = ada.get("/audit/look-ups/").content.decode()
    assert "more than 5 an hour" in page and "root" in page
    own = client_of(root)
    assert "Somebody else must answer for it" in own.get("/audit/look-ups/").content.decode()
    assert ada.post(f"/audit/look-ups/{alarm.pk}/", {"note": ""}).status_code == 422
    assert ada.post(f"/audit/look-ups/{alarm.pk}/", {"note": "the letter of March"}).status_code == 302
    assert "the letter of March" in sun.get("/audit/look-ups/").content.decode()
    assert "look-up alarm" not in ada.get("/floor/").content.decode().replace("Look-up alarms", "")
    assert ada.post("/audit/look-ups/rule/", {"most": "9", "least": "2", "sigmas": "3"}).status_code == 403
    for sent, status in (({"most": "x"}, 422), ({"most": "9", "least": "10", "sigmas": "3"}, 422),
                         ({"most": "9", "least": "2", "sigmas": "2.5"}, 302)):  # fmt: skip
        assert own.post("/audit/look-ups/rule/", sent).status_code == status
    assert look_up_alarms.threshold().most == 9
