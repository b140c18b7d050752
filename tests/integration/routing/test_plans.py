"""The hot reads stand on the small partial indexes: their cost does not grow with the calls of yesterday."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection

from routing import queries, scene
from tests.integration.routing.world import World

WAITING = {"queues": [1, 2], "domain": 1, "limit": 50}


@pytest.mark.parametrize(
    ("statement", "values"),
    [
        (scene.WORK, ["main"]),
        (scene.AGENTS, [1]),
        (scene.WAITING, WAITING),
        (queries._LOOK, ["main"]),
    ],
    ids=["work", "agents", "waiting", "look"],
)
def test_plan_reads_hot_tables_only(world: World, statement: str, values: Any) -> None:
    if isinstance(values, dict):
        values = values | {"since": world.now, "declined": world.now}
    with connection.cursor() as cursor:
        # On an almost empty table a plain scan is always cheaper: ask what remains once that is no choice.
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(f"EXPLAIN {statement}", values)
        plan = "\n".join(row[0] for row in cursor.fetchall())
    # Which index it is, is chance on an empty table: several cost the same there.
    assert "Index" in plan, plan
    assert "Seq Scan on routing_call" not in plan
    assert "Seq Scan on routing_reservation" not in plan
