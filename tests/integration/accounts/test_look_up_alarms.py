"""Root looks up one customer after the other without a call; Ada is told, asks, and writes down what it was."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.test import Client

from callcenter.accounts import look_up_alarms, lookups, reveals
from callcenter.accounts.api_keys import create_key
from callcenter.accounts.models import ApiKey, LookUpAlarm, User
from callcenter.accounts.tasks import consider_keys
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
    assert (alarm.looked, alarm.why, alarm.most, alarm.actor) == (6, "many", 5, root.name)
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


def a_key(name: str, now: datetime) -> tuple[ApiKey, Client]:
    key, text = create_key(name=name, scopes=["customers:read"], domain="main", now=now)
    return key, Client(headers={"Authorization": f"Bearer {text}"})


def ask(client: Client, number: str) -> None:
    body = {"kind": "phone", "value": number}
    answer = client.post("/api/v1/customers/lookup", body, content_type="application/json")
    assert answer.status_code == 200, answer.content


def test_a_key_that_looks_up_very_many_is_told_of_once_to_who_leads(root: Principal, now: datetime) -> None:
    look_up_alarms.set_rule(of="key", most=4, least=2, sigmas=3, principal=root, now=now)
    key, crm = a_key("CRM of the shop", now)
    numbers = people(4, now)
    for number in [*numbers, *numbers]:
        ask(crm, number)
    assert consider_keys() == 0  # four people, however often
    assert crm.get(f"/api/v1/customers/{Customer.objects.first().pk}?sections=tags").status_code == 200  # type: ignore[union-attr]
    assert consider_keys() == 0  # one of the four again
    ask(crm, "+8613900139000")  # nobody: walking through numbers counts
    assert (consider_keys(), consider_keys()) == (1, 0)
    alarm = LookUpAlarm.objects.get()
    assert (alarm.key, alarm.user, alarm.looked, alarm.why, alarm.most) == (key, None, 5, "many", 4)
    assert AuditEntry.objects.get(action="lookups.alarm").subject == f"key:{key.prefix}"
    told = AuditEntry.objects.filter(actor=f"key:{key.prefix}", action="customer.looked_up")
    assert told.count() == 9 and not [one for one in told if "139" in str(one.data)]
    ask(crm, "+8613900139001")
    assert consider_keys() == 0
    alarm.refresh_from_db()
    assert alarm.looked == 6
    ada = client_of(person("ada", Role.SUPERVISOR))
    page = ada.get("/audit/look-ups/").content.decode()
    assert "API key CRM of the shop" in page and "more than 4 an hour" in page
    assert ada.post(f"/audit/look-ups/{alarm.pk}/", {"note": "a new export of the shop"}).status_code == 302
    assert AuditEntry.objects.get(action="lookups.alarm_answered").subject == f"key:{key.prefix}"


def test_people_and_keys_have_each_their_own_rule(root: Principal, now: datetime) -> None:
    _key, crm = a_key("CRM", now)
    for number in people(7, now):
        ask(crm, number)
    assert consider_keys() == 0  # seven are many of a person by this rule, and none of a system
    own = client_of(root)
    wanted = {"of": "key", "most": "2000", "least": "100", "sigmas": "3"}
    assert own.post("/audit/look-ups/rule/", wanted).status_code == 302
    assert own.post("/audit/look-ups/rule/", wanted | {"of": "dog"}).status_code == 422
    too_many = own.post("/audit/look-ups/rule/", wanted | {"of": "person"})
    assert too_many.status_code == 422  # no person looks at that many
    assert (look_up_alarms.threshold().most, look_up_alarms.threshold(of="key").most) == (5, 2_000)


def test_a_key_far_above_its_own_hours_is_strange(root: Principal, now: datetime) -> None:
    look_up_alarms.set_rule(of="key", most=100, least=2, sigmas=3, principal=root, now=now)
    key, crm = a_key("CRM", now)
    for hour in range(2, 24):
        at = now - timedelta(hours=hour)
        audit.write(actor=f"key:{key.prefix}", action="customer.read", subject=f"customer:{hour}", now=at)
    for number in people(4, now):
        ask(crm, number)
    assert consider_keys() == 1
    assert (LookUpAlarm.objects.get().why, LookUpAlarm.objects.get().usual) == ("unusual", 1.0)
