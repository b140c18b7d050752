"""manage.py import_tariffs FILE: products from JSON or one object a line; all rows or none."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from callcenter.foundation.clock import db_now
from callcenter.foundation.errors import Refused
from customers.catalogue import stocking

AUTHOR = "command"


class Command(BaseCommand):
    help = "Read products from a file; rows that cannot be right are named, and then nothing is changed."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--note", default="", help="why, for the versions")

    def handle(self, *args: Any, **options: Any) -> None:
        now = db_now()
        try:
            rows = stocking.rows_of(options["file"].read_text(encoding="utf-8-sig"))
            changed = stocking.stock(rows=rows, author=AUTHOR, note=options["note"], now=now)
        except (OSError, UnicodeDecodeError) as why:
            raise CommandError(str(why)) from why
        except Refused as refusal:
            raise CommandError(refusal.sentence) from refusal
        self.stdout.write(f"{changed} new or different.")
