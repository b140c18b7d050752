"""`manage.py move_domain DOMAIN --to URL`: a routing domain goes to another server."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

import psycopg
from django.core.management.base import BaseCommand, CommandError

from callcenter.foundation.domains import lives_here
from callcenter.foundation.errors import Refused
from routing.moving import move


class Command(BaseCommand):
    help = "Close a domain to new callers, copy what lives in it to another server, let go of it here, open it there."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("domain", help="its key")
        parser.add_argument("--to", required=True, help="postgresql://… of the other server, migrated to this version")

    def handle(self, *args: Any, domain: str, to: str, **options: Any) -> None:
        if not lives_here(domain):
            raise CommandError(f"Domain {domain} lives on another server: start this with ROUTING_DOMAIN={domain}.")
        try:
            move(domain=domain, url=to, say=self.stdout.write)
        except Refused as refused:
            raise CommandError(refused.sentence) from refused
        except psycopg.Error as error:
            raise CommandError(f"The other server does not answer: {type(error).__name__}. Run this again.") from error
        self.stdout.write(f"Set DOMAIN_DATABASES so that {domain} names the other server, and start its processes.")
