"""What a scrape learns of the work itself: calls by state, queues, agents. Keys only, nothing of any person."""

from __future__ import annotations

from collections.abc import Iterator

from django.db import Error
from prometheus_client import REGISTRY
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

import routing.load


class WorkFigures(Collector):
    """Read at each scrape, from the database: the same in every process."""

    def describe(self) -> list[GaugeMetricFamily]:
        return []  # known only at the scrape; and starting a process must not ask the database

    def collect(self) -> Iterator[GaugeMetricFamily]:
        try:
            seen = routing.load.load()
        except Error:
            return  # zhiyin_database_up says it
        calls = GaugeMetricFamily("zhiyin_calls", "Live calls", labels=["domain", "state"])
        for domain, state, count in seen.calls:
            calls.add_metric([domain, state], count)
        waiting = GaugeMetricFamily("zhiyin_queue_waiting", "Callers who wait", labels=["domain", "queue"])
        longest = GaugeMetricFamily(
            "zhiyin_queue_longest_wait_seconds", "How long the first of them has waited", labels=["domain", "queue"]
        )
        for domain, queue, count, seconds in seen.queues:
            waiting.add_metric([domain, queue], count)
            longest.add_metric([domain, queue], seconds)
        agents = GaugeMetricFamily("zhiyin_agents", "Agents by what they say", labels=["domain", "presence"])
        for domain, presence, count in seen.agents:
            agents.add_metric([domain, presence], count)
        yield from (calls, waiting, longest, agents)


def watch() -> None:
    """Called once when the process has its settings."""
    REGISTRY.register(WorkFigures())
