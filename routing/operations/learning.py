"""Learning what pairs are worth from the calls that are over."""

from __future__ import annotations

import json
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection

from routing.facts import caller_types
from routing.matching import Strategy
from routing.models import Queue, ScoreTable
from routing.score_tables import forget, seal
from routing.scoring.training import Refusal, Served, Weights, train

REACH = timedelta(days=90)
REPEAT = timedelta(days=7)  # a call of the same customer within so long: it had not been resolved

# Served calls of a queue whose outcome is known by now, oldest first.
SERVED = """
SELECT c.facts, r.agent_id, EXTRACT(EPOCH FROM r.ended_at - r.connected_at)::float8, c.arrived_at, c.channel,
       CASE WHEN %(sales)s::text[] <> '{}' AND r.disposition NOT IN ('', 'timeout') THEN r.disposition = ANY(%(sales)s) END,
       g.satisfied,
       NOT EXISTS (SELECT FROM routing_call n WHERE n.customer_id = c.customer_id AND n.arrived_at > c.arrived_at
                   AND n.arrived_at <= c.arrived_at + %(repeat)s)
FROM routing_call c JOIN routing_reservation r ON r.call_id = c.id
LEFT JOIN routing_callrating g ON g.call = c.id
WHERE c.domain_id = %(domain)s AND r.queue_id = %(queue)s AND c.customer_id IS NOT NULL
  AND c.arrived_at > %(since)s AND c.arrived_at <= %(until)s AND c.state = 'completed'
  AND r.state = 'completed' AND r.role = 'primary' AND r.connected_at IS NOT NULL
ORDER BY c.arrived_at, c.id
"""


def train_scores(*, now: datetime, queues: Collection[str] = ()) -> dict[str, str]:
    """Learn for every paired queue, or those of these keys. Queue key → what came of it. A refusal leaves the older table."""
    paired = Queue.objects.filter(strategy=Strategy.PAIRED).select_related("domain").order_by("pk")
    return {queue.key: _train(queue, now) for queue in paired if not queues or queue.key in queues}


def _train(queue: Queue, now: datetime) -> str:
    calls, first = _served(queue, now)
    members = list(queue.members.values_list("pk", flat=True))
    if not members:
        return "Nobody is in this queue."
    span_s = (now - REPEAT - first).total_seconds() if first is not None else 1.0
    try:
        made = train(calls=calls, agents=members, span_s=span_s, version="", weights=weights())
    except (Refusal, ValueError) as refusal:
        return str(refusal)
    table, agents = made.table, sorted(members)
    row = ScoreTable.objects.create(
        queue=queue,
        made_at=now,
        types=list(table.types),
        agents=agents,
        value=[[table.value[kind, agent] for agent in agents] for kind in table.types],
        price=[table.price[agent] for agent in agents],
        worth=[table.worth[kind] for kind in table.types],
        spread=table.spread,
        card=made.card | {"queue": queue.key, "made_at": now.isoformat(), "agents": len(agents)},
    )
    row.card["seal"] = seal(row)
    row.save(update_fields=["card"])
    forget()
    return f"Table {row.pk}: {len(calls)} calls, {len(table.types)} types, {len(agents)} agents."


def _served(queue: Queue, now: datetime) -> tuple[list[Served], datetime | None]:
    values: dict[str, Any] = {
        "domain": queue.domain_id,
        "queue": queue.pk,
        "since": now - REACH,
        "until": now - REPEAT,
        "repeat": REPEAT,
        "sales": settings.ROUTING_SALE_DISPOSITIONS,
    }
    with connection.cursor() as cursor:
        cursor.execute(SERVED, values)
        rows = cursor.fetchall()
    zone = ZoneInfo(settings.TIME_ZONE)
    calls = [
        Served(
            caller_types(json.loads(facts)),
            agent,
            resolved,
            handle_s,
            sold=sold,
            satisfied=satisfied,
            hour=at.astimezone(zone).hour,
            weekday=at.astimezone(zone).weekday(),
            channel=channel,
        )
        for facts, agent, handle_s, at, channel, sold, satisfied, resolved in rows
    ]
    return calls, rows[0][3] if rows else None


def weights() -> Weights:
    """What outcomes are worth on this floor, in one unit."""
    return Weights(
        resolved=settings.ROUTING_WORTH_RESOLVED,
        sold=settings.ROUTING_WORTH_SOLD,
        satisfied=settings.ROUTING_WORTH_SATISFIED,
        second=settings.ROUTING_COST_MINUTE / 60,
    )
