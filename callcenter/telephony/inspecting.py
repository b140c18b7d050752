"""The request inspector: the last requests of a key, for the engineer who is connecting a switch.

Refused requests are always written down, all others only while somebody looks; a few a second and key at most, a few
hundred rows a key. Bodies never: a path and a sentence with numbers masked say what went wrong.
"""

from __future__ import annotations

import re
import time
from contextlib import suppress
from datetime import datetime, timedelta

from django.db import DatabaseError, connection, models, transaction

from callcenter.foundation import masks
from callcenter.foundation.clock import db_now

KEPT = 200  # rows a key
_KEPT_FOR = timedelta(days=7)
_PER_S = {True: 20, False: 5}  # watched or not
# Seven digits and more are somebody's number, unless they stand inside an id of ours.
_NUMBER = re.compile(r"(?<![0-9A-Za-z_])\+?\d{7,15}(?![0-9A-Za-z_])")
_PREFIX = re.compile(r"zk_([a-z0-9]{8})_")

_written: dict[str, tuple[int, int]] = {}  # key → second, rows in it


class ApiRequest(models.Model):
    """One request to the API, as much of it as helps its sender."""

    prefix = models.CharField(max_length=8)  # of the key; "" where a platform signs instead
    trunk = models.CharField(max_length=48, blank=True)  # whose hook was asked, or to whom the key belongs
    at = models.DateTimeField()
    method = models.CharField(max_length=8)
    path = models.CharField(max_length=200)
    status = models.IntegerField()
    code = models.CharField(max_length=32, blank=True)
    sentence = models.CharField(max_length=300, blank=True)
    answer = models.CharField(max_length=16, blank=True)  # of a hook: what the switch was told to do, in one word
    took_ms = models.IntegerField()
    request_id = models.CharField(max_length=40, blank=True)

    class Meta:
        app_label = "telephony"
        indexes = [
            models.Index(fields=["prefix", "-id"], name="api_request_of_key"),
            models.Index(fields=["trunk", "-id"], name="api_request_of_trunk"),
        ]


def masked(text: str) -> str:
    return _NUMBER.sub(lambda found: masks.phone(found.group()), text)


def prefix_in(authorization: str) -> str:
    """The eight characters by which a key is known, of a key that may be wrong."""
    found = _PREFIX.search(authorization)
    return found.group(1) if found else ""


def may_write(prefix: str, *, is_watched: bool) -> bool:
    """Whether this second has room for one more row of this key."""
    second = int(time.monotonic())
    if len(_written) > 1_000:
        _written.clear()
    since, rows = _written.get(prefix, (second, 0))
    rows = rows if since == second else 0
    _written[prefix] = (second, rows + 1)
    return rows < _PER_S[is_watched]


def write(
    *,
    prefix: str,
    trunk: str,
    method: str,
    path: str,
    status: int,
    code: str,
    sentence: str,
    took_ms: int,
    request_id: str,
    answer: str = "",
) -> None:
    """Keep one request. A database that is away is no reason to fail an answer."""
    with suppress(DatabaseError), transaction.atomic():
        ApiRequest.objects.create(
            prefix=prefix,
            trunk=trunk,
            answer=answer,
            at=db_now(),
            method=method,
            path=masked(path)[:200],
            status=status,
            code=code[:32],
            sentence=masked(sentence)[:300],
            took_ms=took_ms,
            request_id=request_id[:40],
        )


def last(*, prefix: str = "", trunk: str = "", limit: int = 100) -> list[ApiRequest]:
    """The last requests of a key, or of a switch, newest first."""
    rows = ApiRequest.objects.filter(trunk=trunk) if trunk else ApiRequest.objects.filter(prefix=prefix)
    return list(rows.order_by("-id")[:limit])


_SWEEP = """
DELETE FROM telephony_apirequest WHERE at < %s OR id IN (
    SELECT id FROM (SELECT id, row_number() OVER (PARTITION BY prefix, trunk ORDER BY id DESC) AS n
                    FROM telephony_apirequest) numbered WHERE n > %s)
"""


def sweep(*, now: datetime) -> int:
    """Keep the newest of each key; answers how many were forgotten."""
    with connection.cursor() as cursor:
        cursor.execute(_SWEEP, [now - _KEPT_FOR, KEPT])
        return int(cursor.rowcount)
