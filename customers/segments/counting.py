"""How many customers match, whom the standing exclusions take out, and as of when: from the mirror, else PostgreSQL."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import Max
from django.utils.translation import gettext as _

from callcenter.foundation.errors import Invalid
from customers.insight.facts import Facts
from customers.segments import mirror
from customers.segments.asking import understood
from customers.segments.compilers import DUCKDB, POSTGRES, Compiled, Dialect, compiled
from customers.segments.exclusions import CHANNELS, VOICE, Exclusion, standing
from customers.segments.grammar import All, Node

Make = Callable[[Dialect, datetime], tuple[str, dict[str, Any]]]  # a statement with its values
OLDEST = timedelta(hours=26)  # a mirror older than a night and a bit is not asked


@dataclass(frozen=True, kw_only=True)
class Excluded:
    """How many the first applicable standing reason took out."""

    key: str
    en: str
    zh: str
    count: int


@dataclass(frozen=True, kw_only=True)
class Counted:
    """`matched` by the condition; `reachable` of those, after the exclusions. `as_of` is the age of what was asked."""

    everybody: int
    matched: int
    reachable: int
    excluded: tuple[Excluded, ...]
    as_of: datetime | None  # None: nothing has been computed yet
    engine: str  # mirror | database
    took_ms: float


@dataclass(frozen=True, kw_only=True)
class Overlap:
    """Two conditions on the same customers; Jaccard = both ÷ either."""

    one: int
    other: int
    both: int

    @property
    def jaccard(self) -> float:
        either = self.one + self.other - self.both
        return self.both / either if either else 0.0


def count(*, tree: Any, now: datetime, channel: str = VOICE) -> Counted:
    """Count a condition. Raises Invalid with the place of its first fault, or for a channel nobody markets on."""
    if channel not in CHANNELS:
        raise Invalid(_("Choose voice, sms or wechat as the channel."), field="/channel")
    return _count(understood(tree), now=now, channel=channel)


def _count(node: Node, *, now: datetime, channel: str) -> Counted:
    began = time.perf_counter()
    reasons = standing(channel)
    (everybody, *found), as_of, engine = _asked(_counting(node, reasons), now)
    by_reason = dict(zip([one.key for one in reasons], found[2:], strict=True))
    return Counted(
        everybody=everybody,
        matched=found[0],
        reachable=found[1],
        excluded=tuple(Excluded(key=one.key, en=one.en, zh=one.zh, count=by_reason[one.key]) for one in reasons),
        as_of=as_of,
        engine=engine,
        took_ms=1000 * (time.perf_counter() - began),
    )


def overlap(*, one: Any, other: Any, now: datetime) -> Overlap:
    """How far two conditions mean the same customers. Raises Invalid."""
    first, second = understood(one), understood(other)

    def sql(dialect: Dialect, now: datetime) -> tuple[str, dict[str, Any]]:
        parts = [
            compiled(node, dialect=dialect, now=now, prefix=prefix)
            for node, prefix in ((first, "a"), (second, "b"), (All(parts=(first, second)), "c"))
        ]
        counts = ", ".join(f"count(*) FILTER (WHERE {part.sql})" for part in parts)
        return f"SELECT {counts} FROM {_table(dialect)} AS f", _values(*parts)  # noqa: S608

    (first_count, second_count, both), _as_of, _engine = _asked(sql, now)
    return Overlap(one=first_count, other=second_count, both=both)


def _counting(node: Node, reasons: tuple[Exclusion, ...]) -> Make:
    def sql(dialect: Dialect, now: datetime) -> tuple[str, dict[str, Any]]:
        asked = compiled(node, dialect=dialect, now=now, prefix="q")
        out = [compiled(one.node, dialect=dialect, now=now, prefix=f"x{n}_") for n, one in enumerate(reasons)]
        # the first reason that holds is the one counted: each is asked of those whom no earlier one took
        first = [" AND ".join([*(f"NOT {before.sql}" for before in out[:n]), one.sql]) for n, one in enumerate(out)]
        kept = " AND ".join(f"NOT {one.sql}" for one in out)
        told = ", ".join(f"count(*) FILTER (WHERE {each})" for each in (kept, *first))
        table = _table(dialect)
        return (
            f"SELECT (SELECT count(*) FROM {table}), count(*), {told} FROM {table} AS f WHERE {asked.sql}",  # noqa: S608
            _values(asked, *out),
        )

    return sql


def _asked(make: Make, now: datetime) -> tuple[tuple[int, ...], datetime | None, str]:
    """The statement's one row, from the mirror if it is there and young enough."""
    read = mirror.reading()
    if read is not None and read[1] > now - OLDEST:
        cursor, as_of = read
        text, values = make(DUCKDB, now)
        with cursor:
            return tuple(cursor.execute(text, values).fetchone()), as_of, "mirror"
    text, values = make(POSTGRES, now)
    with connection.cursor() as cursor:
        cursor.execute(text, values)
        row = cursor.fetchone()
    assert row is not None  # a count always answers
    return tuple(row), Facts.objects.aggregate(newest=Max("at"))["newest"], "database"


def _table(dialect: Dialect) -> str:
    return "facts" if dialect is DUCKDB else "customers_facts"


def _values(*parts: Compiled) -> dict[str, Any]:
    return {name: value for part in parts for name, value in part.values.items()}
