"""manage.py import_roster agents FILE: the roster out of tables; the same table twice changes nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from callcenter.floor.roster_page import errors_csv, take_file
from callcenter.foundation.clock import db_now
from callcenter.foundation.errors import Refused
from routing.sheets import Kind


class Command(BaseCommand):
    help = "Import skills, agents, their dated skills or queues from CSV, TSV, NDJSON, XLSX or Parquet."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("kind", choices=[kind.value for kind in Kind])
        parser.add_argument("file", type=Path)
        parser.add_argument("--domain", default="main")
        parser.add_argument("--dry-run", action="store_true", help="judge every row, write nothing")
        parser.add_argument("--errors", type=Path, help="write refused rows here, to be corrected and sent again")

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"]
        if not path.is_file():
            raise CommandError(f"There is no file {path}.")
        try:
            report = take_file(
                path, kind=Kind(options["kind"]), domain=options["domain"], dry_run=options["dry_run"], now=db_now(),
                actor="command",
            )  # fmt: skip
        except Refused as refusal:
            raise CommandError(refusal.sentence) from refusal
        if options["errors"] and report.refused:
            options["errors"].write_bytes(errors_csv(report))
        for row in report.refused[:10]:
            self.stderr.write(f"line {row.line}: {row.sentence}")
        self.stdout.write(
            f"{'Dry run: ' if report.dry_run else ''}{report.rows} rows read: {report.added} new, "
            f"{report.changed} changed, {report.same} the same, {len(report.refused)} refused."
        )
