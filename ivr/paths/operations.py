"""Writing down what the rest of the house knows of a call with a path."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db import connection

from ivr.flows import queries as flows

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
    """Freeze the facts of an ended call; nothing for calls that did not come through our menus. May be said again.

    `final` is the disposition of the wrap-up: what is kept is the reason of the menus it stands for.
    """
    reason = turned_out(call_id=call_id, written=final) if final else ""
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
                "final": reason[:32],
                "now": now,
            },
        )


def turned_out(*, call_id: UUID, written: str) -> str:
    """The reason that a disposition stands for in the menus this caller walked, else in those callers hear now."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT flow_version_id, reason FROM ivr_session WHERE call = %s", [call_id])
        version_id, chosen = cursor.fetchone() or (None, "")
    walked = flows.definition_of(version_id=version_id)
    known = [walked] if walked else [one.definition for one in flows.flows()]
    meant = (definition.turned_out(written, chosen) for definition in known)
    return next((reason for reason in meant if reason != written), written)


def caller_of(customer_id: UUID | None) -> int | None:
    """A number that the calls of one person share and that leads nowhere else."""
    return None if customer_id is None else customer_id.int & (2**63 - 1)
