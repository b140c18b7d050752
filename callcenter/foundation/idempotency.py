"""A repeated command has one effect: the first answer is kept for a day and given again.

    answer = once(principal=who.sender, key=request.headers["Idempotency-Key"], fingerprint=fingerprint(…),
                  now=now, act=lambda: (201, {"id": …}))

The claim is committed before the command runs, so that a twin running meanwhile is told to wait; the answer is stored in
the command's own transaction, so that there is no moment at which it is done but not remembered. A claim of a process
that died expires by itself.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from django.db import DatabaseError, connection

from callcenter.foundation.clock import db_now
from callcenter.foundation.errors import Conflict, Invalid
from callcenter.foundation.models import IdempotencyKey
from callcenter.foundation.transactions import in_one_transaction

KEPT_FOR = timedelta(hours=24)
# Longer than any transaction may last (settings), so that two can never run under one key.
CLAIM_FOR = timedelta(seconds=30)
# A batch commits piece by piece and may take longer in all; its repeat meanwhile must be told to wait, not run beside it.
BATCH_CLAIM_FOR = timedelta(minutes=5)
LONGEST_KEY = 255


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What the command answered, now or the first time."""

    status: int
    body: Any  # JSON
    replayed: bool = False


def fingerprint(*, method: str, path: str, body: bytes) -> str:
    """What makes two requests under one key the same request."""
    return sha256(b"\x00".join((method.encode(), path.encode(), body))).hexdigest()


def once(
    *,
    principal: str,
    key: str,
    fingerprint: str,
    now: datetime | None = None,
    act: Callable[[], tuple[int, Any]],
    one_transaction: bool = True,
    frozen: bool = False,
) -> Answer:
    """Run `act` unless it ran before under this key; "" is no key. `act` answers status and JSON body. Without `now` the
    clock is read where there is a key.

    Only what was done is remembered: a refusal leaves nothing behind, and a repeat is judged anew. With
    `one_transaction=False` `act` commits by itself, piece by piece; its pieces must then be safe to repeat.
    Raises Invalid (idempotency_mismatch) for another request under the same key, Conflict (in_progress) for a twin.
    """

    def run() -> tuple[int, Any]:
        return in_one_transaction(act, frozen=frozen) if one_transaction else act()

    if not key:
        status, body = run()
        return Answer(status=status, body=body)
    claimed_at = now or db_now()
    span = CLAIM_FOR if one_transaction else BATCH_CLAIM_FOR
    claimed = _claim(principal=principal, key=key, fingerprint=fingerprint, now=claimed_at, until=claimed_at + span)
    if isinstance(claimed, Answer):
        return claimed

    def act_and_keep() -> tuple[int, Any]:
        status, body = act()
        _keep(claim=claimed, status=status, body=body, now=claimed_at)
        return status, body

    try:
        status, body = in_one_transaction(act_and_keep, frozen=frozen) if one_transaction else act_and_keep()
    except BaseException:
        with suppress(DatabaseError):  # without a database it expires by itself
            IdempotencyKey.objects.filter(pk=claimed, status__isnull=True).delete()
        raise
    return Answer(status=status, body=body)


def forget_expired(*, now: datetime, limit: int = 10_000) -> int:
    """Delete answers past their day, a bounded number at a time; answers how many."""
    old = IdempotencyKey.objects.filter(expires_at__lte=now).values("pk")[:limit]
    return IdempotencyKey.objects.filter(pk__in=old).delete()[0]


def _claim(*, principal: str, key: str, fingerprint: str, now: datetime, until: datetime) -> int | Answer:
    """The row we now hold, or the answer given before. An expired row is as good as none."""
    if len(key) > LONGEST_KEY or not key.isascii() or not key.isprintable():
        raise Invalid(f"Idempotency-Key is at most {LONGEST_KEY} printable ASCII characters.", field="Idempotency-Key")
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO foundation_idempotencykey AS kept (principal, key, body_hash, expires_at)"
            " VALUES (%s, %s, %s, %s) ON CONFLICT (principal, key) DO UPDATE SET body_hash = excluded.body_hash,"
            " status = NULL, body = NULL, expires_at = excluded.expires_at WHERE kept.expires_at <= %s RETURNING id",
            [principal, key, fingerprint, until, now],
        )
        if row := cursor.fetchone():
            return int(row[0])
    kept = IdempotencyKey.objects.filter(principal=principal, key=key).first()
    if kept is not None and kept.body_hash != fingerprint:
        raise Invalid("This Idempotency-Key was used for another request: take a new one.", code="idempotency_mismatch")
    if kept is None or kept.status is None:
        raise Conflict("The first request under this key is still running: ask again in a second.", code="in_progress")
    return Answer(status=kept.status, body=kept.body, replayed=True)


def _keep(*, claim: int, status: int, body: Any, now: datetime) -> None:
    kept = IdempotencyKey.objects.filter(pk=claim, status__isnull=True).update(
        status=status, body=json.loads(json.dumps(body)), expires_at=now + KEPT_FOR
    )
    if not kept:  # somebody took the key over: undo, theirs counts
        raise Conflict("Another request under this key was faster: ask again in a second.", code="in_progress")
