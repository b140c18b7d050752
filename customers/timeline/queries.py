"""Reading a customer's timeline: newest first, twenty at a time, at the same cost for ten rows and for ten thousand."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection
from django.utils.translation import gettext as _

from callcenter.foundation.errors import Invalid
from customers.results import TimelinePage, TimelineRow
from customers.timeline import kinds as words

LONGEST_PAGE = 100
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_COLUMNS = ("id", "at", "channel", "kind", "direction", "code", "outcome", "ref", "agent", "note", "data")

_NEWEST = """
SELECT id, at, channel, kind, direction, code, outcome, ref, agent, note, data FROM customers_interaction
WHERE customer_id = %(customer)s AND (at, id) < (%(at)s, %(id)s)
ORDER BY at DESC, id DESC LIMIT %(limit)s
"""
# The newest of each asked kind by its own index, then the newest of those: never a walk over the kinds not asked for.
_NEWEST_OF_KINDS = """
SELECT newest.* FROM unnest(%(kinds)s::text[]) AS asked (kind) CROSS JOIN LATERAL (
    SELECT id, at, channel, kind, direction, code, outcome, ref, agent, note, data FROM customers_interaction
    WHERE customer_id = %(customer)s AND kind = asked.kind AND (at, id) < (%(at)s, %(id)s)
    ORDER BY at DESC, id DESC LIMIT %(limit)s
) AS newest ORDER BY newest.at DESC, newest.id DESC LIMIT %(limit)s
"""


def page(*, customer_id: UUID, cursor: str = "", limit: int = 20, kinds: Sequence[str] = ()) -> TimelinePage:
    """The contacts older than `cursor` ("" = the newest), newest first. One statement.

    `kinds` filters by `customers.timeline.kinds`; a kind nobody knows finds nothing. Raises Invalid for a cursor that
    was never ours.
    """
    at, last = _read_cursor(cursor)
    limit = min(max(limit, 1), LONGEST_PAGE)
    asked = list(dict.fromkeys(kind for kind in kinds if kind in words.KINDS))
    if kinds and not asked:
        return TimelinePage(rows=(), next_cursor="")
    found = _newest(customer_id=customer_id, kinds=asked, at=at, last=last, limit=limit + 1)
    rows = found[:limit]
    more = len(found) > limit
    return TimelinePage(rows=tuple(rows), next_cursor=_cursor(rows[-1]) if more else "")


def _newest(*, customer_id: UUID, kinds: list[str], at: datetime, last: int, limit: int) -> list[TimelineRow]:
    """Read by keyset (at, id), never by offset: the tenth page costs what the first costs."""
    with connection.cursor() as cursor:
        cursor.execute(
            _NEWEST_OF_KINDS if kinds else _NEWEST,
            {"customer": customer_id, "kinds": kinds, "at": at, "id": last, "limit": limit},
        )
        return [_row(record) for record in cursor.fetchall()]


def _row(record: Sequence[Any]) -> TimelineRow:
    values = dict(zip(_COLUMNS, record, strict=True))
    return TimelineRow(**{**values, "data": json.loads(values["data"])})


def _cursor(row: TimelineRow) -> str:
    """`microseconds-id`: the last row seen, exact to the microsecond the table keeps."""
    return f"{(row.at - _EPOCH) // timedelta(microseconds=1)}-{row.id}"


def _read_cursor(cursor: str) -> tuple[datetime, int]:
    if not cursor:
        return datetime.max.replace(tzinfo=UTC), 0
    micros, dash, last = cursor.partition("-")
    try:
        if not (dash and cursor.isascii() and micros.isdigit() and last.isdigit() and len(cursor) <= 40):
            raise ValueError
        return _EPOCH + timedelta(microseconds=int(micros)), min(int(last), 2**63 - 1)
    except (ValueError, OverflowError):
        raise Invalid(_("This place in the timeline is not known. Start at the newest."), field="/cursor") from None
