"""manage.py bank_figures FILE: hang-ups and repeats of one month of the Anonymous Bank log."""

from __future__ import annotations

from argparse import ArgumentParser
from dataclasses import fields
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from callcenter.demo import bank_log
from callcenter.demo.bank_figures import figures
from ivr.paths.statistics import Share


class Command(BaseCommand):
    help = "Count a month of the bank log. Customer numbers exist mostly for callers who queued."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", help="january.txt.gz, plain or packed")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            found = figures(bank_log.read(Path(options["file"])))
        except OSError as why:
            raise CommandError(f"{options['file']} cannot be read: {why}") from why
        for field in fields(found):
            value = getattr(found, field.name)
            said = f"{value.value:.4f} of {value.n:,}" if isinstance(value, Share) and value.n else f"{value:,}"
            self.stdout.write(f"{field.name:26} {said}")
