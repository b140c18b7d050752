"""Questions of several rooms to the database, asked in one breath: each room spells its own, the hall asks them together.

A small question costs the web process twice what it costs the server, and an arriving call has many.
"""

from __future__ import annotations

from typing import Any

from django.db import connection


def any_of(kind: str, name: str = "") -> str:
    """The right side of `= ANY …` for an array of this type, a parameter by position or `name`, whose length is hidden.

    For the roads of a call: PostgreSQL plans a statement with an array in its hands anew each time, since one known to be
    short promises less work than one of unknown length, and the planning costs three times the work.
    """
    mark = f"%({name})s" if name else "%s"
    return f"ANY((SELECT {mark}::{kind}[])::{kind}[])"


def together(*questions: str, **values: Any) -> tuple[Any, ...]:
    """One answer each, None where there is none. A question is a SELECT of one value from one row at most, with named
    parameters out of `values`; it is ours, never input.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT " + ", ".join(f"({question})" for question in questions), values)
        answers: tuple[Any, ...] = cursor.fetchone()
    return answers
