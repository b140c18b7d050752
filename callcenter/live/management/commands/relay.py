"""`manage.py relay`: publish the event log, for ever. Run two for safety: the second one waits."""

from __future__ import annotations

import logging
import random
import signal
import time
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import Error, connection

from callcenter.foundation import heartbeats, wakeups
from callcenter.live import publishing

logger = logging.getLogger("callcenter.live.relay")

POLL_S = 0.25  # the truth behind the wake-ups
STANDBY_S = 1.0
HEARTBEAT_S = 1.0
BATCH = 500
PACE_S = 0.04  # a burst shares commits and looks, at the price of so much delay


class Command(BaseCommand):
    help = "Publish the event log in one gapless order and wake the live streams."
    requires_system_checks: list[str] = []  # starts in a blink after a crash

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="publish what is there, then leave")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["once"]:
            self._publish_once()
            return
        relay = Relay()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, relay.stop)
        relay.run()

    def _publish_once(self) -> None:
        if not publishing.take_lock():
            self.stderr.write("Another relay is publishing.")
            return
        try:
            total = 0
            while count := publishing.publish():
                total += count
        finally:
            publishing.release_lock()
        wakeups.wake("live")
        self.stdout.write(f"{total} events published.")


class Relay:
    """Stands by until it holds the lock, then publishes until told to stop. Outlives every fault of the database."""

    def __init__(self) -> None:
        self.stopping = False
        self.leading = False
        self.beaten_at = 0.0

    def stop(self, *_: Any) -> None:
        self.stopping = True

    def run(self) -> None:
        sleeper = wakeups.Sleeper("relay")
        logger.info("relay started")
        try:
            while not self.stopping:
                sleeper.wait(self.step())
        finally:
            sleeper.close()
            connection.close()  # gives the lock back
            logger.info("relay stopped")

    def step(self) -> float:
        """Do what there is to do; answer how long to sleep, in seconds."""
        try:
            if not self.leading:
                return self._stand_by()
            return self._publish()
        except Error as error:
            # Whatever happened, lock and connection go together: begin anew, never exit.
            logger.warning("relay lost the database", extra={"error": type(error).__name__})
            self.leading = False
            connection.close()
            time.sleep(random.uniform(0.1, 2.0))
            return 0.0

    def _stand_by(self) -> float:
        self.leading = publishing.take_lock()
        if not self.leading:
            return STANDBY_S
        logger.info("relay publishes")
        return 0.0

    def _publish(self) -> float:
        count = publishing.publish(limit=BATCH)
        if time.monotonic() - self.beaten_at >= HEARTBEAT_S:
            heartbeats.beat(process="relay", kind="relay")
            self.beaten_at = time.monotonic()
        if count:
            wakeups.wake("live")
            time.sleep(PACE_S)
        return 0.0 if count >= BATCH else POLL_S
