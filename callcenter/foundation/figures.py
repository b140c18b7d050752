"""What the ground counts: requests, and how far the feed and the loops lag behind. No personal labels."""

from __future__ import annotations

from collections.abc import Iterator

from django.db import Error, connection
from prometheus_client import REGISTRY, Counter, Histogram
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from callcenter.foundation import heartbeats

REQUESTS = Counter("zhiyin_requests_total", "Answers by method and class of status", ["method", "status"])
REQUEST_SECONDS = Histogram(
    "zhiyin_request_seconds", "Time to the first byte of an answer", buckets=(0.01, 0.03, 0.1, 0.3, 1, 3, 10)
)


class DatabaseFigures(Collector):
    """Read at each scrape, from the database: the same in every process."""

    def describe(self) -> list[GaugeMetricFamily]:
        return []  # known only at the scrape; and starting a process must not ask the database

    def collect(self) -> Iterator[GaugeMetricFamily]:
        up = GaugeMetricFamily("zhiyin_database_up", "1 if the database answered this scrape")
        try:
            ages, lag = heartbeats.ages(), _event_lag()
        except Error:
            up.add_metric([], 0)
            yield up
            return
        up.add_metric([], 1)
        age = GaugeMetricFamily("zhiyin_heartbeat_age_seconds", "Since a loop's last sign of life", labels=["kind"])
        for kind, seconds in ages.items():
            age.add_metric([kind], seconds)
        yield up
        yield age
        yield GaugeMetricFamily("zhiyin_event_lag_seconds", "Age of the oldest unpublished event", value=lag)


def _event_lag() -> float:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(extract(epoch FROM clock_timestamp() - min(at)), 0)::float"
            " FROM event_log WHERE feed_seq IS NULL"
        )
        return float(cursor.fetchone()[0])


def watch() -> None:
    """Called once when the process has its settings."""
    REGISTRY.register(DatabaseFigures())
