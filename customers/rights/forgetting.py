"""The night of forgetting: what has had its time goes, in batches, and is counted before and after."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

from django.conf import settings
from django.db import connection, transaction
from django.db.models import QuerySet

from customers import privacy
from customers.models import Customer, ImportJob
from customers.rights.classes import FILES, KEPT, PERIODS, PROVISIONAL_DAYS, KeepClass, KeptFiles
from customers.rights.models import RetentionRun

BATCH = 20_000  # rows in one transaction: nobody waits for them longer than a moment
_PEOPLE = 500
LONGEST_S = 1_800.0  # what is left then goes the next night


def forget(*, now: datetime, longest_s: float = LONGEST_S) -> RetentionRun:
    """Take away everything past its period; the run says how much went and what is left (nothing, unless time ran out)."""
    began = time.monotonic()
    removed: dict[str, int] = dict.fromkeys(PERIODS, 0)
    left: dict[str, int] = dict.fromkeys(PERIODS, 0)
    for one in _brooms(now):
        while time.monotonic() - began < longest_s and (went := one.batch()):
            removed[one.key] += went
        left[one.key] += one.rest()
    return RetentionRun.objects.create(at=now, seconds=time.monotonic() - began, removed=removed, left=left)


@dataclass(frozen=True, kw_only=True)
class _Broom:
    """How one class is swept: a batch at a time, and a count of what is left."""

    key: str
    batch: Callable[[], int]
    rest: Callable[[], int]


def _brooms(now: datetime) -> Iterator[_Broom]:
    for one in KEPT:
        before = now - timedelta(days=one.days)
        yield _Broom(key=one.key, batch=partial(_rows, one, before), rest=partial(overdue, one, before))
    yield _Broom(key="provisional", batch=partial(_unnamed, now), rest=_old_unnamed(now).count)
    for kept in FILES:
        yield _Broom(key=kept.key, batch=partial(_files, kept, now), rest=partial(_files_left, kept, now))


def overdue(one: KeepClass, before: datetime) -> int:
    """Rows of a class that should be gone."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {one.table} WHERE {one.over}", {"before": before})  # noqa: S608
        return int(cursor.fetchone()[0])


@transaction.atomic
def _rows(one: KeepClass, before: datetime) -> int:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 0")
        cursor.execute(
            f"DELETE FROM {one.table} WHERE ctid = ANY (ARRAY("  # noqa: S608
            f"SELECT ctid FROM {one.table} WHERE {one.over} LIMIT {BATCH}))",
            {"before": before},
        )
        return int(cursor.rowcount)


@transaction.atomic
def _unnamed(now: datetime) -> int:
    return privacy.forget_unnamed(customers=[one.pk for one in _old_unnamed(now).order_by("created_at")[:_PEOPLE]])


def _old_unnamed(now: datetime) -> QuerySet[Customer]:
    before = now - timedelta(days=PROVISIONAL_DAYS)
    return Customer.objects.filter(status=Customer.Status.PROVISIONAL, created_at__lt=before)


def _files(kept: KeptFiles, now: datetime) -> int:
    gone = _old_files(kept, now)
    for path in gone:
        path.unlink(missing_ok=True)
    return len(gone)


def _files_left(kept: KeptFiles, now: datetime) -> int:
    return len(_old_files(kept, now))


def _old_files(kept: KeptFiles, now: datetime) -> list[Path]:
    """Files past their time; one that an import still has to read waits for it."""
    before = (now - timedelta(days=kept.days)).timestamp()
    folder = Path(settings.VAR_DIR) / kept.folder
    if not folder.is_dir():
        return []
    wanted = set(ImportJob.objects.filter(state__in=["ready", "running"]).values_list("path", flat=True))
    return [
        one for one in folder.iterdir() if one.is_file() and one.stat().st_mtime < before and str(one) not in wanted
    ]
