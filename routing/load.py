"""How much there is to do, for who watches the machines: live calls by state, callers who wait and since when."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import connection

from routing.states import LIVE_CALL


@dataclass(frozen=True, kw_only=True)
class Load:
    """One look at every domain."""

    calls: list[tuple[str, str, int]]  # domain, state, how many; live states only
    queues: list[tuple[str, str, int, float]]  # domain, queue, how many wait, seconds the longest has waited
    agents: list[tuple[str, str, int]]  # domain, presence, how many


_CALLS = """
SELECT d.key, c.state, count(*) FROM routing_call c JOIN routing_domain d ON d.id = c.domain_id
WHERE c.state = ANY(%s) GROUP BY 1, 2 ORDER BY 1, 2
"""
_QUEUES = """
SELECT d.key, q.key, count(c.id), coalesce(extract(epoch FROM clock_timestamp() - min(c.enqueued_at)), 0)::float
FROM routing_queue q JOIN routing_domain d ON d.id = q.domain_id
LEFT JOIN routing_call c ON c.queue_id = q.id AND c.state = 'queued' GROUP BY 1, 2 ORDER BY 1, 2
"""
_AGENTS = """
SELECT d.key, a.presence, count(*) FROM routing_agent a JOIN routing_domain d ON d.id = a.domain_id
GROUP BY 1, 2 ORDER BY 1, 2
"""


def load() -> Load:
    with connection.cursor() as cursor:
        cursor.execute(_CALLS, [sorted(LIVE_CALL)])
        calls = cursor.fetchall()
        cursor.execute(_QUEUES)
        queues = cursor.fetchall()
        cursor.execute(_AGENTS)
        return Load(calls=calls, queues=queues, agents=cursor.fetchall())
