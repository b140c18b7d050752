"""A web process at ease: what every call needs is read ahead of it, and what never dies is not looked through again.

Measured on suggestions: a full look of Python's collector through all that a process holds took a quarter of a second, in
the middle of some call; the pool of promises and a shelf of 200 products took as long after each quarter of an hour.
"""

from __future__ import annotations

import gc
import logging
import threading

from django.db import DatabaseError, connection

from callcenter.foundation.clock import db_now
from customers.offers.warming import Warmth

EVERY_S = 30.0
_log = logging.getLogger(__name__)


def start() -> threading.Thread:
    """Keeps the process warm from now on, in a thread that dies with it."""
    thread = threading.Thread(target=_run, name="warming", daemon=True)
    thread.start()
    return thread


def settle() -> None:
    """What is held now is held for good: the collector looks through what comes after it alone."""
    gc.collect()
    gc.freeze()


def _run() -> None:
    warmth, wait = Warmth(), threading.Event()
    while True:
        try:
            if warmth.keep(now=db_now()):
                settle()
        except DatabaseError:
            _log.warning("Nothing could be read ahead; requests read for themselves until it is back.")
        finally:
            connection.close()
        wait.wait(EVERY_S)
