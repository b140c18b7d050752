"""Days of use and stay out of a CSV, for interests and places."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from callcenter.foundation.clock import db_now
from callcenter.foundation.errors import Refused
from customers.activity.operations import take


class Command(BaseCommand):
    help = "Store a CSV of days (number, day, kind content|stay, what, part night|work for stays, times)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            done = take(path=options["file"], actor="command", now=db_now())
        except (Refused, OSError) as refused:
            raise CommandError(str(refused)) from refused
        self.stdout.write(
            f"{done.read} rows: {done.stored} stored, {done.unplaced} of nobody who allows it, {done.refused} refused"
        )
