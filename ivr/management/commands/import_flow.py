"""Read a definition of menus as a draft."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from callcenter.foundation.clock import db_now
from callcenter.foundation.errors import Refused
from ivr.flows import drafting


class Command(BaseCommand):
    help = (
        "Read a definition of menus as a draft; a person agrees to it on the page. Nothing is stored if it has faults."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--offer", metavar="NOTE", help="offer the draft for agreement, with this note")
        parser.add_argument("--by", default="command", help="who wrote it")

    def handle(self, *args: Any, **asked: Any) -> None:
        by, now = asked["by"], db_now()
        try:
            with transaction.atomic():
                flow, number = drafting.import_text(raw=asked["file"].read_bytes(), by=by, now=now)
                if asked["offer"] is not None:
                    drafting.offer(flow=flow, number=number, note=asked["offer"], by=by, now=now)
        except OSError as missing:
            raise CommandError(f"{asked['file']}: {missing.strerror}.") from missing
        except Refused as refused:
            raise CommandError("\n".join([refused.sentence, *_faults(refused)])) from refused
        self.stdout.write(
            f"{flow}/{number} is a draft{', offered for agreement' if asked['offer'] is not None else ''}."
        )


def _faults(refused: Refused) -> list[str]:
    return [f"  {one['node'] or '–'} · {one['field']}: {one['sentence']}" for one in refused.facts.get("faults", ())]
