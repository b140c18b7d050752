"""`manage.py reconcile TRUNK`: set both sides right by the list of calls that a switch has. Dry by default."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from callcenter import env
from callcenter.foundation.clock import db_now
from callcenter.foundation.errors import Refused
from callcenter.foundation.principal import Principal
from callcenter.telephony import naming, reconciling
from callcenter.telephony.dialects.ari import wire
from callcenter.telephony.dialects.ari.switchboard import is_caller
from callcenter.telephony.models import Trunk

ACTOR = "command:reconcile"


class Command(BaseCommand):
    help = (
        "Compare our live calls of a trunk with those its switch has (--calls FILE, one id a line, `-` for standard input;"
        " an Asterisk is asked by itself). Nothing is closed without --apply."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("trunk")
        parser.add_argument("--calls", metavar="FILE", help="all the switch's own call ids, complete")
        parser.add_argument("--apply", action="store_true", help="close what the switch has no more")

    def handle(self, *args: Any, trunk: str, calls: str | None, apply: bool, **options: Any) -> None:
        row = Trunk.objects.filter(key=trunk).first()
        if row is None:
            raise CommandError(f"There is no trunk {trunk!r}.")
        asked = db_now()
        listed = self._listed(row, calls)
        now = db_now()
        found = naming.find_trunk(key=trunk, principal=Principal(name=ACTOR, domain=row.domain, trunk=trunk))
        try:
            differs = reconciling.difference(trunk=found, listed=listed, as_of=asked, now=now)
        except Refused as why:
            raise CommandError(why.sentence) from None
        for call in differs.gone:
            self.stdout.write(f"gone     {naming.call_id(call.id)} {call.external_id} {call.state.value}")
        for name in differs.unknown:
            self.stdout.write(f"unknown  {name}")
        if apply:
            reconciling.close_gone(trunk=found, gone=differs.gone, actor=ACTOR, now=now)
        done = "closed" if apply else "to be closed; --apply does it"
        self.stdout.write(f"{len(listed)} listed, {len(differs.gone)} {done}, {len(differs.unknown)} unknown here.")

    def _listed(self, trunk: Trunk, calls: str | None) -> set[str]:
        if calls is None:
            if trunk.dialect != "ari":
                raise CommandError("Name the --calls that the switch has; only an Asterisk can be asked for them.")
            return self._of_asterisk()
        try:
            text = sys.stdin.read() if calls == "-" else Path(calls).read_text("utf-8")
        except (OSError, UnicodeDecodeError) as why:
            raise CommandError(f"{calls}: {why}") from None
        return {name for line in text.splitlines() if (name := line.strip())}

    def _of_asterisk(self) -> set[str]:
        address = wire.Address(
            url=env.text("ARI_URL", "http://127.0.0.1:8088/ari"),
            user=env.text("ARI_USER", "zhiyin"),
            password=env.text("ARI_PASSWORD", ""),
            app="zhiyin",
        )
        commands = wire.Commands(address)
        try:
            return {str(one["id"]) for one in commands.channels() if is_caller(str(one.get("id", "")))}
        except wire.BROKEN as why:
            raise CommandError(f"Asterisk does not answer at {address.url}: {type(why).__name__}") from None
        finally:
            commands.close()
