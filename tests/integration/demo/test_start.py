"""What the demo leaves to its worker, so that the first phone rings sooner."""

from __future__ import annotations

from queue import Empty

import pytest

from callcenter.celery import app
from callcenter.demo import start
from callcenter.foundation.clock import db_now
from customers.clusters.models import ClusterRun

pytestmark = pytest.mark.django_db

BROKER = "memory://"


def asked() -> list[str]:
    """Tasks that wait for a worker, taken off."""
    found = []
    with app.connection_for_read(BROKER) as wire:
        line = wire.SimpleQueue("celery")
        try:
            while True:
                message = line.get(block=False)
                found.append(str(message.headers["task"]))
                message.ack()
        except Empty:
            return found


def test_clusters_are_asked_for_where_nobody_has_searched() -> None:
    asked()
    start.ask_for_clusters(broker=BROKER)
    assert asked() == ["customers.clusters"]
    ClusterRun.objects.create(at=db_now(), customers=60, silhouette=0.5, stability=1, fidelity=1, seconds=1)
    start.ask_for_clusters(broker=BROKER)
    assert asked() == []
