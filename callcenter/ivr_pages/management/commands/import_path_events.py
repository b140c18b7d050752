"""manage.py import_path_events FILE --source ivr-1: read a log of the menus; run it again after a kill and it goes on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

import ivr.intake.bulk
import ivr.intake.queries
from callcenter import hall
from callcenter.foundation.clock import db_now
from callcenter.foundation.errors import Refused


class Command(BaseCommand):
    help = "Import path events from CSV, NDJSON or Parquet. The same file twice changes nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--source", required=True, help="the trunk group whose calls the file names")
        parser.add_argument("--map", action="append", default=[], metavar="COLUMN=FIELD", help="may be repeated")
        parser.add_argument("--zone", default="", help="of times that name no zone, such as Asia/Shanghai")
        parser.add_argument("--dry-run", action="store_true", help="judge every row, write nothing")
        parser.add_argument("--errors", type=Path, help="write refused rows here, to be corrected and sent again")

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"].absolute()
        if not path.is_file():
            raise CommandError(f"There is no file {path}.")
        pairs = [pair.partition("=") for pair in options["map"]]
        try:
            job = ivr.intake.bulk.prepare(
                path=path, source=options["source"], actor="command", now=db_now(), zone=options["zone"],
                mapping={column: field for column, _sign, field in pairs}, dry_run=options["dry_run"],
            )  # fmt: skip
            if job.read:
                self.stdout.write(f"Resumes from row {job.read + 1}.")
            job = hall.path_logs.run(job_id=job.pk, now=db_now())
        except Refused as refusal:
            raise CommandError(refusal.sentence) from refusal
        if job.state == "failed":
            raise CommandError(job.sentence)
        if options["errors"] and job.refused:
            options["errors"].write_text("".join(ivr.intake.queries.refused_file(job_id=job.pk)), encoding="utf-8")
        self.stdout.write(
            f"{'Dry run: ' if job.dry_run else ''}{job.read} rows read = {job.stored} stored + {job.duplicate} duplicate"
            f" + {job.refused} refused."
        )
        if job.unlisted:
            named = ", ".join(f"{name} ({times})" for name, times in list(job.unlisted.items())[:10])
            self.stdout.write(f"Stored, though no definition knows them: {named}.")
