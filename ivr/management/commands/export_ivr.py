"""manage.py export_ivr FOLDER --since 2026-03-01 --until 2026-04-01 [--study edges --engine duckdb|spark]"""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from callcenter.analytics import paths
from ivr.paths import study
from ivr.paths.loading import caller_numbers, store_of


class Command(BaseCommand):
    help = "Write the paths of some UTC days as Parquet, and ask them what the explorer asks, on DuckDB or on Spark."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path)
        parser.add_argument("--since", required=True, help="the first UTC day, 2026-03-01")
        parser.add_argument("--until", required=True, help="the day after the last")
        parser.add_argument("--site", default="main", help="the name of this site; several may share the folder")
        parser.add_argument("--study", choices=list(paths.STUDIES), help="ask this of all that stands in the folder")
        parser.add_argument("--engine", choices=paths.ENGINES, default="duckdb")

    def handle(self, *args: Any, **options: Any) -> None:
        since, until = self._day(options["since"]), self._day(options["until"])
        calls = 0
        while since < until:  # a day at a time: no more than a day is held
            store = store_of(since=since, until=since + timedelta(days=1)).store
            if len(store):
                paths.write(options["folder"], "steps", study.step_columns(store, site=options["site"]))
                calls_of = study.call_columns(store, site=options["site"], callers=caller_numbers(store))
                paths.write(options["folder"], "calls", calls_of)
            calls, since = calls + len(store), since + timedelta(days=1)
        self.stdout.write(f"{calls} calls written to {options['folder']}.")
        if options["study"]:
            self._ask(options["folder"], options["study"], options["engine"])

    def _ask(self, folder: Path, name: str, engine: str) -> None:
        try:
            with paths.opened(folder, engine) as tables:
                for row in paths.answer(name, tables):
                    self.stdout.write("\t".join(str(value) for value in row))
        except paths.EngineMissing as missing:
            raise CommandError(str(missing)) from missing

    def _day(self, text: str) -> datetime:
        try:
            return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)
        except ValueError as wrong:
            raise CommandError(f"{text!r} is no day; write 2026-03-01.") from wrong
