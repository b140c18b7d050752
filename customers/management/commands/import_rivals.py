"""manage.py import_rivals FILE: rivals' plans from JSON or one object a line; all rows or none."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.timezone import localdate

from callcenter.foundation.clock import db_now
from callcenter.foundation.errors import Refused
from customers.catalogue import stocking

AUTHOR = "command"


class Command(BaseCommand):
    help = "Read rivals' plans from a file; rows that cannot be right are named, and then nothing is changed."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        now = db_now()
        try:
            rows = stocking.rows_of(options["file"].read_text(encoding="utf-8-sig"))
            changed = stocking.note_rivals(rows=rows, author=AUTHOR, today=localdate(now), now=now)
        except (OSError, UnicodeDecodeError) as why:
            raise CommandError(str(why)) from why
        except Refused as refusal:
            raise CommandError(refusal.sentence) from refusal
        self.stdout.write(f"{changed} new or different.")
