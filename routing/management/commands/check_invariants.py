"""`manage.py check_invariants`: is every call with at most one agent, every agent with a living lease, every event told?"""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import connection, transaction

from callcenter.foundation.clock import db_now
from routing.invariants import RULES, broken


class Command(BaseCommand):
    help = "Check what must hold at every instant. Prints each row that breaks a rule and ends with 1 if there is one."
    requires_system_checks: list[str] = []  # reads rows, and every page would be loaded for it

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--newest", type=int, default=10_000, help="calls whose events are folded (default 10000)")

    def handle(self, *args: Any, newest: int, **options: Any) -> None:
        # One instant for all rules: what changes meanwhile must not look broken.
        with transaction.atomic():
            _one_snapshot()
            found = broken(now=db_now(), newest=newest)
        for row in found:
            self.stdout.write(f"BROKEN {row.rule}: {row.what} ({row.detail})")
        if found:
            raise SystemExit(1)
        self.stdout.write(f"All {len(RULES) + 3} rules hold.")


def _one_snapshot() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
