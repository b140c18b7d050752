"""Find circles and changed numbers in a file of calls; nothing of the file is kept."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from callcenter.foundation.clock import db_now
from callcenter.foundation.errors import Refused
from customers.circles.operations import draw


class Command(BaseCommand):
    help = "Find circles, seeds, key people and changed numbers in a CSV of calls (from, to, at)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            done = draw(path=options["file"], actor="command", now=db_now())
        except (Refused, OSError) as refused:
            raise CommandError(str(refused)) from refused
        self.stdout.write(
            f"{done.talks} calls ({done.refused} rows not understood): {done.circles} circles, {done.placed} customers"
            f" placed, {done.proposed} changed numbers proposed"
        )
