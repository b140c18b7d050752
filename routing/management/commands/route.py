"""`manage.py route`: the dispatcher."""

from __future__ import annotations

import os
import signal
import socket
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from callcenter.foundation.domains import lives_here, own_domain
from callcenter.foundation.ids import uuid7
from callcenter.foundation.wakeups import Sleeper
from routing.carrier import Carrier
from routing.dispatcher import Dispatcher


class Command(BaseCommand):
    help = "Bring waiting callers and free agents together, and end what is over, until told to stop."
    requires_system_checks: list[str] = []  # starts in a blink after a crash

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--domain", default=own_domain(), help="routing domain to work (default: %(default)s)")
        parser.add_argument("--once", action="store_true", help="do what there is to do now, then stop")

    def handle(self, *args: Any, domain: str, once: bool, **options: Any) -> None:
        if not lives_here(domain):
            raise CommandError(
                f"Domain {domain} lives on another server: start this process with ROUTING_DOMAIN={domain}."
            )
        stopped = False

        def stop(*_: object) -> None:
            nonlocal stopped
            stopped = True

        for word in (signal.SIGTERM, signal.SIGINT):
            signal.signal(word, stop)
        sleeper = Sleeper("route")
        # A name of its own even where hosts and process numbers repeat, as in containers.
        holder = f"{socket.gethostname()[:40]}:{os.getpid()}:{uuid7().hex[-8:]}"
        dispatcher = Dispatcher(domain=domain, holder=holder, sleeper=sleeper, stopped=lambda: stopped)
        carrier = Carrier(domain=domain, stopped=lambda: stopped)
        try:
            if once:
                carrier.turn()
                while dispatcher.turn() == 0:
                    continue
                stopped = True
            carrier.start()
            dispatcher.run()
        finally:
            sleeper.close()
