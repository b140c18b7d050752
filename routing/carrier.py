"""Beside the dispatcher: callers on their way to other sites are brought over, and those sites are asked whether they take any.

A thread with a connection of its own, so that another server's silence never holds up a decision here. It needs no lease:
a caller is admitted there once, however many bring them.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from threading import Thread

from django.db import connection

from callcenter.foundation.clock import db_now
from routing.operations import carry_handovers, hear_sites

log = logging.getLogger(__name__)
EVERY_S = 1.0


class Carrier(Thread):
    """One domain's callers on the way, looked after until `stopped` says so."""

    def __init__(self, *, domain: str, stopped: Callable[[], bool]) -> None:
        super().__init__(name=f"carrier:{domain}", daemon=True)
        self.domain, self.stopped = domain, stopped

    def run(self) -> None:
        while not self.stopped():
            try:
                self.turn()
            except Exception as error:
                log.warning("The carrier of %s tries again: %s", self.domain, error)
                connection.close()
            time.sleep(EVERY_S)
        connection.close()

    def turn(self) -> None:
        """Hear and carry once."""
        now = db_now()
        hear_sites(domain=self.domain, now=now)
        carry_handovers(domain=self.domain, now=now)
