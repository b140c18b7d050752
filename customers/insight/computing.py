"""Insight for everybody: gather, settle levels, judge, write; then tags by rule, and what the house reads at a customer."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from customers.activity.concluding import conclude
from customers.fraud import operations as fraud
from customers.insight import lanes, plan, tagging, writing
from customers.insight.facts import InsightRun
from customers.insight.formulas import VERSION


@dataclass(frozen=True, kw_only=True)
class Computed:
    """What a run did. `seconds` of the whole run; `tags` are assignments added and removed by rules."""

    customers: int
    tags_added: int
    tags_removed: int
    told: int  # customers whose level, tier or stage changed
    seconds: float


def compute(*, now: datetime) -> Computed:
    """Compute facts and rule tags of every customer as of `now`. By set; a second run with the same `now` changes nothing.

    A reader sees yesterday's row of a customer until today's is whole; ranges of customers follow one another closely.
    """
    began = time.perf_counter()
    ranges = lanes.ranges()
    customers = _facts(now, ranges)
    by_rule, by_model = tagging.apply_rules(ranges, now=now), conclude(now=now)
    added, removed = (sum(pair) for pair in zip(by_rule, by_model, strict=True))
    watched = fraud.watch(now=now)
    told = _tell()
    seconds = time.perf_counter() - began
    InsightRun.objects.create(
        at=now, version=VERSION, customers=customers, seconds=seconds,
        notes={"tags_added": added, "tags_removed": removed, "told": told,
               "fraud_opened": watched.opened, "fraud_signals": watched.signals},
    )  # fmt: skip
    return Computed(customers=customers, tags_added=added, tags_removed=removed, told=told, seconds=seconds)


def _facts(now: datetime, ranges: list[lanes.Range]) -> int:
    values: dict[str, Any] = {
        "now": now,
        "today": timezone.localdate(now),
        "zone": settings.TIME_ZONE,
        "version": VERSION,
        # not worked out in SQL: with a zone that is done anew for every row
        "year_ago": now - timedelta(days=365),
        "long_ago": now - timedelta(days=400),
    }
    with _tables(values | lanes.EVERYBODY):
        for step in plan.STEPS:
            each = [
                partial(_run, tuple(plan.of_range(one, number) for one in step.each), values | mine)
                for number, mine in enumerate(ranges)
                if step.each
            ]
            lanes.side_by_side(each + [partial(_run, chain, values) for chain in step.once])
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM i_person")
            return int(cursor.fetchone()[0])


def _run(statements: tuple[str, ...], values: dict[str, Any]) -> None:
    with connection.cursor() as cursor:
        lanes.prepare(cursor)
        for statement in statements:
            cursor.execute(statement, values)


@contextmanager
def _tables(values: dict[str, Any]) -> Iterator[None]:
    """The tables of one night, empty; nobody else's meanwhile. A night that was killed left its own behind."""
    drop = f"DROP TABLE IF EXISTS {', '.join(plan.TABLES)} CASCADE"  # with the tables of the ranges
    shared = connection.in_atomic_block  # with a transaction of the caller's, which lets go of the lock itself
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT pg_advisory_{'xact_' if shared else ''}lock(hashtext('insight'))")
        try:
            cursor.execute(drop)
            for table in plan.TABLES:
                cursor.execute(plan.table(table), values)
            yield
            cursor.execute(drop)
        finally:
            if not shared:
                cursor.execute("SELECT pg_advisory_unlock(hashtext('insight'))")


@transaction.atomic
def _tell() -> int:
    with connection.cursor() as cursor:
        lanes.prepare(cursor)
        cursor.execute(writing.TELL)
        return int(cursor.rowcount)
