"""manage.py optimise_flow KEY [--weeks 4] [--language zh] [--width 9] [--dry-run]: look for a better menu."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils.timezone import get_default_timezone

from callcenter.foundation.clock import db_now
from callcenter.foundation.errors import Refused
from ivr.optimiser import operations, queries


class Command(BaseCommand):
    help = (
        "Fit the log of the last weeks, look for a better menu and lay it before people. Nothing changes for callers."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("key", help="of the flow")
        parser.add_argument("--weeks", type=int, default=4, choices=range(1, 14), metavar="1-13")
        parser.add_argument("--language", default="zh", choices=("zh", "en"), help="whose announcements are timed")
        parser.add_argument("--width", type=int, default=9, choices=range(2, 10), metavar="2-9", help="options a menu")
        parser.add_argument("--dry-run", action="store_true", help="say what would be proposed and keep nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        now, zone = db_now(), get_default_timezone()
        with transaction.atomic():
            try:
                number = operations.propose(
                    flow=options["key"], since=now - timedelta(weeks=options["weeks"]), until=now, zone=zone, now=now,
                    language=options["language"], width=options["width"], by="optimise_flow",
                )  # fmt: skip
            except Refused as refused:
                raise CommandError(refused.sentence) from refused
            found = queries.proposal(proposal_id=number, now=now, zone=zone)
            if options["dry_run"]:
                transaction.set_rollback(True)
        said = found.view.predicted
        kept = "Nothing was kept" if options["dry_run"] else f"Proposal {number}"
        self.stdout.write(
            f"{kept}: {said.seconds_now:.1f} s to the right option now, {said.seconds_then:.1f} s then"
            f" (saves {said.saved_low:.1f}–{said.saved_high:.1f}), bound {said.bound_s:.1f} s, gap {said.gap:.1%};"
            f" {len(found.moved)} options move."
        )
