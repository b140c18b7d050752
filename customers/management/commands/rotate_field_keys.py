"""manage.py rotate_field_keys: seal anew what an older key sealed; with --index, find it by a new index key from now on."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from callcenter.foundation.errors import Refused
from customers.identity import sealed
from customers.imports.sealing import renew_refused_rows


class Command(BaseCommand):
    help = "Seal sensitive identifiers under the first of FIELD_KEYS. Afterwards the older keys can be taken away."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--index", action="store_true", help="FIELD_INDEX_KEY has changed: write every index anew")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            done = sealed.reindex() if options["index"] else sealed.rotate()
            rows = renew_refused_rows()
        except Refused as refusal:
            raise CommandError(refusal.sentence) from refusal
        self.stdout.write(f"{done} identifiers and {rows} refused rows sealed anew.")
