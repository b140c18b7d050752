"""`manage.py demo`: the whole product with a synthetic operator and live traffic, from one command."""

from __future__ import annotations

import os
import signal
import socket
import time
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, connection
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from callcenter import embedded, env
from callcenter.demo import start
from callcenter.demo.children import children, helpers
from callcenter.demo.operator import accounts
from callcenter.demo.processes import Processes
from callcenter.foundation.models import Event

MOST_CUSTOMERS = 200_000
FIRST_LOOK_S = 0.25  # how often we look for the first call
HELPERS_AFTER_S = 60.0  # at the latest, even if nobody calls


class Command(BaseCommand):
    help = "Start the product with a synthetic operator and live traffic. Ctrl-C stops all of it; data stays for the next start."
    requires_system_checks: list[str] = []  # Django's own form of "none": the database may not run yet

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--customers", type=int, default=20_000, help=f"of a new operator, to {MOST_CUSTOMERS:,}")
        parser.add_argument("--port", type=int, default=8000)
        parser.add_argument("--no-traffic", action="store_true", help="no callers and no played agents")
        parser.add_argument("--prepare-only", action="store_true", help="build everything and stop before serving")

    def handle(self, *args: Any, **options: Any) -> None:
        self.started = time.monotonic()
        self.console = Console(highlight=False)
        if not 1 <= options["customers"] <= MOST_CUSTOMERS:
            raise CommandError(f"--customers lies between 1 and {MOST_CUSTOMERS:,}.")
        _refuse_taken(options["port"])
        try:
            addresses = self._servers()
            self._prepare(options["customers"])
        except KeyboardInterrupt:
            self.console.print(
                "Stopped. Nothing is half built: the next start goes on. The servers stop with: make stop"
            )
            raise SystemExit(128 + signal.SIGINT) from None
        if options["prepare_only"]:
            return
        self._serve(options["port"], addresses, traffic=not options["no_traffic"])

    # --- before -------------------------------------------------------------------------------------------------
    def _servers(self) -> dict[str, str]:
        """Where database and broker are: those of the environment, else our own, started here."""
        given = {name: os.environ.get(name, "") for name in ("DATABASE_URL", "CELERY_BROKER_URL")}
        if not all(given.values()):
            self._say("Starting PostgreSQL and Valkey")
            try:
                own = embedded.ensure_running(settings.VAR_DIR)
            except embedded.EmbeddedError as error:
                raise CommandError(str(error)) from None
            given["DATABASE_URL"] = given["DATABASE_URL"] or own["database"]
            given["CELERY_BROKER_URL"] = given["CELERY_BROKER_URL"] or own["broker"]
        # The settings were read before the server had an address.
        settings.DATABASES["default"].update(env.database(given["DATABASE_URL"]))
        connection.settings_dict.update(env.database(given["DATABASE_URL"]))
        return given

    def _prepare(self, customers: int) -> None:
        try:
            if start.migrate():
                self._say("Tables are up to date")
            if start.collect_static():
                self._say("Static files are gathered")
            self._build(customers)
        except DatabaseError as error:
            raise CommandError(f"The database does not serve us: {error}") from None

    def _build(self, customers: int) -> None:
        columns = (TextColumn("Building the operator"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        with Progress(*columns, console=self.console) as bar:
            task = bar.add_task("", total=customers, visible=False)

            def show(done: int) -> None:
                bar.update(task, completed=done, visible=True)

            if start.build_operator(customers=customers, progress=show):
                bar.console.print(f"{self._clock()} {customers:,} customers are in")

    # --- while it runs ------------------------------------------------------------------------------------------
    def _serve(self, port: int, addresses: dict[str, str], *, traffic: bool) -> None:
        self._show_ways_in(port)
        mark = Event.objects.order_by("-id").values_list("id", flat=True).first() or 0
        connection.close()
        processes = Processes(logs=settings.VAR_DIR / "log", say=self.console.print)
        watch = _FirstCall(after=mark)
        later = helpers(var=settings.VAR_DIR, addresses=addresses)

        def look() -> None:
            if traffic and watch.seen():
                self.console.print(f"[bold green]first call on screen[/] after {self._elapsed():.1f} s")
            if later and (watch.found or not traffic or self._elapsed() > HELPERS_AFTER_S):
                for child in later:
                    processes.start(child)
                later.clear()
                start.ask_for_clusters(broker=addresses["CELERY_BROKER_URL"])
                connection.close()

        processes.run(children(port=port, addresses=addresses, traffic=traffic), meanwhile=look)
        self.console.print("Stopped. Data stays: the next start takes seconds. The servers stop with: make stop")

    def _show_ways_in(self, port: int) -> None:
        table = Table(title=f"Zhiyin 知音 at http://127.0.0.1:{port}/   (Ctrl-C stops it)")
        for heading in ("role", "user name", "password", "language"):
            table.add_column(heading)
        known = accounts.passwords(settings.VAR_DIR)
        for login in accounts.LOGINS:
            table.add_row(login.role.value, login.username, known[login.username], login.language)
        self.console.print(table)

    # --- words --------------------------------------------------------------------------------------------------
    def _elapsed(self) -> float:
        return time.monotonic() - self.started

    def _clock(self) -> str:
        return f"[dim]{self._elapsed():5.1f} s[/]"

    def _say(self, sentence: str) -> None:
        self.console.print(f"{self._clock()} {sentence}")


class _FirstCall:
    """Looks in the event log for the first agent held for a call since the start; true once."""

    def __init__(self, *, after: int) -> None:
        self.after, self.found, self.next_look = after, False, 0.0

    def seen(self) -> bool:
        if self.found or time.monotonic() < self.next_look:
            return False
        self.next_look = time.monotonic() + FIRST_LOOK_S
        try:
            self.found = Event.objects.filter(id__gt=self.after, type="reservation.created").exists()
        except DatabaseError:
            connection.close()
        if self.found:
            connection.close()
        return self.found


def _refuse_taken(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            raise CommandError(f"Port {port} is taken: stop what uses it, or choose another by --port.") from None
