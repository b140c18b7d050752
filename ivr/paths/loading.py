"""From the tables to the path store: a window is read once and kept until one of its calls changes."""

from __future__ import annotations

import json
from collections import OrderedDict
from datetime import datetime
from threading import Lock
from typing import Any

from django.db import connection

from ivr.paths.packing import unpack
from ivr.paths.store import CallRow, PathStore, build

KEPT = 4  # windows in memory
_kept: OrderedDict[tuple[datetime, datetime, str], tuple[tuple[Any, ...], PathStore]] = OrderedDict()
_lock = Lock()

_WINDOW = """
  FROM ivr_session AS s
  LEFT JOIN ivr_callfacts AS f ON f.call = s.call
  LEFT JOIN ivr_flowversion AS v ON v.id = s.flow_version_id
  LEFT JOIN ivr_flow AS w ON w.id = v.flow_id
 WHERE s.started_at >= %(since)s AND s.started_at < %(until)s AND s.ended_at IS NOT NULL
   AND (%(flow)s = '' OR w.key = %(flow)s)
"""
_STAMP = f"""
SELECT count(*), bit_xor(uuid_hash(s.call)), coalesce(sum(s.revision), 0), count(f.at), max(f.at), max(s.closed_at)
{_WINDOW}"""
_ROWS = (
    """
SELECT row_number() OVER (ORDER BY s.started_at, s.call) - 1, (extract(epoch FROM s.started_at) * 1000)::bigint,
       (extract(epoch FROM s.ended_at - s.started_at) * 1000)::int, s.outcome, s.path,
       coalesce(w.key || '/' || v.number, ''), s.entry, coalesce(f.queue, ''), s.reason, coalesce(f.final, ''),
       coalesce(f.wait_s, 0), coalesce(f.handle_s, 0), f.caller, coalesce(f.tags, '[]'::jsonb)
"""
    + _WINDOW
)


def store_of(*, since: datetime, until: datetime, flow: str) -> PathStore:
    """The store of the closed sessions that began in [since, until). Its rows number them by start, then UUID."""
    window: dict[str, datetime | str] = {"since": since, "until": until, "flow": flow}
    name = (since, until, flow)
    with connection.cursor() as cursor:
        cursor.execute(_STAMP, window)
        stamp = cursor.fetchone() or ()
        with _lock:
            found = _kept.get(name)
            if found is not None and found[0] == stamp:
                _kept.move_to_end(name)
                return found[1]
        cursor.execute(_ROWS, window)
        store = build(_row(row) for row in cursor.fetchall())
    with _lock:
        _kept[name] = (stamp, store)
        while len(_kept) > KEPT:
            _kept.popitem(last=False)
    return store


def _row(row: tuple[Any, ...]) -> CallRow:
    number, start, span, outcome, path, version, entry, queue, chosen, final, wait_s, handle_s, caller, tags = row
    return CallRow(
        number, start, max(0, span), outcome, unpack(_read(path)), version, entry, queue, chosen, final, wait_s, handle_s,
        caller, frozenset(_read(tags)),
    )  # fmt: skip


def _read(value: Any) -> Any:
    """jsonb as Django's connections hand it over: text."""
    return json.loads(value) if isinstance(value, str) else value


def calls_at(*, since: datetime, until: datetime, flow: str, rows: list[int]) -> list[Any]:
    """The UUIDs behind rows of that store, in the order asked."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT call FROM (SELECT s.call, row_number() OVER (ORDER BY s.started_at, s.call) - 1 AS place {_WINDOW}) AS p"  # noqa: S608
            " JOIN unnest(%(rows)s::bigint[]) WITH ORDINALITY AS asked(place, nth) USING (place) ORDER BY nth",
            {"since": since, "until": until, "flow": flow, "rows": rows},
        )
        return [row[0] for row in cursor.fetchall()]
