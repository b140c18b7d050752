"""manage.py fetch_customers [SOURCE …]: import what lies in the watched folder and what other databases have anew."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from callcenter.foundation.clock import db_now
from customers.imports import feeds


class Command(BaseCommand):
    help = "Import customers from IMPORT_FOLDER and IMPORT_PULLS. Named sources are pulled only."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("sources", nargs="*", metavar="SOURCE")

    def handle(self, *args: Any, **options: Any) -> None:
        found = feeds.fetch(now=db_now(), sources=options["sources"])
        for one in found:
            job = one.job
            counts = "" if job is None else (
                f"{job.checkpoint} rows read: {job.stored} new, {job.updated} changed, {job.same} the same, "
                f"{job.superseded} superseded, {job.refused} refused. "
            )  # fmt: skip
            self.stdout.write(f"{one.source}/{one.name}: {counts}{one.sentence}".rstrip())
        if not found:
            self.stdout.write("Nothing has come.")
        if any(one.sentence for one in found):
            raise CommandError("Not everything could be taken.")
