"""manage.py import_usage FILE: closed months of use and bills, one JSON object a line (docs/operations/catalogue.md)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from callcenter.foundation.clock import db_now
from customers.catalogue import metering


class Command(BaseCommand):
    help = "Store closed months of use and bills; rows that cannot be right are named, all others are stored."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            with options["file"].open(encoding="utf-8-sig") as lines:
                done = metering.take(lines=lines, actor="command", now=db_now())
        except (OSError, UnicodeDecodeError) as why:
            raise CommandError(str(why)) from why
        for fault in done.faults:
            self.stderr.write(fault)
        self.stdout.write(
            f"{done.read} months: {done.stored} stored, {done.unplaced} of nobody we know, {done.refused} refused; "
            f"{done.gaps} customers have a month missing in between: nothing is promised over a gap."
        )
