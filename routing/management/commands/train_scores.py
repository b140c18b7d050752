"""`manage.py train_scores`: learn what pairs are worth, for every queue of strategy `paired`."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from callcenter.foundation.clock import db_now
from routing.models import ScoreTable
from routing.operations.learning import train_scores

ARRAYS = ("types", "agents", "value", "price", "worth", "spread")


class Command(BaseCommand):
    help = "Learn what pairs of caller type and agent are worth from finished calls, for every paired queue."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("queues", nargs="*", metavar="QUEUE", help="keys of the queues; without any, all that pair")
        parser.add_argument(
            "--export", type=Path, metavar="FOLDER",
            help="learn nothing; write each queue's newest table to FOLDER/QUEUE/card.json and arrays.json",
        )  # fmt: skip

    def handle(self, *args: Any, **options: Any) -> None:
        if options["export"]:
            self._export(options["export"])
            return
        said = train_scores(now=db_now(), queues=options["queues"])
        for queue, sentence in said.items():
            self.stdout.write(f"{queue}: {sentence}")
        if not said:
            self.stdout.write("No queue is of strategy paired.")

    def _export(self, folder: Path) -> None:
        newest = ScoreTable.objects.order_by("queue", "-made_at").distinct("queue").select_related("queue")
        for table in newest:
            place = folder / table.queue.key
            place.mkdir(parents=True, exist_ok=True)
            card = {"queue": table.queue.key, "made_at": table.made_at.isoformat(), **table.card}
            _write(place / "card.json", card)
            _write(place / "arrays.json", {name: getattr(table, name) for name in ARRAYS})
            self.stdout.write(f"{place / 'card.json'}")
        if not newest:
            self.stdout.write("Nothing has been learned yet.")


def _write(path: Path, told: dict[str, Any]) -> None:
    path.write_text(json.dumps(told, indent=1, ensure_ascii=False) + "\n", "utf-8")
