"""Ada reads what changed in the menus: the fault that was planted, its calls one click away, in her language."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from callcenter.foundation.clock import db_now
from ivr.flows import operations
from ivr.flows.queries import published
from ivr.models import Session
from ivr.paths.packing import Packed
from tests.integration.floor.story import person

pytestmark = pytest.mark.django_db


def month(now: datetime) -> None:
    """Twelve days of forty callers each; since the seventh the bills menu takes no key at first from most."""
    version = published(key="operator").id
    rows = []
    for day in range(12):
        for number in range(40):
            start = (now - timedelta(days=12 - day)).replace(hour=3, minute=number, second=0, microsecond=0)
            dead = day >= 6 and number % 4 > 0
            path = [
                list(Packed("main", 0, 5000, "1", 0, 0, 0, None, 0, 0)),
                list(Packed("billing", 5000, 9000, "2", 0, 0, int(dead), None, 0, 0)),
                list(Packed("bill", 14_000, 4000, "", 0, 0, 0, None, 0, 1)),
            ]
            name = f"{day}-{number}"
            rows.append(
                Session(
                    call=f"00000000-0000-0000-0000-{day:06d}{number:06d}", source="main", external_id=name,
                    flow_version_id=version, started_at=start, ended_at=start + timedelta(seconds=18), last_at=start,
                    outcome="task", path=path,
                )
            )  # fmt: skip
    Session.objects.bulk_create(rows)


@pytest.fixture
def ada(client: Client) -> Client:
    client.force_login(person("ada", "supervisor"))
    return client


def test_the_planted_fault_is_named_and_its_calls_are_one_click_away(ada: Client) -> None:
    now = db_now()
    operations.publish_shipped(now=datetime(2026, 1, 1, tzinfo=UTC))
    month(now)
    html = ada.get("/floor/ivr/findings/").content.decode()

    assert re.findall(r'data-kind="(\w+)" data-node="(\w+)"', html) == [("dead_key", "billing")]
    since = timezone.localdate((now - timedelta(days=6)).replace(hour=3))
    assert f"<td>{since:%Y-%m-%d}</td>" in html
    (url,) = re.findall(r'href="(/floor/ivr/calls/\?[^"]*bad_key[^"]*)"', html)
    assert 'id="total">180 calls' in ada.get(url.replace("&amp;", "&")).content.decode()
    ada.cookies["django_language"] = "zh-hans"
    assert "更多来电者按下无效的按键" in ada.get("/floor/ivr/findings/").content.decode()


def test_without_calls_or_menus_the_page_says_so(ada: Client) -> None:
    assert "Nothing changed for the worse" in ada.get("/floor/ivr/findings/").content.decode()
    operations.publish_shipped(now=db_now())
    assert "Eight days with calls are needed" in ada.get("/floor/ivr/findings/").content.decode()
