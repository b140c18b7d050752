"""manage.py pack_paths [--since DAY] [--until DAY] [--check]: fold closed calls again from their raw events."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.core.management.base import BaseCommand

from callcenter.foundation.clock import db_now
from ivr.intake import operations


class Command(BaseCommand):
    help = "Fold closed calls again from their raw events; what differs is written, and loaded afresh by every page."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--since", type=date.fromisoformat, help="first UTC day; by default seven days ago")
        parser.add_argument("--until", type=date.fromisoformat, help="last UTC day; by default today")
        parser.add_argument("--check", action="store_true", help="only say how many calls would differ")

    def handle(self, *args: Any, **options: Any) -> None:
        today = db_now().astimezone(UTC).date()
        first, last = options["since"] or today - timedelta(days=7), options["until"] or today
        since, until = (datetime.combine(day, time(0), tzinfo=UTC) for day in (first, last + timedelta(days=1)))
        looked = differed = 0
        for calls in operations.closed_calls(since=since, until=until):
            looked += len(calls)
            differed += operations.repack(calls=calls, check=options["check"])
        word = "would differ" if options["check"] else "differed and were packed again"
        self.stdout.write(f"{looked:,} closed calls from {first} to {last}: {differed:,} {word}.")
