"""Addresses and forms that no page of ours would send, and pages of the neighbours: refused, never a fault of ours."""

from __future__ import annotations

import pytest
from django.test import Client

from callcenter.accounts.models import User
from callcenter.foundation.clock import db_now
from callcenter.foundation.ids import public
from callcenter.foundation.principal import Role
from routing.models import Agent, Call, Domain

pytestmark = pytest.mark.django_db


def browser(role: Role) -> Client:
    """The browser of somebody who has signed in."""
    client = Client(raise_request_exception=False)
    user, _ = User.objects.get_or_create(username=role.value, defaults={"role": role})
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.mark.parametrize(
    ("role", "address"),
    [
        (Role.AUDITOR, "/audit/?actor=%00"),
        (Role.SUPERVISOR, "/floor/calls/?queue=%00"),
        (Role.ADMIN, "/admin/telephony/inboundevent/?result=%00"),
    ],
)
def test_a_query_with_a_nul_is_a_bad_request(role: Role, address: str) -> None:
    answer = browser(role).get(address)

    assert answer.status_code == 400
    assert "frame-ancestors 'none'" in answer["Content-Security-Policy"]


def test_what_the_api_answers_may_do_nothing_in_a_browser() -> None:
    for address in ("/api/v1/queues", "/api/v1/nowhere"):
        assert Client().get(address)["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'"
    assert "script-src 'self'" in Client().get("/api/docs/errors")["Content-Security-Policy"]


def test_a_name_longer_than_any_is_refused_like_a_wrong_one() -> None:
    stranger = Client(raise_request_exception=False)
    wrong, long = (
        stranger.post("/accounts/login/", {"username": name, "password": "x"}) for name in ("nobody", "n" * 5_000)
    )

    assert wrong.status_code == long.status_code == 200
    sentence = "Name or password is wrong"
    assert sentence in wrong.content.decode()
    assert sentence in long.content.decode()


def test_what_is_said_of_a_session_is_kept_nowhere() -> None:
    assert "no-store" in browser(Role.SUPERVISOR).get("/live/session")["Cache-Control"]


def test_a_supervisor_of_one_floor_opens_no_call_of_another() -> None:
    ours, theirs = (Domain.objects.create(key=key, name=key) for key in ("ours", "theirs"))
    client = browser(Role.SUPERVISOR)
    user = User.objects.get(username=Role.SUPERVISOR.value)
    Agent.objects.create(domain=ours, user=user, key="ada", name_en="Ada", name_zh="艾达")
    found = [
        Call.objects.create(domain=domain, source="t", external_id=domain.key, state="arrived", arrived_at=db_now())
        for domain in (ours, theirs)
    ]

    assert [client.get(f"/floor/calls/{public('c', call.pk)}/").status_code for call in found] == [200, 404]
