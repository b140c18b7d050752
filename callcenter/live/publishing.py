"""Numbering the feed: gives each committed event its `feed_seq`, gapless, in publishing order.

A reader that asks for `id > last` would lose, for ever, an event whose lower id commits later. So one process, the
relay, numbers what it finds committed and unnumbered; readers use that number alone. One relay publishes at a time, by
a session advisory lock held on the very connection that writes: a relay that loses its connection loses both at once.
"""

from __future__ import annotations

from django.db import connection

_LOCK = 0x5A68_6979_696E  # "Zhiyin": the relay's advisory lock

# Events of one call keep the order of their own sequence even where their ids do not: an event takes the place of the
# latest of its predecessors. `batch` fetches predecessors that the limit cut off.
_NUMBER = """
WITH head AS MATERIALIZED (
    SELECT id, call, seq_in_call FROM event_log WHERE feed_seq IS NULL ORDER BY id LIMIT %s
), batch AS (
    SELECT id, call, seq_in_call FROM head
    UNION
    SELECT e.id, e.call, e.seq_in_call FROM head h JOIN event_log e ON e.call = h.call
    WHERE e.feed_seq IS NULL AND e.seq_in_call < h.seq_in_call
), placed AS (
    SELECT id, seq_in_call,
        CASE WHEN call IS NULL THEN id ELSE max(id) OVER (PARTITION BY call ORDER BY seq_in_call, id) END AS place
    FROM batch
), numbered AS (
    SELECT id, row_number() OVER (ORDER BY place, seq_in_call, id) AS n FROM placed
)
UPDATE event_log e SET feed_seq = (SELECT coalesce(max(feed_seq), 0) FROM event_log) + numbered.n
FROM numbered WHERE e.id = numbered.id
"""


def take_lock() -> bool:
    """Become the one relay, for as long as this connection lives. False while another one is."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [_LOCK])
        return bool(cursor.fetchone()[0])


def release_lock() -> None:
    """Let a standby go on at once instead of after its next try finds the connection gone."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_unlock(%s)", [_LOCK])


def publish(*, limit: int = 500) -> int:
    """Number the oldest unpublished events and return how many; about `limit` at most. One statement, one commit."""
    with connection.cursor() as cursor:
        cursor.execute(_NUMBER, [limit])
        count: int = cursor.rowcount
    return count
