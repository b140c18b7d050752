"""Is this process alive, is the product ready? Asked by supervisors of processes and by load balancers."""

from __future__ import annotations

import threading
from dataclasses import dataclass

from django.db import DatabaseError, connection, transaction
from django.db.migrations.executor import MigrationExecutor

from callcenter.foundation import heartbeats

PROBE_MS = 500  # a database that needs longer for one small write is not ready
SILENT_S = 5.0  # a loop that has not beaten for this long is away
LOOPS = {"dispatcher": "route", "relay": "relay"}  # the part, and the kind it beats as

_migrated = threading.Event()


@dataclass(frozen=True, kw_only=True)
class Part:
    """One thing that must work."""

    name: str
    ok: bool
    detail: str = ""


def database() -> Part:
    """A real write, so that a read-only or full server is found out."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL statement_timeout = {PROBE_MS}")
            heartbeats.beat(process="readyz", kind="probe")
    except DatabaseError as error:
        return Part(name="database", ok=False, detail=type(error).__name__)
    return Part(name="database", ok=True)


def migrations() -> Part:
    """Every migration of this release is applied. Once true it stays true for the life of the process."""
    if not _migrated.is_set():
        try:
            executor = MigrationExecutor(connection)
            missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
        except DatabaseError as error:
            return Part(name="migrations", ok=False, detail=type(error).__name__)
        if missing:
            return Part(name="migrations", ok=False, detail=f"{len(missing)} not applied")
        _migrated.set()
    return Part(name="migrations", ok=True)


def loops() -> list[Part]:
    """The dispatcher and the relay have given a sign of life lately."""
    try:
        ages = heartbeats.ages()
    except DatabaseError as error:
        return [Part(name=name, ok=False, detail=type(error).__name__) for name in LOOPS]
    return [_loop(name, ages.get(kind)) for name, kind in LOOPS.items()]


def _loop(name: str, age: float | None) -> Part:
    if age is None:
        return Part(name=name, ok=False, detail="never seen")
    return Part(name=name, ok=age < SILENT_S, detail=f"last seen {age:.1f} s ago")


def readiness() -> list[Part]:
    """Everything a call needs. Stops at the first wall: without a database the rest cannot be known."""
    first = database()
    if not first.ok:
        return [first]
    return [first, migrations(), *loops()]
