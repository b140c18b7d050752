"""Commands of a signed-in agent that no desk would send: refused with a sentence, never a fault of ours."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import Client

from callcenter.accounts.models import User
from callcenter.console.models import NoteDraft
from callcenter.foundation.clock import db_now
from callcenter.foundation.ids import public, read_uuid
from callcenter.foundation.models import AuditEntry
from callcenter.foundation.principal import Role
from routing.models import Agent, Call, Domain, Queue, Reservation

pytestmark = pytest.mark.django_db

LEASE = uuid4()
NUL, HALF = b"\\u0000", b"\\ud800"


@pytest.fixture
def desk() -> Client:
    """Lin's browser."""
    user = User.objects.create(username="lin", role=Role.AGENT)
    Agent.objects.create(
        domain=Domain.objects.create(key="main", name="Main floor"), user=user, key="lin", name_en="Lin", name_zh="林",
        presence="available", lease_id=LEASE, lease_expires_at=db_now() + timedelta(seconds=15),
    )  # fmt: skip
    client = Client(raise_request_exception=False)
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def call(desk: Client) -> str:
    """Lin talks."""
    lin, now = Agent.objects.get(), db_now()
    call = Call.objects.create(
        domain=lin.domain, source="t", external_id="1", state="connected", arrived_at=now, connected_at=now
    )
    Reservation.objects.create(
        domain=lin.domain, call=call, agent=lin, state="accepted", created_at=now, accepted_at=now, connected_at=now
    )
    return public("c", call.pk)


def send(desk: Client, path: str, body: bytes) -> tuple[int, str]:
    """Status and code of the answer."""
    headers = {"X-Lease": str(LEASE), "Idempotency-Key": uuid4().hex}
    answer = desk.generic("POST", f"/console/{path}", body, content_type="application/json", headers=headers)
    assert answer["Content-Type"] == "application/json"
    return answer.status_code, answer.json().get("code", "")


@pytest.mark.parametrize("body", [b"[" * 30_000, b'{"a":' * 6_000], ids=["lists", "objects"])
def test_a_command_nested_without_end_is_not_json(desk: Client, body: bytes) -> None:
    assert send(desk, "pulse/", body) == (422, "malformed")


@pytest.mark.parametrize("text", [NUL, HALF], ids=["nul", "half a character"])
@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("calls/%s/note/", b'{"base_version": 0, "text": "a%sb"}'),
        ("calls/%s/transfer/", b'{"queue": "%s"}'),
        ("presence/", b'{"presence": "break", "reason": "%s"}'),
    ],
)
def test_text_that_no_database_keeps_is_refused(desk: Client, call: str, path: str, body: bytes, text: bytes) -> None:
    where = path % call if "%s" in path else path

    assert send(desk, where, body % text) == (422, "invalid_field")
    assert not NoteDraft.objects.exists()


def test_a_note_over_a_version_that_cannot_be_is_refused(desk: Client, call: str) -> None:
    assert send(desk, f"calls/{call}/note/", b'{"base_version": 2147483647, "text": "a"}') == (422, "invalid_field")
    assert send(desk, f"calls/{call}/note/", b'{"base_version": 0, "text": "a"}') == (200, "")


@pytest.fixture
def passed_on(call: str) -> str:
    """Lin wraps up; the caller talks with Omar by now."""
    lin, now = Agent.objects.get(), db_now()
    Reservation.objects.update(state="wrapping", talk_ended_at=now)
    omar = Agent.objects.create(domain=lin.domain, key="omar", name_en="Omar", name_zh="奥马尔")
    Reservation.objects.create(
        domain=lin.domain, call_id=read_uuid("c", call), agent=omar, state="accepted", created_at=now, connected_at=now
    )
    return call


@pytest.mark.parametrize("act", ["hold", "resume", "transfer", "customer"])
def test_who_passed_a_caller_on_has_no_hand_in_the_next_talk(desk: Client, passed_on: str, act: str) -> None:
    Queue.objects.create(domain=Domain.objects.get(), key="sales", name_en="Plans", name_zh="套餐")
    if act == "resume":
        Call.objects.update(held_since=db_now())
    before = Call.objects.values().get()

    assert send(desk, f"calls/{passed_on}/{act}/", b'{"queue": "sales"}') == (409, "illegal_transition")
    assert Call.objects.values().get() == before


@pytest.mark.parametrize("part", ["identity", "timeline", "offers", "script"])
def test_a_caller_whom_nobody_knows_is_not_shown_after_a_missed_ring(desk: Client, call: str, part: str) -> None:
    page = f"/console/reservations/{public('r', Reservation.objects.get().pk)}/{part}/"
    assert desk.get(page).status_code == 200

    Reservation.objects.update(state="timeout", end_reason="missed", connected_at=None, ended_at=db_now())
    assert desk.get(page).status_code == 404
    assert AuditEntry.objects.filter(action="access.denied").exists()
