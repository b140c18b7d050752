"""`manage.py set_push TRUNK URL`: where a switch takes its instructions. Prints the signing secret, this once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from callcenter.foundation.clock import db_now
from callcenter.foundation.errors import Refused
from callcenter.telephony.push import operations

ACTOR = "command:set_push"


class Command(BaseCommand):
    help = "Tell a trunk its instructions at a URL (--off: no more; --rotate HOURS: a new secret, both sign meanwhile)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("trunk", help="key of the trunk")
        parser.add_argument("url", nargs="?", default="", help="https, or a host that WEBHOOK_ALLOW names")
        parser.add_argument("--off", action="store_true", help="tell it nothing any more")
        parser.add_argument("--rotate", type=int, metavar="HOURS", help="a new secret; the one before signs so long")

    def handle(self, *args: Any, trunk: str, url: str, off: bool, rotate: int | None, **options: Any) -> None:
        if (bool(url), off, rotate is not None).count(True) != 1:
            raise CommandError("Say one of: a URL, --off, --rotate HOURS.")
        try:
            if off:
                operations.switch_off(trunk=trunk, actor=ACTOR, now=db_now())
                self.stdout.write(f"{trunk} is told nothing any more.")
            elif rotate is not None:
                hours = timedelta(hours=max(0, min(rotate, 168)))
                self.stdout.write(operations.rotate(trunk=trunk, overlap=hours, actor=ACTOR, now=db_now()))
            else:
                self.stdout.write(operations.set_url(trunk=trunk, url=url, actor=ACTOR, now=db_now()))
        except Refused as why:
            raise CommandError(why.sentence) from None
