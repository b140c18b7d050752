"""Write a realistic log of the menus, with planted faults if asked, and the truth about it beside."""

from __future__ import annotations

import csv
import json
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from ivr.flows import queries
from ivr.flows.definition import Definition
from ivr.generator.habits import KINDS
from ivr.generator.logs import generate, plant
from ivr.generator.telling import events

COLUMNS = ("call", "t", "kind", "node", "key", "seq")


class Command(BaseCommand):
    help = (
        "Write a log of path events as CSV, as import_path_events reads it; what was planted stands in FILE.truth.json."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--calls", type=int, default=20_000)
        parser.add_argument("--days", type=int, default=28)
        parser.add_argument("--seed", type=int, default=1, help="the same seed writes the same log")
        parser.add_argument("--faults", nargs="*", default=[], choices=KINDS, help="one of each kind named is planted")
        parser.add_argument("--first", default="2026-03-02", help="the first day")

    def handle(self, *args: Any, **asked: Any) -> None:
        if asked["calls"] < 1 or asked["days"] < 1:
            raise CommandError("Ask for at least one call and one day.")
        try:
            first = datetime.fromisoformat(asked["first"]).replace(tzinfo=UTC)
        except ValueError as wrong:
            raise CommandError(f"{asked['first']!r} is no day; write 2026-03-02.") from wrong
        menus = Definition(queries.shipped())
        faults = tuple(plant(menus, kind, seed=asked["seed"], days=asked["days"]) for kind in asked["faults"])
        log = generate(
            menus, calls=asked["calls"], days=asked["days"], seed=asked["seed"], faults=faults,
            first_ms=round(first.timestamp() * 1000),
        )  # fmt: skip
        written = 0
        with asked["file"].open("w", encoding="utf-8", newline="") as out:
            table = csv.writer(out)
            table.writerow(COLUMNS)
            for call, told in events(log.store):
                rows = ((f"g{call}", one.t, one.kind, one.node, one.key, place) for place, one in enumerate(told))
                table.writerows(rows)
                written += len(told)
        truth = asked["file"].with_suffix(".truth.json")
        truth.write_text(json.dumps([asdict(one) for one in faults], ensure_ascii=False, indent=1) + "\n", "utf-8")
        self.stdout.write(
            f"{written:,} events of {asked['calls']:,} calls in {asked['file']}; the truth in {truth.name}."
        )
