"""The page a caller answers on: signed, expiring, in both languages, each answer once."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
from django.test import Client

from callcenter.foundation.clock import db_now
from ivr.models import SurveyInvitation
from ivr.surveys import operations
from ivr.surveys.links import token_of
from ivr.surveys.queries import newest_form

pytestmark = pytest.mark.django_db


@pytest.fixture
def address() -> str:
    """Mrs Chen waited, left, and was sent a message."""
    now = db_now()
    operations.publish_shipped(now=now)
    row = SurveyInvitation.objects.create(
        call=UUID(int=1), at=now, state="invited", reason="invited", channel="link", reached="queue", language="zh-Hans",
        form=newest_form(key="after_menus"), expires_at=now + timedelta(hours=72),
    )  # fmt: skip
    return f"/s/{token_of(invitation_id=row.pk)}"


def test_mrs_chen_answers_in_chinese(client: Client, address: str) -> None:
    page = client.get(address)
    text = page.content.decode()
    assert '<html lang="zh-Hans">' in text
    assert "您这次办理业务方便吗？" in text
    assert "how easy" not in text.lower()
    assert "How easy was it" in client.get(f"{address}?lang=en").content.decode()
    assert page["Cache-Control"] == "no-store"
    assert page["Referrer-Policy"] == "no-referrer"

    thanks = client.post(address, {"ease": "2", "solved": "2", "comment": "等了太久"})
    assert "谢谢" in thanks.content.decode()
    row = SurveyInvitation.objects.get()
    assert (row.state, row.score, row.good, row.comment) == ("complete", 2, False, "等了太久")
    client.post(address, {"ease": "5"})
    assert SurveyInvitation.objects.get().score == 2  # once


def test_what_is_missing_is_said_and_nothing_is_lost(client: Client, address: str) -> None:
    empty = client.post(f"{address}?lang=en", {})
    assert empty.status_code == 422
    assert "Please choose an answer" in empty.content.decode()
    forged = client.post(f"{address}?lang=en", {"ease": "9", "solved": "1"})
    assert forged.status_code == 422
    assert "Please choose one of the answers" in forged.content.decode()
    assert SurveyInvitation.objects.get().stopped_at == "solved"  # the good half is stored
    client.post(address, {"ease": "4"})
    assert SurveyInvitation.objects.get().state == "complete"


def test_addresses_end_and_cannot_be_made_up(client: Client, address: str) -> None:
    SurveyInvitation.objects.update(expires_at=db_now())
    late = client.post(f"{address}?lang=en", {"ease": "4"})
    assert late.status_code == 410
    assert "This survey is over" in late.content.decode()
    for wrong in (
        "/s/x",
        address[:-1] + ("a" if address[-1] != "a" else "b"),
        f"/s/{token_of(invitation_id=UUID(int=9))}",
    ):
        assert client.get(wrong).status_code == 404
    assert Client(enforce_csrf_checks=True).post(address, {"ease": "4"}).status_code == 403
