"""Writing down what the rest of the house knows of a call with a path."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db import connection

# What was loaded of the call is out of date by it.
# A later word completes an earlier one (the wrap-up comes after the hang-up) and never empties it.
SETTLE = """
WITH told AS (
INSERT INTO ivr_callfacts (call, caller, tags, queue, agent, wait_s, handle_s, final, at)
SELECT %(call)s, %(caller)s, %(tags)s::jsonb, %(queue)s, %(agent)s, %(wait_s)s, %(handle_s)s, %(final)s, %(now)s
 WHERE EXISTS (SELECT FROM ivr_session WHERE call = %(call)s)
ON CONFLICT (call) DO UPDATE SET
  caller = coalesce(excluded.caller, ivr_callfacts.caller), tags = excluded.tags,
  queue = coalesce(nullif(excluded.queue, ''), ivr_callfacts.queue),
  agent = coalesce(excluded.agent, ivr_callfacts.agent),
  wait_s = greatest(excluded.wait_s, ivr_callfacts.wait_s),
  handle_s = greatest(excluded.handle_s, ivr_callfacts.handle_s),
  final = coalesce(nullif(excluded.final, ''), ivr_callfacts.final), at = excluded.at
RETURNING call)
UPDATE ivr_session SET revision = revision + 1 FROM told WHERE ivr_session.call = told.call
"""


def settle(
    *,
    call_id: UUID,
    customer_id: UUID | None,
    tags: Iterable[str],
    queue: str,
    agent_id: int | None,
    wait_s: float,
    handle_s: float,
    final: str,
    now: datetime,
) -> None:
    """Freeze the facts of an ended call; nothing for calls that did not come through our menus. May be said again."""
    with connection.cursor() as cursor:  # by hand: every call that ends asks this
        cursor.execute(
            SETTLE,
            {
                "call": call_id,
                "caller": caller_of(customer_id),
                "tags": json.dumps(sorted(tags)),
                "queue": queue[:64],
                "agent": agent_id,
                "wait_s": max(0, round(wait_s)),
                "handle_s": max(0, round(handle_s)),
                "final": final[:32],
                "now": now,
            },
        )


def caller_of(customer_id: UUID | None) -> int | None:
    """A number that the calls of one person share and that leads nowhere else."""
    return None if customer_id is None else customer_id.int & (2**63 - 1)
