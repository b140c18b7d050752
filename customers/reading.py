"""Reading for the screen-pop in few round trips: named SQL, sections as JSON, values typed again on this side."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, datetime
from typing import Any, TypeVar

from django.db import connection

Made = TypeVar("Made")


def rows(sql: str, **values: Any) -> list[tuple[Any, ...]]:
    """All rows of one statement; every value is a parameter."""
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        found: list[tuple[Any, ...]] = cursor.fetchall()
    return found


def section(text: str, make: Callable[..., Made]) -> tuple[Made, ...]:
    """A JSON list of objects, each given to `make` by name."""
    return tuple(make(**fields) for fields in json.loads(text))


def instant(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)
