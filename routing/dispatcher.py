"""The dispatcher: expire → match → reserve → wait, for one domain, for as long as the process lives.

Several may run; one holds the domain's lease and works, the others stand by and take over within the lease's length.
Errors never end it: it reconnects for ever, and everything it was about to do is still there as rows.
"""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable
from datetime import datetime, timedelta

from django.conf import settings
from django.db import Error as DatabaseError
from django.db import connection

from callcenter.foundation.errors import NotFound
from callcenter.foundation.models import Heartbeat
from callcenter.foundation.wakeups import Sleeper
from routing import queries
from routing.operations import (
    Lease,
    assign_waiting,
    release_lease,
    renew_lease,
    review_overflow,
    sweep,
    take_lease,
    turn_day,
)
from routing.operations.leases import RENEW_S

log = logging.getLogger(__name__)

STANDBY_S = 0.5  # how often a standby asks for the lease
PAUSE_S = (0.1, 2.0)  # between tries while the database is away
# After a look that found callers and nobody for them: whoever arrives wakes it, too, for nothing. What comes within this
# moment is one look.
IN_VAIN_S = 0.01


class Dispatcher:
    """One process's work for one domain. `holder` names the process, unique among all."""

    def __init__(self, *, domain: str, holder: str, sleeper: Sleeper, stopped: Callable[[], bool]) -> None:
        self.domain, self.holder, self.sleeper, self.stopped = domain, holder, sleeper, stopped
        self.lease: Lease | None = None
        self._renewed_at: datetime | None = None
        self._failures = 0
        self._in_vain = False

    def run(self) -> None:
        """Work until stopped, whatever happens."""
        while not self.stopped():
            try:
                woken = self.sleeper.wait(self.turn())
                if woken and self._in_vain:
                    time.sleep(IN_VAIN_S)
                self._failures = 0
            except Exception as error:
                self._failed(error)
        self._let_go()

    def turn(self) -> float:
        """Look once and do what there is to do. Seconds until the next look is needed."""
        self._in_vain = False
        look = queries.look(domain=self.domain)
        if not self._holds_lease(look.now):
            return STANDBY_S
        if look.due and sweep(domain=self.domain, now=look.now, lease=self.lease).total():
            return 0.0
        if look.waiting and assign_waiting(domain=self.domain, now=look.now, lease=self.lease):
            return 0.0
        self._in_vain = bool(look.waiting)
        return settings.ROUTING_TICK_MS / 1000

    def _holds_lease(self, now: datetime) -> bool:
        if self._renewed_at is not None and now - self._renewed_at < timedelta(seconds=RENEW_S):
            return self.lease is not None
        if self.lease is None:
            self.lease = take_lease(domain=self.domain, holder=self.holder, now=now)
            if self.lease is None:
                return False
            log.info("Dispatching %s, token %s.", self.domain, self.lease.token)
        elif not renew_lease(lease=self.lease, now=now):
            log.warning("Another dispatcher has taken %s over.", self.domain)
            self.lease = self._renewed_at = None
            return False
        self._renewed_at = now
        turn_day(lease=self.lease, now=now)
        review_overflow(domain=self.domain, now=now, lease=self.lease)
        Heartbeat.objects.update_or_create(process=f"route:{self.domain}", defaults={"kind": "route", "at": now})
        return True

    def _failed(self, error: Exception) -> None:
        """Say it once per spell of trouble, drop the connection, and try again after a random while."""
        self._failures += 1
        if self._failures == 1:
            log.warning("The dispatcher of %s tries again: %s", self.domain, error, exc_info=not _away(error))
        connection.close()
        least, most = PAUSE_S
        self.sleeper.wait(random.uniform(least, min(most, least * 2**self._failures)))

    def _let_go(self) -> None:
        if self.lease is None:
            return
        try:
            release_lease(lease=self.lease, now=queries.look(domain=self.domain).now)
        except (DatabaseError, NotFound):
            log.warning("The lease of %s could not be released; it runs out by itself.", self.domain)
        self.lease = None


def _away(error: Exception) -> bool:
    return isinstance(error, DatabaseError | NotFound)
