"""Connect an Asterisk: hold its callers, ring our agents. Runs until it is stopped; connects again by itself."""

from __future__ import annotations

import logging
import signal
import threading
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import InterfaceError, OperationalError, connection

from callcenter import env
from callcenter.telephony.dialects import lines
from callcenter.telephony.dialects.ari import wire
from callcenter.telephony.dialects.ari.connector import Connector
from callcenter.telephony.dialects.ari.switchboard import Switchboard

logger = logging.getLogger(__name__)

_PAUSES_S = (0.5, 1, 2, 5)


class Command(BaseCommand):
    help = "Connect an Asterisk by ARI (ARI_URL, ARI_USER, ARI_PASSWORD) as the given trunk."
    requires_system_checks: list[str] = []  # starts in a blink after a crash

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("trunk")
        parser.add_argument("--app", default="zhiyin", help="name of the Stasis application (default: zhiyin)")
        parser.add_argument(
            "--endpoint",
            default="PJSIP/{user}",
            help="how an agent is dialled: {user}, {host}, {contact} of the contact",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        line = lines.line(trunk=options["trunk"])
        if line is None:
            raise CommandError(f"There is no trunk {options['trunk']!r}: add it under Administration.")
        address = wire.Address(
            url=env.text("ARI_URL", "http://127.0.0.1:8088/ari"),
            user=env.text("ARI_USER", "zhiyin"),
            password=env.text("ARI_PASSWORD", ""),
            app=options["app"],
        )
        if not address.password:
            raise CommandError("Set ARI_PASSWORD to the password of the ARI user (ari.conf).")
        stopped = threading.Event()
        for one in (signal.SIGINT, signal.SIGTERM):
            signal.signal(one, lambda *_: stopped.set())
        commands = wire.Commands(address)
        board = Switchboard(app=address.app, endpoint=options["endpoint"])
        connector = Connector(line=line, board=board, send=commands.send)
        self._stay(address, connector, commands, stopped)
        commands.close()

    def _stay(
        self, address: wire.Address, connector: Connector, commands: wire.Commands, stopped: threading.Event
    ) -> None:
        tries = 0
        while not stopped.is_set():
            try:
                wire.follow(address, connector, commands, ends=stopped.is_set)
                tries = 0
            except (*wire.BROKEN, OperationalError, InterfaceError) as why:
                logger.warning("the line to Asterisk broke", extra={"error": f"{type(why).__name__}: {why}"[:200]})
                connection.close()
                stopped.wait(_PAUSES_S[min(tries, len(_PAUSES_S) - 1)])
                tries += 1
