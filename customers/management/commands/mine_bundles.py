"""manage.py mine_bundles: is what people hold together a better guess than what most people hold?"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils.timezone import localdate

from callcenter.foundation.clock import db_now
from customers.offers.bundling import judged


class Command(BaseCommand):
    help = "Mine what was held some days ago, judge it on what was taken since, and say whether it may be used."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--days", type=int, default=60, help="how long ago the baskets are looked at")

    def handle(self, *args: Any, **options: Any) -> None:
        found = judged(on=localdate(db_now()) - timedelta(days=options["days"]))
        self.stdout.write(
            f"{found.n} later choices: {found.hit3:.3f} among the first three, by popularity {found.popularity:.3f}, "
            f"difference at least {found.low:+.3f}: {'yes, better' if found.publish else 'no: popularity does as well'}."
        )
