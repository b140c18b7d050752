"""Prices of paired queues by the hour: who comes now and who is there now decide what anybody's time is worth."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta

import numpy as np
from django.db import connection

from routing.facts import caller_types
from routing.matching import Strategy
from routing.models import Agent, Queue, ScoreTable
from routing.score_tables import Trouble, examine, forget, seal
from routing.scoring.prices import PRICED, solve
from routing.states import Presence

WINDOW = timedelta(hours=1)
LEAST_CALLS = 20
USUAL_S = 180.0  # handling time of a type nobody of whom was served in the window

CAME = """
SELECT c.facts, EXTRACT(EPOCH FROM r.ended_at - r.connected_at)::float8
FROM routing_call c
LEFT JOIN routing_reservation r ON r.call_id = c.id AND r.role = 'primary' AND r.state = 'completed'
    AND r.connected_at IS NOT NULL
WHERE c.domain_id = %(domain)s AND c.queue_id = %(queue)s AND c.arrived_at > %(since)s
"""


def solve_prices(*, now: datetime) -> dict[str, str]:
    """Price the newest table of every paired queue anew. Queue key → what came of it, in a sentence.

    Where too few came, or HiGHS finds no plan, the prices of training stand.
    """
    paired = Queue.objects.filter(strategy=Strategy.PAIRED).select_related("domain").order_by("pk")
    said = {queue.key: _solve(queue, now) for queue in paired}
    forget()
    return said


def _solve(queue: Queue, now: datetime) -> str:
    _table, trouble = examine(queue=queue.pk, now=now)
    row = ScoreTable.objects.filter(queue=queue).order_by("-made_at").first()
    if trouble is not Trouble.NONE or row is None:
        return f"Its table is {trouble or 'missing'}: nothing to price."
    here = [
        no
        for no, agent in enumerate(row.agents)
        if agent
        in set(Agent.objects.filter(pk__in=row.agents).exclude(presence=Presence.OFFLINE).values_list("pk", flat=True))
    ]
    counts, handle = _came(queue, row.types, now)
    calls = sum(counts.values())
    if calls < LEAST_CALLS or len(here) < 2:
        return f"{calls} calls in the last hour, {len(here)} agents here: the prices of training stand."
    value = np.array(row.value, dtype=float)[:, here]
    rate = np.array([max(counts[kind], 0.1) / WINDOW.total_seconds() for kind in row.types])
    try:
        plan = solve(value=value, rate=rate, handle_s=np.array([handle[kind] for kind in row.types]), fair=PRICED)
    except ValueError as refusal:
        return str(refusal)
    price = list(row.price)
    for no, worth in zip(here, plan.price.tolist(), strict=True):
        price[no] = worth
    row.price, row.worth = price, plan.worth.tolist()
    row.card = row.card | {"priced_at": now.isoformat(), "priced_for": len(here)}
    row.card["seal"] = seal(row)
    row.save(update_fields=["price", "worth", "card"])
    return f"Priced for {len(here)} agents by {calls} calls of the last hour."


def _came(queue: Queue, types: Sequence[str], now: datetime) -> tuple[Counter[str], dict[str, float]]:
    """Callers of the window by type, and how long each type was handled."""
    with connection.cursor() as cursor:
        cursor.execute(CAME, {"domain": queue.domain_id, "queue": queue.pk, "since": now - WINDOW})
        rows = cursor.fetchall()
    counts: Counter[str] = Counter()
    seconds: dict[str, list[float]] = {kind: [] for kind in types}
    for facts, handled in rows:
        known = caller_types(json.loads(facts) if isinstance(facts, str) else facts)
        kind = next((one for one in types if one in known), types[-1])
        counts[kind] += 1
        if handled is not None:
            seconds[kind].append(handled)
    return counts, {kind: sum(told) / len(told) if told else USUAL_S for kind, told in seconds.items()}
