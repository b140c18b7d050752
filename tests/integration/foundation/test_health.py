"""What supervisors of processes, load balancers and Prometheus are told."""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import settings
from django.db import OperationalError, connection
from django.test import Client, override_settings

from callcenter.foundation import health, heartbeats, views
from callcenter.foundation.clock import db_now
from callcenter.foundation.events import record


def test_livez_needs_no_database() -> None:
    """Without the database mark any query would fail this test."""
    answer = Client().get("/livez")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


@pytest.mark.django_db
def test_readyz_names_the_part_that_is_missing() -> None:
    heartbeats.beat(process="dispatcher-1", kind="route")
    answer = Client().get("/readyz")
    assert answer.status_code == 503
    parts = answer.json()["parts"]
    assert parts["database"]["ok"]
    assert parts["migrations"]["ok"]
    assert parts["dispatcher"]["ok"]
    assert parts["relay"] == {"ok": False, "detail": "never seen"}


@pytest.mark.django_db
def test_readyz_is_ready_once_both_loops_beat() -> None:
    for kind in ("route", "relay"):
        heartbeats.beat(process=kind, kind=kind)
    assert Client().get("/readyz").status_code == 200


@pytest.mark.django_db
def test_a_loop_that_fell_silent_is_away_even_if_another_process_is_not() -> None:
    for kind in ("route", "relay"):
        heartbeats.beat(process=kind, kind=kind)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE foundation_heartbeat SET at = at - interval '6 seconds' WHERE kind = 'relay'")
    answer = Client().get("/readyz")
    assert answer.status_code == 503
    assert not answer.json()["parts"]["relay"]["ok"]
    heartbeats.beat(process="relay-2", kind="relay")
    assert Client().get("/readyz").status_code == 200


@pytest.mark.django_db
def test_readyz_finds_out_a_database_that_takes_no_writes() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION READ ONLY")
        answer = Client().get("/readyz")
    assert answer.status_code == 503
    assert list(answer.json()["parts"]) == ["database"]


@pytest.mark.django_db
def test_startupz_looks_at_migrations() -> None:
    assert Client().get("/startupz").json()["parts"] == {"migrations": {"ok": True, "detail": ""}}


@pytest.mark.django_db
@override_settings(METRICS_TOKEN="")
def test_metrics_exist_only_for_who_holds_the_token() -> None:
    record(type="call.arrived", now=db_now(), domain="main", actor="test")
    heartbeats.beat(process="relay", kind="relay")
    client = Client()
    assert client.get("/metrics").status_code == 404
    with override_settings(METRICS_TOKEN="sesame"):
        assert client.get("/metrics").status_code == 401
        assert client.get("/metrics", headers={"Authorization": "Bearer wrong"}).status_code == 401
        text = client.get("/metrics", headers={"Authorization": "Bearer sesame"}).content.decode()
    for figure in (
        "zhiyin_requests_total{",
        "zhiyin_request_seconds_bucket{",
        'zhiyin_heartbeat_age_seconds{kind="relay"}',
        "zhiyin_event_lag_seconds ",
        "zhiyin_database_up 1.0",
        "zhiyin_sse_clients ",
        "zhiyin_denied_total ",
    ):
        assert figure in text


def test_a_database_that_is_away_is_503_with_a_time_to_come_back(monkeypatch: pytest.MonkeyPatch) -> None:
    def away(_: Any) -> None:
        raise OperationalError("connection refused: 13800138000")

    monkeypatch.setattr(views, "_report", away)
    monkeypatch.setattr(health, "migrations", lambda: None)
    client = Client(raise_request_exception=False)
    page = client.get("/startupz")
    assert page.status_code == 503
    assert page["Retry-After"] == "3"
    machine = client.get("/startupz", headers={"Accept": "application/json"})
    assert machine.json()["code"] == "unavailable"
    assert machine.json()["request_id"] == machine["X-Request-Id"]


def test_an_error_of_ours_shows_its_number_in_both_languages_and_nothing_else(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(_: Any) -> None:
        raise KeyError("13800138000")

    monkeypatch.setattr(views, "_report", broken)
    monkeypatch.setattr(health, "migrations", lambda: None)
    page = Client(raise_request_exception=False).get("/startupz", headers={"X-Request-Id": "req-12345678"})
    text = page.content.decode()
    assert page.status_code == 500
    assert "Something went wrong on our side" in text
    assert "系统内部出错" in text
    assert "req-12345678" in text
    assert "KeyError" not in text
    assert any(record.name == "django.request" and record.exc_info for record in caplog.records)


def test_pages_of_last_resort_have_no_inline_script_or_style() -> None:
    text = Client().get("/nowhere/").content.decode()
    assert "<script" not in text
    assert "style=" not in text
    assert settings.STATIC_URL in text
