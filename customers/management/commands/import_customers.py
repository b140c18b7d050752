"""manage.py import_customers FILE --source crm: read a file of customers; run it again after a kill and it goes on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from callcenter.foundation.clock import db_now
from callcenter.foundation.errors import Refused
from customers.imports import operations, queries


class Command(BaseCommand):
    help = "Import customers from CSV, TSV, NDJSON, XLSX or Parquet. The same file twice changes nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--source", required=True, help="who says so: crm, shop, web …")
        parser.add_argument("--map", action="append", default=[], metavar="COLUMN=FIELD", help="may be repeated")
        parser.add_argument("--dry-run", action="store_true", help="judge every row, write nothing")
        parser.add_argument("--errors", type=Path, help="write refused rows here, to be corrected and sent again")

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"]
        if not path.is_file():
            raise CommandError(f"There is no file {path}.")
        pairs = [pair.partition("=") for pair in options["map"]]
        mapping = {column: field for column, _sign, field in pairs} or None
        try:
            job = operations.prepare(
                path=path, source=options["source"], actor="command", now=db_now(), mapping=mapping,
                dry_run=options["dry_run"],
            )  # fmt: skip
            if job.checkpoint:
                self.stdout.write(f"Resumes from row {job.checkpoint + 1}.")
            job = operations.run(job_id=job.pk, now=db_now())
        except Refused as refusal:
            raise CommandError(refusal.sentence) from refusal
        if job.sentence:
            raise CommandError(queries.refusal(job))
        if options["errors"] and job.refused:
            options["errors"].write_text("".join(queries.errors_file(job_id=job.pk)), encoding="utf-8")
        self.stdout.write(
            f"{'Dry run: ' if job.dry_run else ''}{job.checkpoint} rows read ({job.encoding or path.suffix[1:]}): "
            f"{job.stored} new, {job.updated} changed, {job.same} the same, {job.superseded} superseded, "
            f"{job.refused} refused."
        )
