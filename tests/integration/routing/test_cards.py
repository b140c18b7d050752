"""What was learned goes out as plain files: a card beside the arrays it speaks of."""

from __future__ import annotations

import json
from datetime import timedelta
from io import StringIO
from pathlib import Path

from django.core.management import call_command

from routing.models import ScoreTable
from tests.integration.routing.world import World


def exported(folder: Path) -> str:
    said = StringIO()
    call_command("train_scores", export=folder, stdout=said)
    return said.getvalue()


def test_the_newest_table_of_each_queue_is_written_with_its_card(world: World, tmp_path: Path) -> None:
    lin = world.agent("lin")
    queue = world.queue("billing", members=(lin,), strategy="paired")
    arrays = {"types": ["gold", "*"], "agents": [lin.pk], "price": [0.5], "worth": [1.0, 2.0], "spread": 0.25}
    for days, value in ((2, [[1.0], [2.0]]), (1, [[3.0], [4.0]])):
        ScoreTable.objects.create(
            queue=queue, made_at=world.now - timedelta(days=days), value=value, card={"calls": 300 + days}, **arrays
        )
    assert exported(tmp_path) == f"{tmp_path}/billing/card.json\n"
    card = json.loads((tmp_path / "billing" / "card.json").read_text())
    assert card == {
        "queue": "billing", "made_at": (world.now - timedelta(days=1)).isoformat(), "calls": 301,
    }  # fmt: skip
    assert json.loads((tmp_path / "billing" / "arrays.json").read_text()) == {**arrays, "value": [[3.0], [4.0]]}


def test_nothing_learned_is_said(world: World, tmp_path: Path) -> None:
    assert exported(tmp_path / "cards") == "Nothing has been learned yet.\n"
    assert not (tmp_path / "cards").exists()
