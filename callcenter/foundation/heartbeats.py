"""Signs of life of the processes that must live, and of switches that ask. Written by loops, read by `/readyz`."""

from __future__ import annotations

from django.db import connection


def beat(*, process: str, kind: str, reached: int | None = None) -> None:
    """Say that `process` of this `kind` ("route", "relay", "worker", "switch") is alive now, by the database's clock.

    `reached` is how far in the feed a switch has come; it never goes back.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO foundation_heartbeat AS h (process, kind, at, reached) VALUES (%s, %s, clock_timestamp(), %s)"
            " ON CONFLICT (process) DO UPDATE SET kind = EXCLUDED.kind, at = EXCLUDED.at,"
            " reached = greatest(h.reached, EXCLUDED.reached)",
            [process[:64], kind, reached],
        )


def ages() -> dict[str, float]:
    """Seconds since the last sign of life, by kind: the freshest process of a kind speaks for it."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT kind, extract(epoch FROM clock_timestamp() - max(at))::float"
            " FROM foundation_heartbeat GROUP BY kind"
        )
        return dict(cursor.fetchall())
