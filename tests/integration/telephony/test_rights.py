"""Who may do what: no key, a wrong one, one without the scope, one of another domain."""

from __future__ import annotations

import time
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client
from django.urls import get_resolver

from callcenter.accounts import api_keys
from callcenter.accounts.models import ApiKey
from callcenter.foundation.clock import db_now
from callcenter.telephony import rates
from callcenter.telephony.models import Trunk
from routing.models import Agent, Domain
from tests.integration.telephony.conftest import Caller, Floor, arrival, event

C, R, W = (prefix + "_" + "0" * 32 for prefix in ("c", "r", "wh"))
# Every operation with the scope that opens it.
OPERATIONS = [
    ("POST", "/calls", "calls:write"),
    ("GET", f"/calls/{C}", "calls:read"),
    ("GET", f"/calls/{C}/timeline", "calls:read"),
    ("GET", f"/calls/{C}/decision", "calls:read"),
    *[
        ("POST", f"/calls/{C}/{verb}", "calls:write")
        for verb in (
            "enqueue",
            "hold",
            "resume",
            "transfer",
            "cancel",
            "consult",
            "consult/join",
            "consult/complete",
            "consult/end",
            "divert",
        )
    ],
    ("PATCH", f"/calls/{C}", "calls:write"),
    ("GET", f"/calls/{C}/next", "calls:read"),
    ("POST", "/trunks/pbx-1/started", "trunks:write"),
    ("POST", f"/calls/{C}/events", "events:write"),
    ("POST", "/switch-events", "events:write"),
    ("POST", "/ivr/events", "ivr:write"),
    ("GET", "/reservations", "reservations:write"),
    ("GET", f"/reservations/{R}", "reservations:write"),
    *[
        ("POST", f"/reservations/{R}/{verb}", "reservations:write")
        for verb in ("accept", "reject", "complete", "extend", "ring", "answer", "no_answer", "rescind")
    ],
    ("GET", "/agents", "agents:read"),
    ("GET", "/agents/a_1/presence", "agents:read"),
    ("PUT", "/agents/a_1/presence", "agents:write"),
    ("POST", "/agents/a_1/heartbeat", "agents:write"),
    ("PUT", "/agents/a_1/device", "agents:write"),
    ("POST", "/agents/a_1/occupancy", "agents:write"),
    ("DELETE", "/agents/a_1/occupancy", "agents:write"),
    ("GET", "/agents/a_1", "agents:read"),
    ("GET", "/agents/a_1/skills", "agents:read"),
    ("PUT", "/agents/a_1/skills", "config:write"),
    ("GET", "/skills", "agents:read"),
    ("GET", "/queues", "queues:read"),
    ("GET", "/queues/billing", "queues:read"),
    ("GET", "/queues/billing/wait-estimate", "queues:read"),
    ("GET", "/queues/billing/stats", "queues:read"),
    ("GET", "/queues/billing/settings", "queues:read"),
    ("PUT", "/queues/billing/settings", "config:write"),
    ("GET", "/queues/billing/versions", "queues:read"),
    ("POST", "/simulations", "config:write"),
    ("GET", "/simulations/1", "queues:read"),
    ("GET", "/staffing", "queues:read"),
    ("GET", "/pairing/report", "queues:read"),
    ("GET", "/pairing/cycle", "queues:read"),
    ("GET", "/callbacks", "calls:read"),
    ("POST", "/callbacks", "calls:write"),
    ("GET", "/callbacks/cb_" + "0" * 32, "calls:read"),
    ("POST", f"/callbacks/cb_{'0' * 32}/cancel", "calls:write"),
    ("POST", f"/callbacks/cb_{'0' * 32}/attempts", "calls:write"),
    ("POST", f"/callbacks/cb_{'0' * 32}/reschedule", "calls:write"),
    ("POST", f"/calls/c_{'0' * 32}/hand-over", "calls:write"),
    ("POST", "/skills/changes", "config:write"),
    ("GET", "/skills/changes", "agents:read"),
    ("POST", "/customers/lookup", "customers:read"),
    ("GET", "/customers/" + "0" * 32, "customers:read"),
    ("POST", "/customers/records", "customers:write"),
    ("PUT", "/customers/records/crm/7", "customers:write"),
    ("POST", f"/customers/{'0' * 32}/relations", "customers:write"),
    ("GET", f"/customers/{'0' * 32}/timeline", "customers:read"),
    ("GET", f"/customers/{'0' * 32}/tags", "customers:read"),
    ("POST", f"/customers/{'0' * 32}/tags", "customers:write"),
    ("DELETE", f"/customers/{'0' * 32}/tags/reader", "customers:write"),
    ("GET", f"/customers/{'0' * 32}/consents", "customers:read"),
    ("GET", f"/customers/{'0' * 32}/points", "customers:read"),
    ("POST", f"/customers/{'0' * 32}/points", "points:write"),
    ("POST", f"/customers/{'0' * 32}/points/1/reverse", "points:write"),
    ("POST", f"/customers/{'0' * 32}/benefits", "points:write"),
    ("POST", "/customers/facts", "customers:write"),
    ("POST", "/identity/merges", "identity:write"),
    ("GET", "/identity/effects", "identity:read"),
    ("POST", "/identity/unmerges", "identity:write"),
    ("POST", "/identity/unmerges/records", "identity:write"),
    ("POST", "/identity/links", "identity:write"),
    ("GET", "/identity/review", "identity:read"),
    ("GET", "/identity/review/1", "identity:read"),
    ("POST", "/identity/review/1/decision", "identity:write"),
    ("GET", "/identity/audits", "identity:read"),
    ("POST", "/identity/audits/1/decision", "identity:write"),
    ("GET", "/identity/generic", "identity:read"),
    ("POST", "/identity/generic", "identity:write"),
    ("POST", "/identity/generic/1/decision", "identity:write"),
    ("GET", "/feeds", "customers:read"),
    ("POST", "/feeds", "config:write"),
    ("GET", "/feeds/1", "customers:read"),
    ("PUT", "/feeds/1", "config:write"),
    ("DELETE", "/feeds/1", "config:write"),
    ("POST", "/feeds/1/look", "config:write"),
    ("PUT", "/accounts/crm/7", "customers:write"),
    ("GET", "/segments", "segments:read"),
    ("GET", "/segments/1", "segments:read"),
    ("POST", "/segments/1/members", "segments:read"),
    ("GET", "/imports", "customers:read"),
    ("POST", "/imports", "customers:write"),
    ("GET", "/imports/1", "customers:read"),
    *[
        ("POST", f"/imports/1/{verb}", "customers:write")
        for verb in ("run", "pause", "resume", "let-in", "cancel", "undo")
    ],
    ("GET", "/imports/1/errors.csv", "customers:write"),
    ("GET", "/quality", "customers:read"),
    ("GET", "/quality/rules", "customers:read"),
    ("POST", "/segments/count", "segments:read"),
    ("POST", "/privacy/exports", "privacy:write"),
    ("GET", "/privacy/exports/1", "privacy:write"),
    ("POST", "/privacy/erasures", "privacy:write"),
    ("GET", "/privacy/erasures/1", "privacy:write"),
    ("POST", "/privacy/restrictions", "privacy:write"),
    ("POST", "/privacy/corrections", "privacy:write"),
    ("POST", "/privacy/objections", "privacy:write"),
    ("POST", "/circumstances", "contact:write"),
    ("POST", "/circumstances/1/end", "contact:write"),
    ("POST", "/contact-checks", "contact:read"),
    ("GET", "/consents", "contact:read"),
    ("POST", "/consents", "contact:write"),
    ("GET", "/campaigns/1/contacts", "contact:read"),
    ("POST", "/campaigns/1/contacts/1", "contact:write"),
    ("POST", "/triggers", "contact:write"),
    ("GET", "/events", "events:read"),
    ("GET", "/events/stream", "events:read"),
    ("GET", "/instructions", "calls:read"),
    ("GET", "/sync", "events:read"),
    ("PUT", "/trunks/pbx-1/calls", "trunks:write"),
    ("GET", "/ivr/flows", "ivr:read"),
    ("POST", "/ivr/flows", "flows:write"),
    ("GET", "/ivr/flows/operator/versions/1", "ivr:read"),
    ("POST", "/ivr/flows/operator/versions/1/publish", "flows:publish"),
    ("GET", "/ivr/intent/c_" + "0" * 32, "ivr:read"),
    ("GET", "/ivr/flows/operator/heard", "ivr:read"),
    ("GET", "/ivr/paths/query", "ivr:read"),
    ("GET", "/ivr/metrics", "ivr:read"),
    ("GET", f"/ivr/calls/{C}/path", "ivr:read"),
    ("GET", "/ivr/proposals", "ivr:read"),
    ("GET", "/ivr/proposals/1", "ivr:read"),
    ("POST", "/ivr/proposals/1/decision", "flows:publish"),
    ("POST", "/surveys/invitations", "surveys:write"),
    ("GET", "/surveys/invitations", "surveys:read"),
    ("GET", "/surveys/invitations/s_" + "0" * 32, "surveys:read"),
    ("POST", "/surveys/answers", "surveys:write"),
    ("GET", "/webhooks", "webhooks:write"),
    ("POST", "/webhooks", "webhooks:write"),
    *[(method, f"/webhooks/{W}", "webhooks:write") for method in ("GET", "PATCH", "DELETE")],
    *[("POST", f"/webhooks/{W}/{verb}", "webhooks:write") for verb in ("rotate", "test", "replay")],
    ("GET", f"/webhooks/{W}/deliveries", "webhooks:write"),
    ("GET", f"/webhooks/{W}/deliveries/d_1", "webhooks:write"),
    ("POST", f"/webhooks/{W}/deliveries/d_1/redeliver", "webhooks:write"),
]


