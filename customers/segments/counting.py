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
_EVERYBODY, _NOBODY = -2, -1  # rows of a count besides those of the reasons: all there are, and whom none takes out
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
    told, as_of, engine = asked(_counting(node, reasons), now)
    by_reason = {int(why): int(count) for why, count in told}
    everybody = by_reason.pop(_EVERYBODY)
    return Counted(
        everybody=everybody,
        matched=sum(by_reason.values()),
        reachable=by_reason.get(_NOBODY, 0),
        excluded=tuple(
            Excluded(key=one.key, en=one.en, zh=one.zh, count=by_reason.get(place, 0))
            for place, one in enumerate(reasons)
        ),
        as_of=as_of,
        engine=engine,
        took_ms=1000 * (time.perf_counter() - began),
    )


def overlap(*, one: Any, other: Any, now: datetime) -> Overlap:
    """How far two conditions mean the same customers. Raises Invalid."""
    first, second = understood(one), understood(other)

    def sql(dialect: Dialect, now: datetime) -> tuple[str, dict[str, Any]]:
        parts = [
            compiled(node, dialect=dialect, now=now, prefix=prefix, is_filter=True)
            for node, prefix in ((first, "a"), (second, "b"), (All(parts=(first, second)), "c"))
        ]
        counts = ", ".join(f"count(*) FILTER (WHERE {part.sql})" for part in parts)
        return f"SELECT {counts} FROM {dialect.facts} AS f", _values(*parts)  # noqa: S608

    ((first_count, second_count, both),), _as_of, _engine = asked(sql, now)
    return Overlap(one=first_count, other=second_count, both=both)


def _counting(node: Node, reasons: tuple[Exclusion, ...]) -> Make:
    def sql(dialect: Dialect, now: datetime) -> tuple[str, dict[str, Any]]:
        asked = compiled(node, dialect=dialect, now=now, prefix="q", is_filter=True)
        out = [
            compiled(one.node, dialect=dialect, now=now, prefix=f"x{place}_", is_filter=True)
            for place, one in enumerate(reasons)
        ]
        # the first reason that holds is the one counted
        why = " ".join(f"WHEN {one.sql} THEN {place}" for place, one in enumerate(out))
        table = dialect.facts
        counted = (
            f"SELECT CASE {why} ELSE {_NOBODY} END AS why, count(*) FROM {table} AS f WHERE {asked.sql} GROUP BY 1"  # noqa: S608
        )
        return f"SELECT {_EVERYBODY}, count(*) FROM {table} UNION ALL {counted}", _values(asked, *out)  # noqa: S608

    return sql


def asked(make: Make, now: datetime) -> tuple[list[tuple[int, ...]], datetime | None, str]:
    """The statement's rows, from the mirror if it is there and young enough."""
    read = mirror.reading()
    if read is not None and read[1] > now - OLDEST:
        cursor, as_of = read
        text, values = make(DUCKDB, now)
        with cursor:
            return cursor.execute(text, values).fetchall(), as_of, "mirror"
    text, values = make(POSTGRES, now)
    with connection.cursor() as cursor:
        cursor.execute(text, values)
        found = cursor.fetchall()
    return found, Facts.objects.aggregate(newest=Max("at"))["newest"], "database"


def _values(*parts: Compiled) -> dict[str, Any]:
    return {name: value for part in parts for name, value in part.values.items()}
