"""manage.py link_customers: find customers who are one person; merge what is sure, queue what is doubtful, undo what
nothing speaks for any more.
"""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from callcenter import hall
from callcenter.foundation.clock import db_now
from callcenter.foundation.errors import Refused


class Command(BaseCommand):
    help = (
        "Find customers who are one person. Sure pairs are merged, doubtful ones wait at /customers/review/. "
        "Earlier merges of linking's own whose evidence has vanished are undone."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--propose-only", action="store_true", help="merge nothing, put everything into the queue")
        parser.add_argument("--single", action="append", default=[], metavar="SOURCE",
                            help="a source that holds one record a person; may be repeated")  # fmt: skip
        parser.add_argument("--engine", choices=["duckdb", "spark"], default="duckdb",
                            help="where pairs are weighed; the model and its bits are the same")  # fmt: skip

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            done = hall.linking.customers_linked(
                now=db_now(), merge=not options["propose_only"], single=options["single"], engine=options["engine"]
            )  # fmt: skip
        except Refused as refusal:
            raise CommandError(refusal.sentence) from refusal
        self.stdout.write(
            f"{done.records} records, {done.pairs} pairs weighed: {done.merged} merged, {done.proposed} new for review, "
            f"{done.gone} no longer doubtful, {done.skipped} skipped, {done.shared} identifiers shared by too many; "
            f"of earlier merges whose evidence is gone {done.settled.undone} undone, {done.settled.flagged} flagged for "
            f"review, {done.settled.failed} left for the next run."
        )
