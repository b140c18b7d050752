"""Mei of marketing writes the words, Ada approves them, and both hear them as a customer would."""

from __future__ import annotations

import pytest
from django.test import Client

from callcenter.foundation.principal import Role
from customers.models import Customer, Identifier, ScriptVersion
from tests.integration.customers.conftest import NOW
from tests.integration.floor.test_contact_page import person

pytestmark = pytest.mark.django_db
ROW = {"stage-1": "greet", "text-1": "您好，{customer_title}，我是{agent}。", "must-1": "on"}
ASKS = {"stage-2": "ask", "text-2": "嫌贵还是嫌慢？", "answers-2": "太贵 → dear; 太慢 -> slow"}
DEAR = {"stage-3": "offer", "text-3": "每月省{{ saving|money }}。", "instead-3": "我们看看账单。", "step-3": "dear"}
SLOW = {"stage-4": "explain", "text-4": "我查一下线路。", "step-4": "slow"}
SAYS = {"kind-1": "too_dear", "says-1": "太贵了", "first-1": "我们先看账单。"}
SCRIPT = {
    "key": "leave-zh",
    "language": "zh-hans",
    "intent": "leave",
    "cue": "先听",
    **ROW,
    **ASKS,
    **DEAR,
    **SLOW,
    **SAYS,
}


@pytest.fixture
def mei() -> Client:
    return person("mei", Role.MARKETING)


@pytest.fixture
def written(mei: Client) -> ScriptVersion:
    assert mei.post("/floor/scripts/new/", SCRIPT).status_code == 302
    return ScriptVersion.objects.get()


def act(client: Client, version: ScriptVersion, **body: str) -> int:
    return client.post(f"/floor/scripts/leave-zh/{version.pk}/", body).status_code


def test_one_writes_another_publishes_and_gives_back_with_a_reason(mei: Client, written: ScriptVersion) -> None:
    assert written.lines[1]["answers"] == [{"says": "太贵", "to": "dear"}, {"says": "太慢", "to": "slow"}]
    assert written.objections[0]["answers"] == ["我们先看账单。"]
    assert act(mei, written, act="publish") == 409
    assert act(mei, written, act="hand_in") == 302
    ada = person("ada")
    assert "waits for approval" in ada.get("/floor/scripts/").content.decode()
    assert act(ada, written, act="give_back", note="") == 422
    assert act(ada, written, act="give_back", note="Too long") == 302
    assert "Too long" in mei.get("/floor/scripts/leave-zh/").content.decode()
    assert act(mei, written, act="hand_in") == 302
    assert act(ada, written, act="publish") == 302
    written.refresh_from_db()
    assert (written.state, written.note) == ("published", "")
    assert act(ada, written, act="hand_in") == 409 and act(ada, written, act="x") == 422


def test_what_cannot_be_said_is_refused_and_no_word_is_lost(mei: Client) -> None:
    answer = mei.post("/floor/scripts/new/", SCRIPT | {"text-4": "每月省30元", "step-4": "fast"})
    page = answer.content.decode()
    assert answer.status_code == 422 and not ScriptVersion.objects.exists()
    assert "Line 4: no figure typed by hand (30元)" in page and "Line 2: no later step is called slow" in page
    assert "每月省30元" in page and "太贵 → dear" in page


def test_the_other_language_must_say_the_same(mei: Client, written: ScriptVersion) -> None:
    english = {"language": "en", "stage-1": "greet", "text-1": "Hello."}
    assert mei.post("/floor/scripts/leave-zh/", english).status_code == 302
    answer = mei.post(f"/floor/scripts/leave-zh/{ScriptVersion.objects.get(language='en').pk}/", {"act": "hand_in"})
    assert answer.status_code == 422
    assert "Only one language names saving" in answer.content.decode()


def test_heard_as_a_sample_and_as_a_customer(mei: Client, written: ScriptVersion) -> None:
    path = f"/floor/scripts/leave-zh/{written.pk}/preview/"
    assert "每月省40.50元" in mei.post(path, {"sample": "1", "path": "dear"}).content.decode()
    assert "每月省" not in mei.post(path, {"sample": "1", "path": "dear", "may_sell": "0"}).content.decode()
    chen = Customer.objects.create(name="欧阳丽华", title="ms", created_at=NOW)
    Identifier.objects.create(customer=chen, kind="phone", value="+8613800138000")
    asked = {"number": "13800138000", "path": "dear"}
    assert "欧阳女士" not in mei.post(path, asked).content.decode()  # marketing hears samples only
    heard = person("ada").post(path, asked).content.decode()
    assert "欧阳女士" in heard and "我们看看账单。" in heard
    assert "leads to no one customer" in person("omar").post(path, {"number": "123"}).content.decode()


def test_agents_write_no_scripts() -> None:
    assert person("lin", Role.AGENT).get("/floor/scripts/").status_code == 403
