"""The relay numbers what is committed: nothing lost, nothing twice, each call's own order kept."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from django.db import connection, transaction

from callcenter.foundation import events, heartbeats, wakeups
from callcenter.foundation.clock import db_now
from callcenter.foundation.models import Event
from callcenter.live import feed, publishing
from tests.integration.live.browsers import ROOT, environment

pytestmark = pytest.mark.django_db(transaction=True)


def record(type: str = "call.arrived", **facts: Any) -> Event:
    events.record(type=type, now=db_now(), domain="main", actor="test", **facts)
    return Event.objects.latest("id")


def other_connection() -> psycopg.Connection[Any]:
    return psycopg.connect(environment()["DATABASE_URL"])


def insert(db: psycopg.Connection[Any], type: str) -> None:
    db.execute(
        "INSERT INTO event_log (type, at, domain, actor, data) VALUES (%s, clock_timestamp(), 'main', 'test', '{}')",
        [type],
    )


def test_an_event_that_commits_late_is_not_skipped() -> None:
    with other_connection() as early, other_connection() as late:
        insert(late, "drawn.first")  # the lower id, not yet committed
        insert(early, "drawn.second")
        early.commit()
        publishing.publish()
        cursor = feed.newest()
        late.commit()
        publishing.publish()
    assert [event.type for event in feed.read(after=0, limit=10)] == ["drawn.second", "drawn.first"]
    assert [event.type for event in feed.read(after=cursor, limit=10)] == ["drawn.first"]


def test_what_is_rolled_back_is_never_published() -> None:
    with transaction.atomic():
        record()
        transaction.set_rollback(True)
    record()
    publishing.publish()
    assert [event.seq for event in feed.read(after=0, limit=10)] == [1]


def test_numbers_have_no_gap_over_batches_and_an_empty_look_changes_nothing() -> None:
    for _ in range(7):
        record()
    counts = [publishing.publish(limit=3) for _ in range(4)]
    assert counts == [3, 3, 1, 0]
    assert [event.seq for event in feed.read(after=0, limit=10)] == list(range(1, 8))


def test_events_of_a_call_keep_their_order_even_where_ids_do_not() -> None:
    call, other = uuid4(), uuid4()
    record("call.queued", call=call, seq_in_call=2)
    record("call.arrived", call=other, seq_in_call=1)
    record("call.arrived", call=call, seq_in_call=1)
    publishing.publish(limit=1)  # the limit cuts between them: the earlier one comes along
    publishing.publish()
    told = [(event.call, event.seq_in_call) for event in feed.read(after=0, limit=10)]
    assert [n for who, n in told if who == call] == [1, 2]
    assert len(told) == 3


def test_reading_by_type_domain_agent_and_range() -> None:
    record("agent.signed_in", agent=7)
    record("call.arrived", call=uuid4(), seq_in_call=1)
    events.record(type="call.arrived", now=db_now(), domain="other", actor="test")
    publishing.publish()
    assert [event.seq for event in feed.read(after=0, limit=9, types={"call.arrived"})] == [2, 3]
    assert [event.seq for event in feed.read(after=0, limit=9, domain="main")] == [1, 2]
    assert [event.seq for event in feed.read(after=0, limit=9, agent=7)] == [1]
    assert [event.seq for event in feed.read(after=0, until=1, limit=9)] == [1]
    assert (feed.oldest(), feed.newest()) == (1, 3)


@contextmanager
def relay() -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(
        [sys.executable, "manage.py", "relay"], cwd=ROOT, env=environment(ZHIYIN_PROCESS="relay"),
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()


def until(true: Callable[[], bool], seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not come true in time"
        time.sleep(0.05)


def terminate_relays() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE application_name = 'zhiyin-relay' AND datname = current_database()"
        )


@pytest.mark.kill
def test_a_standby_takes_over_from_a_killed_relay_and_a_lost_connection_is_made_anew() -> None:
    with relay() as first:
        record()
        until(lambda: feed.newest() == 1)
        with relay() as second:
            first.kill()
            first.wait()
            record()
            until(lambda: feed.newest() == 2)
            terminate_relays()
            record()
            until(lambda: feed.newest() == 3)
            assert second.poll() is None
            assert heartbeats.ages()["relay"] < 5
            second.send_signal(signal.SIGTERM)
            assert second.wait(10) == 0


def test_publishing_wakes_the_live_streams() -> None:
    sleeper = wakeups.Sleeper("live")
    try:
        with relay():
            record()
            until(lambda: feed.newest() == 1)
            assert sleeper.wait(10)
    finally:
        sleeper.close()


def test_only_one_relay_publishes() -> None:
    with other_connection() as other:
        other.execute("SELECT pg_advisory_lock(%s)", [publishing._LOCK])
        assert publishing.take_lock() is False
    until(publishing.take_lock)  # the server needs a moment to see that the other one has gone
    publishing.release_lock()


def test_a_feed_whose_relay_is_away_is_behind() -> None:
    assert feed.is_behind(seconds=0) is False
    record()
    time.sleep(0.01)
    assert feed.is_behind(seconds=0) is True
    assert feed.is_behind(seconds=60) is False
    publishing.publish()
    assert feed.is_behind(seconds=0) is False
