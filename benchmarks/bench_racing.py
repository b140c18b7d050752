"""Dispatchers and web writers race for the same agents while processes are killed and frozen: nothing lost or doubled.

By hand: make bench ONLY=routing.racing. Every two seconds one process is ended by SIGKILL and started anew, and another
is frozen by SIGSTOP for longer than the dispatcher's lease: a zombie that wakes must write nothing, and what it held is
free again while it still sleeps. The work: benchmarks/racers.py.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from random import Random
from typing import Any

import psycopg

from benchmarks.figures import Figure, measured
from benchmarks.hot_floor import RELEASE
from benchmarks.scratch import ROOT, Failed, database, told

CALLS, LOST, DOUBLED = "routing.racing_calls", "routing.racing_lost", "routing.racing_doubled"
LOCKS = "routing.racing_locks_s"
NAMES = (CALLS, LOST, DOUBLED, LOCKS)
OFFERED = {"default": 4_000, "full": 100_000}
AGENTS, DISPATCHERS, WRITERS = 40, 3, 4
KILL_S, FROZEN_S = 2.0, 3.5  # a lease lives three seconds
PATIENCE_S = {"default": 600.0, "full": 7200.0}
GRACE_S = 30.0  # from the last arrival until nobody may wait any more
LOOK_S = 0.02

# Whoever is held twice over is seen by the transaction that lets them go.
WATCH = """
INSERT INTO bench_doubled
SELECT agent_id, slot FROM routing_reservation WHERE state IN ('pending', 'accepted', 'wrapping')
GROUP BY agent_id, slot HAVING count(*) > 1
"""

TAKEN_IN = "SELECT count(*) FROM routing_call"
WAITING = "SELECT count(*) FROM routing_call WHERE state <> 'completed'"
TWICE_SERVED = "SELECT count(*) - count(DISTINCT call_id) FROM routing_reservation WHERE role = 'primary'"
TWICE_HELD = "SELECT count(*) FROM bench_doubled"
# How long the oldest transaction that holds rows has been waiting for its process.
HELD_S = """
SELECT coalesce(max(extract(epoch FROM clock_timestamp() - state_change)), 0)::float8
FROM pg_stat_activity
WHERE application_name IN ('zhiyin-route', 'zhiyin-web') AND state LIKE 'idle in transaction%' AND backend_xid IS NOT NULL
"""


def run(scale: str) -> Iterator[Figure]:
    offered = OFFERED[scale]
    with database() as environment:
        told("benchmarks.racers", "floor", AGENTS, environment=environment)
        with psycopg.connect(environment["DATABASE_URL"], autocommit=True) as db:
            pack = Pack(environment, offered // WRITERS, db)
            try:
                pack.race(time.monotonic() + PATIENCE_S[scale])
            finally:
                pack.end()
            calls, waiting, served, held = (ask(db, one) for one in (TAKEN_IN, WAITING, TWICE_SERVED, TWICE_HELD))
    less = "" if scale == "full" else f", {OFFERED['full'] // offered} times fewer than named"
    said = (
        f"{calls:,} calls raced for {AGENTS} agents by {DISPATCHERS} dispatchers and {WRITERS} writers{less};"
        f" {pack.killed} SIGKILL, {pack.frozen} SIGSTOP of {FROZEN_S:g} s; with none seen, at 95 % fewer than"
        f" {3 / max(1, calls):.1e} of calls"
    )
    taken = measured(CALLS, calls, scale=said)
    yield replace(taken, target=f"≥ {offered:,}", ok=calls >= offered)
    yield measured(LOST, waiting + max(0, offered - calls), scale=said)
    yield measured(DOUBLED, served + held, scale=said)
    yield measured(LOCKS, round(pack.held_s, 2), scale=f"rows held by a process that was gone or frozen; {said}")


def ask(db: psycopg.Connection[Any], question: str) -> Any:
    row = db.execute(question).fetchone()
    assert row is not None
    return row[0]


class Stable:
    """Forks racers that live by one kind's limits; see benchmarks/racers.py."""

    def __init__(self, environment: dict[str, str], kind: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.racers", "stable"], cwd=ROOT, env=environment | {"ZHIYIN_PROCESS": kind},
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        self._answer()

    def fork(self, racer: str) -> int:
        """A handle of the new process: its number might be another's by the time we strike."""
        assert self.process.stdin is not None
        self.process.stdin.write(f"{racer}\n")
        self.process.stdin.flush()
        return os.pidfd_open(int(self._answer()))

    def _answer(self) -> str:
        assert self.process.stdout is not None
        line: str = self.process.stdout.readline()
        if not line:
            raise Failed("the racers' stable is gone")
        return line

    def end(self) -> None:
        self.process.kill()
        self.process.wait()


class Pack:
    """The racers of one race. `db` looks on, and lets agents go who are held."""

    def __init__(self, environment: dict[str, str], calls: int, db: psycopg.Connection[Any]) -> None:
        self.db, self.calls, self.draw = db, calls, Random(7)
        self.killed = self.frozen = 0
        self.held_s = 0.0
        self.stables = {"route": Stable(environment, "route"), "write": Stable(environment, "web")}
        self.lines = [*["route"] * DISPATCHERS, *[f"write {calls} w{no}" for no in range(WRITERS)]]
        self.racers = [self._fork(line) for line in self.lines]
        self.frozen_until: dict[int, float] = {}

    def _fork(self, line: str) -> int:
        return self.stables[line.split()[0]].fork(line)

    def race(self, until: float) -> None:
        """Until every writer has written all and nobody waits. Raises Failed when the writers' time is up."""
        due = time.monotonic() + KILL_S
        offered = self.calls * WRITERS
        while ask(self.db, TAKEN_IN) < offered:
            now = time.monotonic()
            if now > until:
                raise Failed("the race did not end in time")
            self._look_on()
            self._thaw(now)
            if now >= due:
                self._strike(now)
                due = now + KILL_S
        self._thaw(float("inf"))
        end = time.monotonic() + GRACE_S
        while ask(self.db, WAITING) and time.monotonic() < end:
            self._look_on()

    def _look_on(self) -> None:
        self.held_s = max(self.held_s, ask(self.db, HELD_S))
        with self.db.transaction():
            self.db.execute(WATCH)
            self.db.execute(RELEASE, {"count": 1000})
        time.sleep(LOOK_S)

    def _strike(self, now: float) -> None:
        victim, sleeper = self.draw.sample([no for no in range(len(self.racers)) if no not in self.frozen_until], 2)
        if self._signal(victim, signal.SIGKILL):
            self.killed += 1
        os.close(self.racers[victim])
        self.racers[victim] = self._fork(self.lines[victim])
        if self._signal(sleeper, signal.SIGSTOP):
            self.frozen_until[sleeper] = now + FROZEN_S
            self.frozen += 1

    def _thaw(self, now: float) -> None:
        for no in [no for no, until in self.frozen_until.items() if until <= now]:
            del self.frozen_until[no]
            self._signal(no, signal.SIGCONT)

    def _signal(self, no: int, word: signal.Signals) -> bool:
        """False for one that has done all it had to do."""
        try:
            signal.pidfd_send_signal(self.racers[no], word)
        except ProcessLookupError:
            return False
        return True

    def end(self) -> None:
        for no in range(len(self.racers)):
            self._signal(no, signal.SIGKILL)
        for stable in self.stables.values():
            stable.end()
