"""Ada asks the policy, proposes a change, and somebody else approves it."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from callcenter.accounts.models import User
from callcenter.foundation.principal import Role
from customers.models import Consent, ContactRules, Customer, Identifier
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
    assert "Approve" not in text(ada)  # her own
    assert ada.post(f"{PAGE}{made.pk}/", {"approve": "1"}).status_code == 409
    mei = person("mei")
    assert "Approve" in text(mei)
    assert mei.post(f"{PAGE}{made.pk}/", {"approve": "1"}).status_code == 302
    assert f"version {made.pk}" in text(ada)


def test_a_proposal_that_cannot_be_right_is_refused_and_loses_nothing(ada: Client) -> None:
    answer = ada.post(PAGE, {"rules": '{"limits": [', "note": "half a thought"})
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "no JSON" in page and "half a thought" in page and "{&quot;limits&quot;: [" in page
    assert not ContactRules.objects.exists()
    assert ada.post("/floor/contact-policy/99/", {"approve": "1"}).status_code == 404


def test_agents_do_not_see_it() -> None:
    assert person("lin", Role.AGENT).get(PAGE).status_code == 403
