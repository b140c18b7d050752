"""Signs of life of the processes that must live. Written by their loops, read by `/readyz`."""

from __future__ import annotations

from django.db import connection


def beat(*, process: str, kind: str) -> None:
    """Say that `process` of this `kind` ("route", "relay", "worker") is alive now, by the database's clock."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO foundation_heartbeat (process, kind, at) VALUES (%s, %s, clock_timestamp())"
            " ON CONFLICT (process) DO UPDATE SET kind = EXCLUDED.kind, at = EXCLUDED.at",
            [process[:64], kind],
        )


def ages() -> dict[str, float]:
    """Seconds since the last sign of life, by kind: the freshest process of a kind speaks for it."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT kind, extract(epoch FROM clock_timestamp() - max(at))::float"
            " FROM foundation_heartbeat GROUP BY kind"
        )
        return dict(cursor.fetchall())
