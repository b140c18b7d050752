"""`manage.py replay_raw`: kept switch events read once more, and recorded payloads read by a dialect. Dry by default."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.test import RequestFactory

from callcenter.foundation.clock import db_now
from callcenter.foundation.errors import Refused
from callcenter.telephony import replaying
from callcenter.telephony.dialects import registry, requests
from callcenter.telephony.dialects.words import Unreadable
from callcenter.telephony.models import InboundEvent, Trunk

_RESULTS = ("applied", "stale", "held", "quarantined")


class Command(BaseCommand):
    help = (
        "Apply kept switch events once more (quarantined and held ones, unless --results says otherwise); nothing is"
        " written without --apply. With --payload FILE --dialect NAME: what a dialect understands of a recorded request."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--trunk", default="", help="of this trunk's source alone")
        parser.add_argument("--from", dest="first", type=int, default=0, metavar="ID", help="from this kept event on")
        parser.add_argument("--limit", type=int, default=1000)
        parser.add_argument("--results", default="quarantined,held", help=f"comma-separated: {', '.join(_RESULTS)}")
        parser.add_argument("--apply", action="store_true", help="write what comes of it")
        parser.add_argument("--payload", type=Path, help="a recorded request body; `-` is not taken: bytes matter")
        parser.add_argument("--dialect", default="", choices=["", *registry.DIALECTS], help="with --payload")
        parser.add_argument("--hook", default="voice", help="with --payload: which hook it came to, with its query")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["payload"] is not None:
            self._payload(options["payload"], options["dialect"], options["hook"])
        else:
            self._events(options)

    def _events(self, options: dict[str, Any]) -> None:
        results = options["results"].split(",")
        if unknown := set(results) - set(_RESULTS):
            raise CommandError(f"{min(unknown)!r} is no result: {', '.join(_RESULTS)}.")
        rows = InboundEvent.objects.filter(pk__gte=options["first"], result__in=results).order_by("pk")
        if options["trunk"]:
            trunk = Trunk.objects.filter(key=options["trunk"]).first()
            if trunk is None:
                raise CommandError(f"There is no trunk {options['trunk']!r}.")
            rows = rows.filter(source=trunk.group)
        count: Counter[str] = Counter()
        for done in replaying.replay(rows[: options["limit"]], apply=options["apply"], now=db_now()):
            count[f"{done.row.result} → {done.outcome.result}"] += 1
            if done.is_moving or done.outcome.result != done.row.result:
                said = " ".join(word for word in (done.outcome.code, done.outcome.sentence) if word)
                self.stdout.write(
                    f"{done.row.pk} {done.row.type}: {done.row.result} → {done.outcome.result} {said}".rstrip()
                )
        for what, many in sorted(count.items()):
            self.stdout.write(f"{many:6d}  {what}")
        if not count:
            self.stdout.write("There is nothing to replay.")
        elif not options["apply"]:
            self.stdout.write("Nothing was written; --apply does it.")

    def _payload(self, path: Path, dialect: str, hook: str) -> None:
        if not dialect:
            raise CommandError("Name the --dialect that is to read it.")
        address = urlsplit(hook)
        try:
            body = path.read_bytes()
        except OSError as why:
            raise CommandError(f"{path}: {why.strerror}") from None
        kind = "application/json" if body.lstrip()[:1] == b"{" else "application/x-www-form-urlencoded"
        request = RequestFactory().post(f"/telephony/replay/{address.path}?{address.query}", body, content_type=kind)
        spoken = registry.DIALECTS[dialect]
        if address.path not in spoken.HOOKS:
            raise CommandError(f"{dialect} has no hook {address.path!r}: {', '.join(sorted(spoken.HOOKS))}.")
        try:
            told = requests.told(request)
            heard = spoken.read(address.path, told.said, told.query)
        except (Unreadable, Refused) as why:
            raise CommandError(str(why)) from None
        self.stdout.write(str(heard))