def test_the_list_above_is_the_whole_api() -> None:
    patterns = [p for p in get_resolver("callcenter.telephony.urls").url_patterns if str(p.pattern).startswith("v1/")]
    assert len(patterns) - 1 == len({path for _, path, _ in OPERATIONS})  # limits are open to everybody


@pytest.mark.parametrize(("method", "path", "scope"), OPERATIONS)
def test_each_operation_asks_for_its_scope(floor: Floor, method: str, path: str, scope: str) -> None:
    others = [other for other in api_keys.SCOPES if other != scope]
    refused = floor.caller(*others).ask(method, path, {})
    assert (refused.status_code, refused.json()["code"]) == (403, "scope_missing")
    allowed = floor.caller(scope, trunk="pbx-1").ask(method, path, None if method == "GET" else {})
    assert allowed.status_code not in {401, 403}


@pytest.mark.parametrize(("method", "path", "scope"), OPERATIONS)
def test_nobody_comes_in_without_a_key(db: None, method: str, path: str, scope: str) -> None:
    answer = Client().generic(method, f"/api/v1{path}", b"{}", content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (401, "unauthorised")
    assert answer["WWW-Authenticate"].startswith("Bearer")
    assert answer["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize(
    "header",
    ["Bearer", "Bearer zk_", "Bearer zk_abcdefgh_wrong", "Basic zk_x_y", "Bearer \x00", "Bearer zk_ü_ö", "zk_a_b"],
)
def test_a_wrong_key_is_no_key(floor: Floor, header: str) -> None:
    assert Client().get("/api/v1/agents", headers={"Authorization": header}).status_code == 401


def test_a_key_in_the_url_opens_nothing(floor: Floor, switch: Caller) -> None:
    assert Client().get(f"/api/v1/agents?key={switch.key}").status_code == 401


@pytest.mark.parametrize("ended", [{"revoked_at": timedelta(0)}, {"expires_at": timedelta(seconds=-1)}])
def test_a_revoked_or_expired_key_is_out_within_five_seconds(
    floor: Floor, switch: Caller, monkeypatch: Any, ended: dict[str, timedelta]
) -> None:
    assert switch.get("/agents").status_code == 200
    ApiKey.objects.update(**{name: db_now() + offset for name, offset in ended.items()})
    at = time.monotonic()
    monkeypatch.setattr("callcenter.accounts.api_keys.time.monotonic", lambda: at + 5.1)
    assert switch.get("/agents").status_code == 401


def test_use_is_noted_at_most_once_a_minute(floor: Floor, switch: Caller) -> None:
    switch.get("/agents")
    first = ApiKey.objects.get().last_used_at
    api_keys.forget()
    switch.get("/agents")
    assert first is not None
    assert ApiKey.objects.get().last_used_at == first


def test_another_domains_things_do_not_exist(floor: Floor, switch: Caller) -> None:
    south = Domain.objects.create(key="south", name="South")
    Trunk.objects.create(key="south-1", group="south", domain="south")
    Agent.objects.create(domain=south, key="2001", name_en="Ada", name_zh="Ada")
    floor.sign_in(switch, floor.lin)
    body = arrival()
    made = switch.post("/calls", body).json()
    stranger = floor.caller(trunk="south-1", domain="south")
    for path in (
        f"/calls/{made['call']['id']}",
        f"/calls/ext:pbx:{body['external_id']}",
        f"/calls/{made['call']['id']}/timeline",
        f"/reservations/{made['reservation']['id']}",
        f"/agents/a_{floor.lin.pk}/presence",
        "/agents/key:1017/presence",
    ):
        assert stranger.get(path).status_code == 404, path
    assert stranger.post(f"/reservations/{made['reservation']['id']}/accept").status_code == 404
    assert stranger.post(f"/calls/{made['call']['id']}/cancel").status_code == 404
    assert [row["key"] for row in stranger.get("/agents").json()["agents"]] == ["2001"]
    assert stranger.get("/reservations").json()["reservations"] == []
    assert stranger.get("/sync").json()["calls"] == []
    device = stranger.post("/switch-events", event("device", agent=f"a_{floor.lin.pk}", device="dnd"))
    assert device.json()["results"][0]["code"] == "not_found"


def test_limits_are_open_to_everybody(db: None) -> None:
    assert Client().get("/api/v1/limits").json()["rate_per_s"] == 200


def test_too_many_requests_are_told_when_to_come_back(
    floor: Floor, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.API_RATE_PER_S, settings.API_BURST = 1, 3
    monkeypatch.setattr(rates, "time", SimpleNamespace(monotonic=lambda: 1.0))  # four requests within one instant
    switch = floor.caller(trunk="pbx-1")
    answers = [switch.get("/agents") for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 429, 429]
    assert answers[2].json()["code"] == "rate_limited"
    assert answers[2]["Retry-After"] == "1"
    assert (answers[0]["RateLimit-Limit"], answers[0]["RateLimit-Remaining"]) == ("1", "2")
    assert switch.post("/switch-events", [event("ringing")]).status_code == 202  # endings are refused last
