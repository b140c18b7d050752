"""Refused attempts leave a trace: every one is counted, and one a minute per person and place is written down.

A page that asks every second for what its reader may no longer see must not bury the trail.
"""

from __future__ import annotations

import logging
import threading
import time

from django.db import Error
from prometheus_client import Counter

from callcenter.foundation import audit
from callcenter.foundation.clock import db_now

logger = logging.getLogger("callcenter.accounts.denials")

EVERY_S = 60.0
_MOST = 2000  # remembered pairs; beyond that the memory starts anew

_DENIED = Counter("zhiyin_denied_total", "Attempts beyond a role or a scope")
_noted: dict[tuple[str, str], float] = {}
_lock = threading.Lock()


def note(*, actor: str, place: str) -> None:
    """Remember that `actor` was refused at `place`, a view's name or a scope. Never fails: the refusal stands."""
    _DENIED.inc()
    if not _is_due(actor, place):
        return
    try:
        audit.write(actor=actor, action="access.denied", subject=f"place:{place}"[:96], now=db_now())
    except Error as error:
        logger.warning("a refusal could not be written down", extra={"actor": actor, "error": type(error).__name__})


def _is_due(actor: str, place: str) -> bool:
    now = time.monotonic()
    with _lock:
        if len(_noted) >= _MOST:
            _noted.clear()
        due = now - _noted.get((actor, place), -EVERY_S) >= EVERY_S
        if due:
            _noted[actor, place] = now
        return due
