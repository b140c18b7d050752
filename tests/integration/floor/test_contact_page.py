"""Ada asks the policy, proposes a change, and somebody else approves it."""

from __future__ import annotations

import json
import re
from datetime import timedelta

import pytest
from django.test import Client

from callcenter.accounts.models import User
from callcenter.foundation.clock import db_now
from callcenter.foundation.principal import Role
from customers.models import Consent, Contact, ContactRules, Customer, Identifier
from customers.offers.contact import calendars, terms
from customers.offers.contact_effect import effect
from tests.integration.customers.conftest import NOW

pytestmark = pytest.mark.django_db
PAGE = "/floor/contact-policy/"


def person(name: str, role: Role = Role.SUPERVISOR) -> Client:
    client = Client()
    client.force_login(
        User.objects.create(username=name, role=role), backend="django.contrib.auth.backends.ModelBackend"
    )
    return client


@pytest.fixture
def ada() -> Client:
    return person("ada")


def text(client: Client, path: str = PAGE) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return re.sub(r"\s+", " ", answer.content.decode())


def ask(client: Client, asked: dict[str, str]) -> str:
    answer = client.post(f"{PAGE}ask/", asked)
    assert answer.status_code == 200
    return re.sub(r"\s+", " ", answer.content.decode())


def test_ada_sees_what_counts_and_asks(ada: Client) -> None:
    customer = Customer.objects.create(name="张三", created_at=NOW)
    Identifier.objects.create(customer=customer, kind="phone", value="+8613800138000")
    Consent.objects.create(customer=customer, purpose="marketing", channel="voice", state="granted", at=NOW)
    assert "working days 09:00–12:00, 14:00–20:00" in text(ada)
    asked = {"number": "13800138000", "channel": "VOICE", "purpose": "MARKETING"}
    assert "Yes: 138****8000 may be contacted" in ask(ada, asked | {"at": "2026-11-24T10:00"})
    sunday = ask(ada, asked | {"at": "2026-11-22T10:00"})
    assert "No: 138****8000 may not be contacted" in sunday
    assert "Next: 2026-11-23 09:00." in sunday
    assert "quiet_hours" in sunday
    assert "13800138000" not in sunday.replace('value="13800138000"', "")  # what she typed herself, and nowhere else


@pytest.mark.parametrize("asked", [{"number": "hello"}, {"channel": "PIGEON"}, {"at": "tomorrow"}, {"purpose": "FUN"}])
def test_a_question_that_cannot_be_read_says_why(ada: Client, asked: dict[str, str]) -> None:
    assert 'notice-bad" role="alert"' in ask(ada, {"number": "13800138000"} | asked)


def test_four_eyes(ada: Client) -> None:
    rules = re.search(r"<textarea[^>]*>(.*?)</textarea>", ada.get(PAGE).content.decode(), re.DOTALL)
    assert rules is not None
    proposal = rules[1].replace("&quot;", '"')
    assert ada.post(PAGE, {"rules": proposal, "note": "one call less"}).status_code == 302
    made = ContactRules.objects.get()
    assert "Approve" not in text(ada, f"{PAGE}{made.pk}/effect/")  # her own
    assert ada.post(f"{PAGE}{made.pk}/", {"approve": "1"}).status_code == 409
    mei = person("mei")
    effect = text(mei, f"{PAGE}{made.pk}/effect/")
    assert "nothing can be compared" in effect and "It says what counts already" in effect and "Approve" in effect
    assert mei.post(f"{PAGE}{made.pk}/", {"approve": "1"}).status_code == 302
    assert f"version {made.pk}" in text(ada)


