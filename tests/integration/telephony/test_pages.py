"""The integration pages: who may look, who may act, what is shown once, and what the inspector keeps."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client

from callcenter.accounts import api_keys
from callcenter.accounts.models import ApiKey, User
from callcenter.foundation.clock import db_now
from callcenter.foundation.models import AuditEntry
from callcenter.live.publishing import publish
from callcenter.telephony import inspecting, tasks
from callcenter.telephony.dialects import lines
from callcenter.telephony.dialects.guides import GUIDES
from callcenter.telephony.inspecting import ApiRequest
from callcenter.telephony.models import LineSecret, Trunk
from callcenter.telephony.pages import health
from callcenter.telephony.webhooks.models import WebhookDelivery, WebhookEndpoint
from routing.operations import listening
from tests.integration.telephony.conftest import Caller, Floor, arrival, event

HOME = "/integration/"


def somebody(role: str, language: str = "en") -> Client:
    client = Client()
    person = User.objects.create_user(f"{role}-{language}", role=role)
    client.force_login(person, "django.contrib.auth.backends.ModelBackend")
    client.cookies["django_language"] = language
    return client


@pytest.fixture(autouse=True)
def _fresh_lines() -> None:
    lines.forget()


@pytest.fixture
def admin(floor: Floor) -> Client:
    return somebody("admin")


def _key(text: str) -> str:
    found = re.search(r"zk_[a-z0-9]{8}_[\w-]+", text)
    assert found
    return found.group()


# --- keys -------------------------------------------------------------------------------------------------------------
def test_a_key_is_made_shown_once_and_works(admin: Client, floor: Floor) -> None:
    made = admin.post(f"{HOME}keys/", {"name": "PBX 1", "trunk": "pbx-1", "days": "30", "scopes": ["calls:write"]})
    text = _key(made.content.decode())
    assert made["Cache-Control"].startswith("max-age=0")
    assert Caller(key=text, client=Client()).post("/calls", arrival()).status_code == 202
    assert text not in admin.get(HOME).content.decode()
    key = ApiKey.objects.get(name="PBX 1")
    assert (key.domain, key.trunk) == ("main", "pbx-1")
    assert AuditEntry.objects.get(action="key.created").subject == f"key:{key.prefix}"


def test_a_rotated_key_lives_on_for_its_overlap(admin: Client, floor: Floor) -> None:
    old = floor.caller("calls:read", trunk="pbx-1")
    prefix = old.key[3:11]
    fresh = Caller(
        key=_key(admin.post(f"{HOME}keys/{prefix}/rotate/", {"hours": "1"}).content.decode()), client=Client()
    )
    for caller in (old, fresh):
        assert caller.get("/calls/c_1").json()["code"] == "not_found"
    expires = ApiKey.objects.get(prefix=prefix).expires_at
    assert timedelta(minutes=59) < expires - db_now() <= timedelta(hours=1)


def test_what_a_key_sent_and_its_heirs_repeat_is_done_once(admin: Client, floor: Floor) -> None:
    def rotated(caller: Caller) -> Caller:
        shown = admin.post(f"{HOME}keys/{caller.key[3:11]}/rotate/", {"hours": "1"})
        return Caller(key=_key(shown.content.decode()), client=Client())

    old = floor.caller("calls:write", "calls:read", trunk="pbx-1")
    call = old.post("/calls", arrival()).json()["call"]["id"]
    first = old.post(f"/calls/{call}/cancel", Idempotency_Key="once")
    heir = rotated(old)
    for caller in (heir, rotated(heir), old):
        again = caller.post(f"/calls/{call}/cancel", Idempotency_Key="once")
        assert (again.status_code, again.json()) == (first.status_code, first.json())
        assert again["Idempotent-Replay"] == "true"
    stranger = floor.caller("calls:write", "calls:read", trunk="pbx-1")
    assert "Idempotent-Replay" not in stranger.post(f"/calls/{call}/cancel", Idempotency_Key="once")


def test_a_revoked_key_is_out_of_use(admin: Client, floor: Floor) -> None:
    caller = floor.caller("calls:read")
    assert admin.post(f"{HOME}keys/{caller.key[3:11]}/revoke/").status_code == 302
    assert caller.get("/calls/c_1").status_code == 401
    assert admin.post(f"{HOME}keys/{caller.key[3:11]}/revoke/").status_code == 404


def test_a_form_that_says_too_little_comes_back_with_what_was_entered(admin: Client) -> None:
    answer = admin.post(f"{HOME}keys/", {"name": "half a key", "days": "999", "domain": "main"})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "half a key" in page
    assert "Choose at least one." in page
    assert re.findall(r'name="(\w+)" aria-invalid="true"( autofocus)?', page) == [
        ("days", " autofocus"),
        ("scopes", ""),
    ]
    assert not ApiKey.objects.exists()


# --- webhooks -----------------------------------------------------------------------------------------------------------
def test_a_webhook_from_its_form_to_its_log(admin: Client, floor: Floor) -> None:
    refused = admin.post(f"{HOME}webhooks/", {"url": "https://10.0.0.1/", "types": "call.*", "domain": "main"})
    assert refused.status_code == 422
    assert "not a public one" in refused.content.decode()
    assert 'name="url" aria-invalid="true" autofocus' in refused.content.decode(), "the form stands below the fold"
    made = admin.post(
        f"{HOME}webhooks/", {"url": "https://crm.example.com/in", "types": "call.*, agent.*", "domain": "main"}
    )
    assert "whsec_" in made.content.decode()
    hook = WebhookEndpoint.objects.get()
    assert hook.types == ["call.*", "agent.*"]

    page = f"{HOME}webhooks/wh_{hook.pk.hex}/"
    assert "on its way" in admin.post(f"{page}test/", follow=True).content.decode()
    sent = WebhookDelivery.objects.get()
    shown = admin.get(f"{page}deliveries/{sent.pk}/").content.decode()
    assert "zhiyin.webhook.tested.v1" in shown
    assert admin.post(f"{page}deliveries/{sent.pk}/redeliver/").status_code == 302
    assert "Switched off" in admin.post(f"{page}off/", follow=True).content.decode()
    assert "Switched on" in admin.post(f"{page}on/", follow=True).content.decode()
    assert "whsec_" in admin.post(f"{page}rotate/", {"hours": "1"}).content.decode()
    assert "still in use" in admin.post(f"{page}rotate/", follow=True).content.decode()
    assert admin.post(f"{page}nonsense/").status_code == 404
    assert admin.post(f"{page}remove/").status_code == 302
    assert not WebhookEndpoint.objects.exists()


def test_supervisors_look_and_do_not_act(floor: Floor, switch: Caller) -> None:
    ada = somebody("supervisor")
    hook = switch.post("/webhooks", {"url": "https://crm.example.com/in"}).json()["webhook"]["id"]
    page = ada.get(HOME).content.decode()
    assert "https://crm.example.com/in" in page
    assert "Make a key" not in page
    for url in (f"{HOME}keys/", f"{HOME}keys/{switch.key[3:11]}/revoke/", f"{HOME}webhooks/{hook}/remove/"):
        assert ada.post(url).status_code == 403
    assert somebody("agent").get(HOME).status_code == 403


# --- connectors and the inspector -----------------------------------------------------------------------------------------
def test_a_switch_that_reports_is_shown_with_what_it_sent(admin: Client, floor: Floor, switch: Caller) -> None:
    assert "nothing heard yet" in admin.get(HOME).content.decode()
    call = switch.post("/calls", arrival()).json()["call"]["id"]
    switch.post(f"/calls/{call}/events", [event("ringing"), {"type": "nonsense"}])
    page = admin.get(HOME).content.decode()
    assert "nothing heard yet" not in page
    assert "kept aside" in page
    assert "ringing" not in admin.get(f"{HOME}?events=refused").content.decode().split('id="events"')[1]


def test_refused_requests_are_kept_masked_and_others_while_somebody_looks(
    admin: Client, floor: Floor, switch: Caller
) -> None:
    prefix = switch.key[3:11]
    switch.get("/agents")
    switch.get("/calls/ext:pbx:13812345678")
    row = ApiRequest.objects.get()
    assert (row.status, row.code, row.method) == (404, "not_found", "GET")
    assert "13812345678" not in row.path + row.sentence
    assert "138****5678" in row.path

    assert "138****5678" in admin.get(f"{HOME}keys/{prefix}/").content.decode()
    api_keys.forget()  # five seconds later
    switch.get("/agents")
    part = admin.get(f"{HOME}keys/{prefix}/", headers={"HX-Request": "true"}).content.decode()
    assert "/api/v1/agents" in part
    assert 'id="requests"' not in part, "a part that holds the place it is put into cannot be put there"


def test_a_wrong_secret_is_shown_to_the_engineer_of_that_key(admin: Client, floor: Floor, switch: Caller) -> None:
    prefix = switch.key[3:11]
    Caller(key=f"zk_{prefix}_wrong", client=Client()).get("/agents")
    assert inspecting.last(prefix=prefix)[0].status == 401


def test_the_page_connect_shows_what_its_switch_asked_and_was_told(admin: Client, floor: Floor, switch: Caller) -> None:
    Trunk.objects.filter(key="pbx-1").update(dialect="text")
    key, page, hook = floor.caller(trunk="pbx-1").key, f"{HOME}connect/pbx-1/", "/telephony/pbx-1/voice"
    said = urlencode({"call": "1.1", "from": "013812345678", "to": "10086", "queue": "billing"})
    form = "application/x-www-form-urlencoded"
    lines.forget()
    Client().post(hook, said, content_type=form)
    assert "as the password of Basic authentication" in admin.get(page).content.decode()
    lines.forget()  # five seconds later
    assert (
        Client(headers={"Authorization": f"Bearer {key}"}).post(hook, said, content_type=form)["Zhiyin-Answer"]
        == "wait"
    )
    part = admin.get(page, headers={"HX-Request": "true"}).content.decode()
    assert "the caller waits" in part
    assert "rings an agent" not in part
    lines.forget()


def test_the_inspector_stays_small(floor: Floor, switch: Caller) -> None:
    for _ in range(30):
        switch.get("/calls/c_1")
    assert ApiRequest.objects.count() < 30  # a few a second
    now = db_now()
    old = [
        ApiRequest(prefix=prefix, at=now, method="GET", path="/", status=404, took_ms=1)
        for prefix in ("aaaaaaaa", "bbbbbbbb")
        for _ in range(250)
    ]
    ApiRequest.objects.bulk_create(old)
    tasks.sweep_requests()
    assert ApiRequest.objects.filter(prefix="aaaaaaaa").count() == inspecting.KEPT
    assert inspecting.sweep(now=now + timedelta(days=8)) > 400


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("/calls/ext:pbx:013812345678@10.1.2.3", "/calls/ext:pbx:****5678@10.1.2.3"),
        ("/calls/c_01990f2a6c5b7d31a4c2f0b1d2e3f405", "/calls/c_01990f2a6c5b7d31a4c2f0b1d2e3f405"),
        ("No +8613812345678 here", "No 138****5678 here"),
        ("/events?after=main:1042&limit=50", "/events?after=main:1042&limit=50"),
    ],
)
def test_numbers_are_masked_and_ids_are_not(text: str, shown: str) -> None:
    masked = inspecting.masked(text)
    assert "13812345678" not in masked
    if "c_" in text or "main" in text or "+86" in text:
        assert masked == shown


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_the_pages_hold_nothing_inline(floor: Floor, switch: Caller, language: str) -> None:
    client = somebody("admin", language)
    hook = switch.post("/webhooks", {"url": "https://crm.example.com/in"}).json()["webhook"]["id"]
    test: Any = switch.post(f"/webhooks/{hook}/test").json()["delivery"]["id"]
    urls = [
        "",
        f"keys/{switch.key[3:11]}/",
        f"webhooks/{hook}/",
        f"webhooks/{hook}/deliveries/{test.removeprefix('d_')}/",
    ]
    for url in urls:
        answer = client.get(HOME + url)
        page = answer.content.decode()
        assert answer.status_code == 200
        assert not re.search(r"\sstyle=|\son\w+=|<script>", page)
        assert ("集成" in page) == (language == "zh-hans")


# --- connecting a switch ------------------------------------------------------------------------------------------------
def test_who_sets_no_queue_is_told_where_callers_end(admin: Client, floor: Floor) -> None:
    Trunk.objects.filter(key="pbx-1").update(dialect="twiml")
    assert b"No queue is set" in admin.get(f"{HOME}connect/pbx-1/").content
    admin.post(f"{HOME}connect/pbx-1/voice/", {"dialect": "twiml", "queue": "billing", "language": "zh"})
    assert b"No queue is set" not in admin.get(f"{HOME}connect/pbx-1/").content


def test_each_dialect_tells_how_to_connect_with_the_addresses_filled_in(admin: Client, floor: Floor) -> None:
    for guide in GUIDES:
        page = admin.get(f"{HOME}connect/pbx-1/?dialect={guide.dialect}").content.decode()
        assert guide.name in page
        assert "{base}" not in page
        assert "http://testserver/" in page or guide.dialect == "ari"
    chinese = somebody("supervisor", "zh-hans").get(f"{HOME}connect/pbx-1/?dialect=twiml").content.decode()
    assert "签名密钥" in chinese or "接入" in chinese
    assert "id_secret" not in chinese


def test_a_key_is_made_and_filled_in_once(admin: Client, floor: Floor) -> None:
    made = admin.post(f"{HOME}connect/pbx-1/key/?dialect=text")
    text = _key(made.content.decode())
    told = Client().get(
        "/telephony/pbx-1/voice?format=text&call=c1&queue=billing", headers={"Authorization": f"Bearer {text}"}
    )
    assert told.content.decode().startswith("action=wait")
    assert text not in admin.get(f"{HOME}connect/pbx-1/?dialect=text").content.decode()


def test_a_secret_is_kept_sealed_and_the_one_before_lives_on_for_its_overlap(admin: Client, floor: Floor) -> None:
    for number, secret in enumerate(("first-secret", "second-secret", "third-secret")):
        admin.post(f"{HOME}connect/pbx-1/secret/", {"secret": secret, "hours": "1"})
        lines.forget()
        line = lines.line(trunk="pbx-1")
        assert line is not None
        assert (
            line.secrets
            == [("first-secret",), ("second-secret", "first-secret"), ("second-secret", "first-secret")][number]
        )
    assert not LineSecret.objects.filter(sealed__contains="secret").exists()
    assert AuditEntry.objects.filter(action="trunk.secret_changed").count() == 2


def test_how_callers_are_met_is_settled_by_administrators_alone(admin: Client, floor: Floor) -> None:
    wish = {"dialect": "jambonz", "queue": "billing", "language": "en", "fallback_number": "+861084110011"}
    assert somebody("supervisor").post(f"{HOME}connect/pbx-1/voice/", wish).status_code == 403
    assert admin.post(f"{HOME}connect/pbx-1/voice/", wish).status_code == 302
    line = lines.line(trunk="pbx-1")
    assert line is not None
    assert (line.dialect, line.menus, line.queue, line.language) == ("jambonz", False, "billing", "en")
    refused = admin.post(f"{HOME}connect/pbx-1/voice/", wish | {"music_url": "javascript:1"})
    assert refused.status_code == 422 and 'name="music_url" aria-invalid="true" autofocus' in refused.content.decode()


# --- how the line is ----------------------------------------------------------------------------------------------------
def test_a_clock_an_hour_off_ghosts_and_what_is_unheard_stand_on_the_page(
    admin: Client, floor: Floor, switch: Caller
) -> None:
    switch.post("/calls", arrival(external_id="ghost"))
    behind = db_now() - timedelta(hours=1)
    switch.post("/switch-events", [event("ringing", external_id="ghost", at=behind)])
    assert "1:00:0" in admin.get(HOME).content.decode()
    publish()
    cursor = switch.get("/instructions").json()["next"]
    listening.forget()  # its next sign of life is written down at once
    switch.get(f"/instructions?after={cursor}")
    switch.post("/trunks/pbx-1/started", {"boot": "b2"})
    floor.sign_in(switch, floor.lin)
    switch.post("/calls", arrival())
    publish()
    (line,) = health.connectors(domain="main", now=db_now())
    assert line.trunk.ghosts_closed == 1
    assert (line.is_off, round(line.off_s / 60)) == (True, 60)
    assert line.unheard == 1
    page = somebody("supervisor", "zh-hans").get(HOME).content.decode()
    assert "已清理的幽灵来电" in page and "慢 1:00:0" in page


@pytest.mark.parametrize(
    ("address", "back"),
    [
        ("keys/", ""),
        ("webhooks/", ""),
        ("keys/{prefix}/rotate/", "keys/{prefix}/"),
        ("connect/pbx-1/key/", "connect/pbx-1/"),
        ("webhooks/wh_1/test/", "webhooks/wh_1/"),
    ],
)
def test_who_reloads_or_chooses_a_language_after_a_change_is_led_back(
    admin: Client, floor: Floor, switch: Caller, address: str, back: str
) -> None:
    """A blank 405 was there before."""
    prefix = switch.key[3:11]
    before = ApiKey.objects.count()
    led = admin.get(HOME + address.format(prefix=prefix))
    assert (led.status_code, led.headers["Location"]) == (302, HOME + back.format(prefix=prefix))
    assert admin.delete(HOME + address.format(prefix=prefix)).status_code == 405
    assert ApiKey.objects.count() == before
