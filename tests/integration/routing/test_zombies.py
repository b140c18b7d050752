"""A frozen dispatcher holds nobody up, and writes nothing when it wakes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import psutil
import pytest
from django.db import connection
from django.db.models import F

from callcenter.foundation.clock import db_now
from callcenter.foundation.models import Event
from routing import operations, queries
from routing.models import Domain, Reservation
from tests.integration.routing.world import World

pytestmark = [pytest.mark.kill, pytest.mark.django_db(transaction=True)]

ROOT = Path(__file__).resolve().parents[3]
# Locks are counted by what the database says of itself, so a busy machine does not change the answer.
FREED_S = 2.5
OLDEST_HOLD = """
SELECT extract(epoch FROM clock_timestamp() - state_change)::float8 FROM pg_stat_activity
WHERE application_name = 'zhiyin-route' AND datname = current_database() AND state LIKE 'idle in transaction%'
"""


@pytest.fixture
def floor() -> World:
    return World(domain=Domain.objects.create(key="main", name="Main"), now=db_now())


def until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < deadline, "it did not come about in time"
        time.sleep(0.02)


@contextmanager
def asleep(moment: str) -> Iterator[subprocess.Popen[str]]:
    """A dispatcher of domain main, frozen at this moment."""
    known = connection.settings_dict
    environment = os.environ | {
        "DATABASE_URL": f"postgresql://{known['USER']}@/{known['NAME']}?host={known['HOST']}",
        "DJANGO_SETTINGS_MODULE": "callcenter.settings",
        "ZHIYIN_PROCESS": "route",
    }
    command = [sys.executable, "-m", "tests.integration.routing.sleepwalker", moment]
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)
    try:
        until(lambda: psutil.Process(process.pid).status() in {psutil.STATUS_STOPPED, psutil.STATUS_ZOMBIE})
        assert process.poll() is None, "it ended before it fell asleep"
        yield process
    finally:
        process.kill()
        process.communicate()


def wake(process: subprocess.Popen[str]) -> str:
    process.send_signal(signal.SIGCONT)
    said, _ = process.communicate(timeout=60)
    return said.strip()


def test_who_wakes_with_a_lost_lease_writes_nothing(floor: World) -> None:
    """Lin is free and Zhang San waits; still the sleeper may not bring them together."""
    call = floor.waiting(floor.queue(members=(floor.agent("lin"),)))
    with asleep("before") as sleeper:
        later = db_now() + timedelta(seconds=4)  # a lease lives three
        assert operations.take_lease(domain="main", holder="next", now=later)
        assert wake(sleeper) == "went on"
    assert not Reservation.objects.exists()
    assert queries.call(call_id=call.id).state == "queued"


def test_who_sleeps_behind_its_write_holds_nothing_and_is_believed(floor: World) -> None:
    call = floor.waiting(floor.queue(members=(floor.agent("lin"),)))
    with asleep("written") as sleeper:
        assert _oldest_hold() is None
        [made] = Reservation.objects.all()
        lease = operations.take_lease(domain="main", holder="next", now=db_now() + timedelta(seconds=4))
        assert operations.assign_waiting(domain="main", now=db_now(), lease=lease) == []
        assert wake(sleeper) == "went on"
    assert [(row.pk, row.call_id) for row in Reservation.objects.all()] == [(made.pk, call.id)]


def test_what_a_sleeper_holds_is_free_again_while_it_sleeps(floor: World) -> None:
    """Lin's ring has run out; the sleeper is about to take it back."""
    floor.waiting(floor.queue(members=(floor.agent("lin"),)))
    [ring] = operations.assign_waiting(domain="main", now=floor.now)
    Reservation.objects.update(expires_at=F("created_at") + timedelta(milliseconds=1))
    with asleep("holding") as sleeper:
        held = 0.0
        while (seen := _oldest_hold()) is not None:
            held = max(held, seen)
            assert held < FREED_S
            time.sleep(0.02)
        assert held > 0, "it held nothing"
        lease = operations.take_lease(domain="main", holder="next", now=db_now() + timedelta(seconds=4))
        operations.sweep(domain="main", now=db_now(), lease=lease)
        assert Reservation.objects.get(pk=ring.id).state == "timeout"
        assert wake(sleeper) == "went on"  # it was cut off, and says so in its log
    assert Event.objects.filter(type="reservation.timeout").count() == 1


def _oldest_hold() -> float | None:
    with connection.cursor() as cursor:
        cursor.execute(OLDEST_HOLD)
        row = cursor.fetchone()
    return None if row is None else float(row[0])
