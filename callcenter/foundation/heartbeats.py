"""Signs of life of the processes that must live, and of switches that ask. Written by loops, read by `/readyz`."""

from __future__ import annotations

from datetime import datetime

from django.db import connection


def beat(*, process: str, kind: str) -> None:
    """Say that `process` of this `kind` ("route", "relay", "worker") is alive now, by the database's clock."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO foundation_heartbeat (process, kind, at) VALUES (%s, %s, clock_timestamp())"
            " ON CONFLICT (process) DO UPDATE SET kind = EXCLUDED.kind, at = EXCLUDED.at",
            [process[:64], kind],
        )


def beat_again(*, process: str, kind: str) -> tuple[datetime | None, datetime]:
    """`beat`; answers when it was heard of before (None: never) and now."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO foundation_heartbeat (process, kind, at) VALUES (%s, %s, clock_timestamp())"
            " ON CONFLICT (process) DO UPDATE SET at = EXCLUDED.at RETURNING old.at, new.at",
            [process[:64], kind],
        )
        before, now = cursor.fetchone()
    return before, now


def last(*, process: str) -> datetime | None:
    """The last sign of life of this process; None if there was none."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT at FROM foundation_heartbeat WHERE process = %s", [process[:64]])
        row = cursor.fetchone()
    return row[0] if row else None


def ages() -> dict[str, float]:
    """Seconds since the last sign of life, by kind: the freshest process of a kind speaks for it."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT kind, extract(epoch FROM clock_timestamp() - max(at))::float"
            " FROM foundation_heartbeat GROUP BY kind"
        )
        return dict(cursor.fetchall())
