"""manage.py seal_refused_rows: id documents in refused rows of before they were sealed."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from customers.imports.sealing import seal_refused_rows


class Command(BaseCommand):
    help = "Seal id documents that refused rows of earlier releases hold in clear. Again, it finds nothing."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"{seal_refused_rows()} rows sealed.")
