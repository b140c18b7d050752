"""`manage.py create_api_key`: a key for a switch or another system, shown this once."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from callcenter.accounts.api_keys import SCOPES, create_key
from callcenter.foundation.clock import db_now
from callcenter.telephony.models import Trunk


class Command(BaseCommand):
    help = "Make an API key and print it, this once. Only its hash is kept."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--name", required=True, help="whose key it is, for people")
        parser.add_argument("--scopes", required=True, help=f"comma-separated, or `all`: {', '.join(SCOPES)}")
        parser.add_argument("--trunk", default="", help="bind it to this trunk and its domain")
        parser.add_argument("--domain", default="", help="bind it to this routing domain, where it is no switch's key")
        parser.add_argument("--days", type=int, default=365, help="1–365, how long it lives")

    def handle(self, *args: Any, **options: Any) -> None:
        scopes = list(SCOPES) if options["scopes"] == "all" else [s.strip() for s in options["scopes"].split(",")]
        if unknown := [scope for scope in scopes if scope not in SCOPES]:
            raise CommandError(f"There is no scope {unknown[0]!r}. Scopes are: {', '.join(SCOPES)}.")
        if not 1 <= options["days"] <= 365:
            raise CommandError("A key lives 1 to 365 days.")
        domain = self._domain(options["trunk"], options["domain"])
        _, text = create_key(
            name=options["name"],
            scopes=scopes,
            domain=domain,
            trunk=options["trunk"],
            now=db_now(),
            days=options["days"],
        )
        self.stdout.write(text)

    def _domain(self, trunk: str, domain: str) -> str:
        if not trunk:
            if not domain:
                raise CommandError("Say what the key is bound to: --trunk or --domain.")
            return domain
        found = Trunk.objects.filter(key=trunk).first()
        if found is None:
            known = ", ".join(Trunk.objects.order_by("key").values_list("key", flat=True)) or "none yet"
            raise CommandError(f"There is no trunk {trunk!r}. Trunks are: {known}.")
        if domain and domain != found.domain:
            raise CommandError(f"Trunk {trunk!r} belongs to domain {found.domain!r}, not {domain!r}.")
        return found.domain