def test_ada_sees_whom_a_change_would_have_left_in_peace_before_anybody_approves_it(ada: Client) -> None:
    """Two calls within a month were allowed; one in a month would have barred the second, and nothing else."""
    now = db_now()
    at = [now - timedelta(days=20), now - timedelta(days=2)]
    customer = Customer.objects.create(name="张三", created_at=NOW)
    Consent.objects.create(customer=customer, purpose="marketing", channel="any", state="granted", at=NOW)
    Contact.objects.bulk_create(
        Contact(customer=customer, number="+8613800138000", channel="EMAIL", purpose="MARKETING", state="done",
                rules_version=0, actor="list", at=one)
        for one in at
    )  # fmt: skip
    rules = json.loads(terms.SHIPPED.read_text(encoding="utf-8"))
    once = {"id": "mail_once", "direction": "out", "channel": "EMAIL", "n": 1, "days": 30}
    changed = json.dumps(rules | {"limits": [*rules["limits"], once]})
    tried = re.sub(
        r"\s+", " ", ada.post(PAGE, {"rules": changed, "note": "once is enough", "try": "1"}).content.decode()
    )
    assert "Denied now, allowed before: 1" in tried and "Allowed now, denied before: 0" in tried
    assert re.search(r"<ins>\+ limits: \{[^<]*mail_once", tried) and "<del" not in tried
    assert "once is enough" in tried and not ContactRules.objects.exists()  # tried, kept in the form, not proposed
    found = effect(old=terms.shipped(), new=terms.read_rules(json.loads(changed), version=1), now=now, days=30)
    assert (found.asked, found.more, found.fewer) == (2, 1, 0)
    assert found.rules[0].rule == "mail_once" and (found.rules[0].before, found.rules[0].after) == (0, 1)
    back = effect(old=terms.read_rules(json.loads(changed), version=1), new=terms.shipped(), now=now)
    assert (back.asked, back.more, back.fewer) == (1, 0, 1)


def test_days_published_before_a_new_release_count_once_two_have_agreed(ada: Client) -> None:
    shipped = calendars.shipped()["CN"]
    day = min(day for day in shipped.undecided if day > shipped.decreed_to)
    customer = Customer.objects.create(name="张三", created_at=NOW)
    Identifier.objects.create(customer=customer, kind="phone", value="+8613800138000")
    Consent.objects.create(customer=customer, purpose="marketing", channel="voice", state="granted", at=NOW)
    asked = {"number": "13800138000", "channel": "VOICE", "purpose": "MARKETING", "at": f"{day}T10:00"}
    assert "unknown_day" in ask(ada, asked) and "Holidays of CN are decreed until" in text(ada)
    notice = {"region": "CN", "decreed_to": str(shipped.last), "workday": [str(day)]}
    rules = json.loads(terms.SHIPPED.read_text(encoding="utf-8")) | {"notices": [notice]}
    assert ada.post(PAGE, {"rules": json.dumps(rules), "note": "the notice is out"}).status_code == 302
    made, mei = ContactRules.objects.get().pk, person("mei")
    effect = text(mei, f"{PAGE}{made}/effect/")
    assert "<ins>+ notices: {&quot;decreed_to&quot;:" in effect and str(day) in effect and "<del" not in effect
    assert mei.post(f"{PAGE}{made}/", {"approve": "1"}).status_code == 302
    assert f"Yes: 138****8000 may be contacted at {day} 10:00" in ask(ada, asked)
    page = text(ada)
    assert f"CN by notice; decreed until {shipped.last}; worked {day}" in page
    assert "Holidays of CN are decreed until" not in page


def test_a_proposal_that_cannot_be_right_is_refused_and_loses_nothing(ada: Client) -> None:
    answer = ada.post(PAGE, {"rules": '{"limits": [', "note": "half a thought"})
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "no JSON" in page and "half a thought" in page and "{&quot;limits&quot;: [" in page
    assert not ContactRules.objects.exists()
    assert ada.post("/floor/contact-policy/99/", {"approve": "1"}).status_code == 404


def test_agents_do_not_see_it() -> None:
    assert person("lin", Role.AGENT).get(PAGE).status_code == 403
