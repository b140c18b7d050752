"""Real dispatchers, killed in the middle: nothing lost, nothing doubled, the order and the idle clocks as they were."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

import pytest
from django.core.management import call_command
from django.db import connection
from pytest_django import Settings

from callcenter.foundation.clock import db_now
from callcenter.foundation.errors import Refused
from callcenter.foundation.models import Heartbeat
from callcenter.foundation.wakeups import Sleeper
from routing import dispatcher, operations, queries
from routing.dispatcher import Dispatcher
from routing.models import Call, Domain, Queue, Reservation
from tests.integration.routing.world import World

ROOT = Path(__file__).resolve().parents[3]


class Pack:
    """Dispatcher processes of this test, and nothing else's."""

    def __init__(self) -> None:
        self.processes: list[subprocess.Popen[bytes]] = []

    def start(self, *, name: str = "main") -> subprocess.Popen[bytes]:
        database = connection.settings_dict
        url = f"postgresql://{database['USER']}@/{database['NAME']}?host={database['HOST']}"
        environment = os.environ | {"DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "callcenter.settings"}
        command = [sys.executable, "manage.py", "route", "--domain", name]
        process = subprocess.Popen(command, cwd=ROOT, env=environment | {"LOG_LEVEL": "WARNING"})
        self.processes.append(process)
        return process

    def kill_one(self) -> None:
        victim = random.choice(self.processes)
        victim.kill()
        victim.wait()
        self.processes.remove(victim)

    def end(self) -> None:
        for process in self.processes:
            process.kill()
            process.wait()


@pytest.fixture
def pack(floor: World) -> Iterator[Pack]:
    pack = Pack()
    yield pack
    pack.end()


@pytest.fixture
def floor(transactional_db: None, settings: Settings) -> World:
    # Real time runs here, and a busy machine may take long to start a process: no desk is to fall silent meanwhile.
    settings.PRESENCE_LEASE_S = 600
    return World(domain=Domain.objects.create(key="main", name="Main"), now=db_now())


def until(condition: Callable[[], bool], *, seconds: float = 60, each: float = 0.02) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come about in time"
        time.sleep(each)


def serve(floor: World) -> int:
    """What agents and switch do in one moment: answer what rings, end what talks, save what wraps up."""
    floor.now = db_now()
    for row in Reservation.objects.filter(state__in=["pending", "accepted", "wrapping"]):
        held = queries.reservation(reservation_id=row.pk)
        with suppress(Refused):
            if held.state == "pending":
                floor.accept(held)
                floor.bridge(held)
            elif held.state == "accepted":
                floor.hang_up(held)
            else:
                operations.complete(
                    reservation_id=held.id, agent_id=held.agent_id, disposition="ok", now=floor.now, actor="desk"
                )
    return Call.objects.filter(state="completed").count()


@pytest.mark.kill
@pytest.mark.slow
@pytest.mark.timeout(400)
def test_three_dispatchers_killed_in_the_middle(floor: World, pack: Pack) -> None:
    agents = tuple(floor.agent(f"a{no}") for no in range(5))
    queue = floor.queue(members=agents, ring_s=120)
    for _ in range(3):
        pack.start()
    offered, kills, done = 30, 0, 0
    calls = [floor.waiting(queue) for _ in range(offered)]
    until(lambda: Reservation.objects.exists(), seconds=120)
    deadline = time.monotonic() + 200
    while done < offered:
        assert time.monotonic() < deadline, f"{done} of {offered} served"
        done = serve(floor)
        if done > 6 * kills and kills < 4:  # with agents rung and callers waiting; the others take over
            pack.kill_one()
            pack.start()
            kills += 1
    assert kills == 4
    assert Counter(Call.objects.values_list("state", flat=True)) == {"completed": offered}
    served = Reservation.objects.filter(state="completed").values_list("call_id", flat=True)
    assert sorted(served) == sorted(call.id for call in calls)  # each once, by one agent
    call_command("check_invariants", verbosity=0)


@pytest.mark.kill
def test_restart_keeps_order(floor: World, pack: Pack) -> None:
    """One agent, five callers, and dispatchers killed before and between: served in order, idle clock untouched."""
    lin = floor.agent("lin")
    queue = floor.queue(members=(lin,), wrap_up_mode="none", ring_s=120)
    idle = queries.agent(agent_id=lin.pk).idle_since
    floor.say(lin, "break", "lunch")
    starts = [0, 90, 0, 180, 0]
    calls = [floor.waiting(queue, head_start_s=start) for start in starts]
    expected = [call.id for call in sorted(calls, key=lambda call: (call.place_key, call.enqueued_at, call.id))]
    first = pack.start()
    until(lambda: Heartbeat.objects.filter(process="route:main").exists())
    first.kill()
    assert queries.agent(agent_id=lin.pk).idle_since == idle
    floor.now = db_now()
    floor.sign_in(lin)
    floor.ready(lin)
    served = []
    pack.start()
    for _ in starts:
        until(lambda: Reservation.objects.filter(state="pending").exists())
        [row] = Reservation.objects.filter(state="pending")
        served.append(row.call_id)
        if len(served) == 2:
            pack.kill_one()
            pack.start()
        floor.now = db_now()
        held = queries.reservation(reservation_id=row.pk)
        floor.bridge(held)
        floor.hang_up(held)
    assert served == expected


def test_a_wake_up_is_answered_and_sigterm_ends_cleanly(floor: World, pack: Pack) -> None:
    process = pack.start()
    until(lambda: Heartbeat.objects.filter(process="route:main").exists())
    queue = floor.queue(members=(floor.agent("lin"),))
    call = floor.waiting(queue)
    until(lambda: queries.call(call_id=call.id).state == "reserved")
    process.send_signal(signal.SIGTERM)
    assert process.wait(15) == 0
    home = Domain.objects.get()
    assert home.lease_until
    assert home.lease_until <= db_now()  # the next one need not wait


def test_once_does_what_there_is_to_do(floor: World) -> None:
    queue = floor.queue(members=(floor.agent("lin"),))
    call = floor.waiting(queue)
    before = {word: signal.getsignal(word) for word in (signal.SIGTERM, signal.SIGINT)}
    try:
        call_command("route", once=True)
    finally:
        for word, handler in before.items():
            signal.signal(word, handler)
    assert queries.call(call_id=call.id).state == "reserved"


class Clock:
    """Stops a dispatcher after so many turns."""

    def __init__(self, turns: int) -> None:
        self.left = turns

    def __call__(self) -> bool:
        self.left -= 1
        return self.left < 0


@pytest.fixture
def sleeper() -> Iterator[Sleeper]:
    sleeper = Sleeper(f"route-test-{uuid4().hex[:6]}")
    yield sleeper
    sleeper.close()


def test_it_goes_on_after_the_database_was_away(
    floor: World, sleeper: Sleeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dispatcher, "PAUSE_S", (0.0, 0.01))
    queue = floor.queue(members=(floor.agent("lin"),))
    call = floor.waiting(queue)
    worker = Dispatcher(domain="main", holder="test", sleeper=sleeper, stopped=Clock(6))
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        row = cursor.fetchone()
    assert row
    from psycopg import connect

    with connect(**connection.get_connection_params() | {"cursor_factory": None}) as other:
        other.execute("SELECT pg_terminate_backend(%s)", [row[0]])
    worker.run()
    assert queries.call(call_id=call.id).state == "reserved"


def test_only_after_looking_in_vain_it_waits_for_others_who_call_it(
    floor: World, sleeper: Sleeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    rested: list[float] = []
    monkeypatch.setattr(time, "sleep", rested.append)
    monkeypatch.setattr(sleeper, "wait", lambda seconds: True)  # somebody calls all the time
    queue = floor.queue(members=(floor.agent("lin"),))
    Dispatcher(domain="main", holder="test", sleeper=sleeper, stopped=Clock(3)).run()
    assert rested == []  # nobody waits
    call = floor.waiting(queue)
    Dispatcher(domain="main", holder="test", sleeper=sleeper, stopped=Clock(3)).run()
    assert queries.call(call_id=call.id).state == "reserved" and rested == []
    floor.waiting(queue)
    Dispatcher(domain="main", holder="test", sleeper=sleeper, stopped=Clock(3)).run()
    assert rested == [dispatcher.IN_VAIN_S] * 3


def test_a_standby_leaves_the_work_to_the_holder(floor: World, sleeper: Sleeper) -> None:
    assert operations.take_lease(domain="main", holder="elsewhere", now=db_now())
    floor.waiting(floor.queue(members=(floor.agent("lin"),)))
    worker = Dispatcher(domain="main", holder="standby", sleeper=sleeper, stopped=lambda: False)
    assert worker.turn() == dispatcher.STANDBY_S
    assert not Reservation.objects.exists()
    assert Queue.objects.exists()


def test_an_unknown_domain_is_no_reason_to_die(floor: World, sleeper: Sleeper, monkeypatch: pytest.MonkeyPatch) -> None:
    """A dispatcher started before the domain was made picks it up when it is there."""
    monkeypatch.setattr(dispatcher, "PAUSE_S", (0.0, 0.01))
    worker = Dispatcher(domain="later", holder="test", sleeper=sleeper, stopped=Clock(3))
    worker.run()
    later = World(domain=Domain.objects.create(key="later", name="Later"), now=db_now())
    call = later.waiting(later.queue(members=(later.agent("lin"),)))
    Dispatcher(domain="later", holder="test", sleeper=sleeper, stopped=Clock(2)).run()
    assert queries.call(call_id=call.id).state == "reserved"
