"""Insight for everybody: gather, settle levels, judge, write; then tags by rule, and what the house reads at a customer."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from customers.activity.concluding import conclude
from customers.fraud import operations as fraud
from customers.insight import statements, tagging
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

    Three transactions: a reader sees yesterday's facts until today's are whole.
    """
    began = time.perf_counter()
    customers = _facts(now)
    by_rule, by_model = tagging.apply_rules(now=now), conclude(now=now)
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


@transaction.atomic
def _facts(now: datetime) -> int:
    values: dict[str, Any] = {
        "now": now,
        "today": timezone.localdate(now),
        "zone": settings.TIME_ZONE,
        "version": VERSION,
    }
    with connection.cursor() as cursor:
        # sorts and hashes of a million rows stay in memory; compiled expressions cost more than they save here
        cursor.execute("SET LOCAL work_mem = '128MB'; SET LOCAL jit = off; SET LOCAL statement_timeout = 0")
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('insight'))")
        cursor.execute(f"DROP TABLE IF EXISTS {', '.join(statements.MADE)}")
        for step, joined_next in statements.STEPS:
            for statement in step:
                cursor.execute(statement, values)
            for table in joined_next:
                cursor.execute(f"ANALYZE {table} ({statements.KEYS.get(table, 'customer_id')})")
        cursor.execute("SELECT count(*) FROM i_person")
        customers = int(cursor.fetchone()[0])
        cursor.execute(f"DROP TABLE {', '.join(statements.MADE)}")
    return customers


@transaction.atomic
def _tell() -> int:
    with connection.cursor() as cursor:
        cursor.execute(statements.TELL)
        return int(cursor.rowcount)
