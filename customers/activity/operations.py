"""Days of use and stay come in by the file, each fact once; what is old is forgotten."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _

from callcenter.foundation import audit
from callcenter.foundation.commands import command
from callcenter.foundation.errors import Invalid
from customers.activity.meaning import LOOKED_BACK_DAYS, is_forbidden
from customers.identity.normalise import normalise

COLUMNS = ("number", "day", "kind", "what", "times")
_BATCH = 5_000
_PARTS = {"content": frozenset({""}), "stay": frozenset({"night", "work"})}
_STORE = """
INSERT INTO customers_activity (customer_id, day, kind, what, part, times)
SELECT own.customer, told.day, told.kind, told.what, told.part, max(told.times)
FROM unnest(%(number)s::text[], %(day)s::date[], %(kind)s::text[], %(what)s::text[], %(part)s::text[], %(times)s::int[])
    AS told (number, day, kind, what, part, times)
JOIN LATERAL (
    SELECT min(own.customer_id::text)::uuid AS customer FROM customers_identifier AS own
    JOIN customers_customer AS customer ON customer.id = own.customer_id AND customer.status = 'active'
    WHERE own.kind = 'phone' AND own.scope = '' AND own.value = told.number AND own.valid_to IS NULL
    HAVING count(DISTINCT own.customer_id) = 1
) AS own ON true
WHERE CASE told.kind
    WHEN 'stay' THEN EXISTS (SELECT FROM customers_consent AS yes WHERE yes.customer_id = own.customer
        AND yes.purpose = 'places' AND yes.state = 'granted' AND (yes.until IS NULL OR yes.until > %(now)s))
    ELSE NOT EXISTS (SELECT FROM customers_consent AS no WHERE no.customer_id = own.customer
        AND no.purpose = 'profiling' AND no.state = 'refused') END
GROUP BY 1, 2, 3, 4, 5
ON CONFLICT ON CONSTRAINT activity_once DO UPDATE SET times = EXCLUDED.times
"""
_FORGET = """
DELETE FROM customers_activity AS held WHERE day <= %(oldest)s OR CASE kind
    WHEN 'stay' THEN NOT EXISTS (SELECT FROM customers_consent AS yes WHERE yes.customer_id = held.customer_id
        AND yes.purpose = 'places' AND yes.state = 'granted' AND (yes.until IS NULL OR yes.until > %(now)s))
    ELSE EXISTS (SELECT FROM customers_consent AS no WHERE no.customer_id = held.customer_id
        AND no.purpose = 'profiling' AND no.state = 'refused') END
"""


@dataclass(frozen=True, kw_only=True)
class Taken:
    """What a file brought: read = stored + unplaced + refused. `unplaced`: no single customer, or none who allows it."""

    read: int
    stored: int
    unplaced: int
    refused: int  # rows that tell no day of use or stay, or what must not be known


@command
def take(*, path: Path, actor: str, now: datetime) -> Taken:
    """Store a CSV of days (number, day, kind, what, times; part for stays). The same file again changes nothing.

    Raises Invalid for another file.
    """
    read = stored = refused = 0
    with path.open(encoding="utf-8-sig", newline="") as lines:
        rows = csv.DictReader(lines)
        if not set(COLUMNS) <= set(rows.fieldnames or ()):
            raise Invalid(_("A file of activity has the columns number, day, kind, what and times."), field="/file")
        while batch := list(islice(rows, _BATCH)):
            told = [one for row in batch if (one := _understood(row, timezone.localdate(now))) is not None]
            read, refused = read + len(batch), refused + len(batch) - len(told)
            stored += _store(told, now)
    done = Taken(read=read, stored=stored, unplaced=read - refused - stored, refused=refused)
    audit.write(actor=actor, action="activity.taken", subject="activity", data=vars(done), now=now)
    return done


def take_newest(*, now: datetime) -> int:
    """Every file in `VAR_DIR/activity`, oldest first, each deleted when stored; answers how many days were stored."""
    stored = 0
    for path in sorted((Path(settings.VAR_DIR) / "activity").glob("*.csv"), key=lambda one: one.stat().st_mtime):
        stored += take(path=path, actor="nightly", now=now).stored
        path.unlink()
    return stored


def forget(*, now: datetime) -> int:
    """Take away days that are too old, and those of people who do not allow them any more; answers how many."""
    oldest = timezone.localdate(now) - timedelta(days=LOOKED_BACK_DAYS)
    with connection.cursor() as cursor:
        cursor.execute(_FORGET, {"oldest": oldest, "now": now})
        return int(cursor.rowcount)


def _understood(row: dict[str, Any], today: date) -> tuple[str, date, str, str, str, int] | None:
    number = normalise(kind="phone", value=row["number"] or "")
    kind, what, part = ((row.get(name) or "").strip() for name in ("kind", "what", "part"))
    try:
        day, times = date.fromisoformat((row["day"] or "").strip()), int(row["times"] or "")
    except ValueError:
        return None
    recent = today - timedelta(days=LOOKED_BACK_DAYS) < day <= today
    fits = part in _PARTS.get(kind, ()) and 0 < len(what) <= 42 and "\x00" not in what and not is_forbidden(what)
    return (number, day, kind, what, part, times) if number and recent and fits and 0 < times < 100_000 else None


def _store(told: list[tuple[str, date, str, str, str, int]], now: datetime) -> int:
    names = ("number", "day", "kind", "what", "part", "times")
    columns: Iterator[list[Any]] = ([one[place] for one in told] for place in range(len(names)))
    with connection.cursor() as cursor:
        cursor.execute(_STORE, {"now": now, **dict(zip(names, columns, strict=True))})
        return int(cursor.rowcount)
