"""Write a version of a flow as its canonical text."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from callcenter.foundation.errors import Refused
from ivr.flows import queries, review


class Command(BaseCommand):
    help = "Write a version of a flow as JSON; importing it gives the same version byte for byte."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("flow", help="the flow's key")
        parser.add_argument("--number", type=int, help="of the version; without it what callers hear now")
        parser.add_argument("--file", type=Path, help="write here instead of to standard output")

    def handle(self, *args: Any, **asked: Any) -> None:
        try:
            number = asked["number"] or queries.published(key=asked["flow"]).number
            content = review.exported(flow=asked["flow"], number=number)
        except Refused as refused:
            raise CommandError(refused.sentence) from refused
        if asked["file"] is None:
            self.stdout.write(content.decode(), ending="")
            return
        asked["file"].write_bytes(content)
        self.stdout.write(f"{asked['flow']}/{number}: {len(content):,} bytes in {asked['file']}.")
