"""A dispatcher that freezes itself: `python -m tests.integration.routing.sleepwalker MOMENT`.

MOMENT: `before` its decision, lease in hand; `written`, behind the one statement that writes it; or `holding` what it puts
right in a transaction. Woken, it goes on as if nothing had been and says how it fared.
"""

from __future__ import annotations

import os
import signal
import sys
from typing import Any

import django

django.setup()

# ruff: noqa: E402

from django.db import connection

from callcenter.foundation.wakeups import Sleeper
from routing import dispatcher
from routing.operations import assignment, endings

MOMENTS: dict[str, tuple[Any, str]] = {
    "before": (dispatcher, "assign_waiting"),
    "written": (assignment, "_commit"),
    "holding": (endings, "release"),
}


def freeze() -> None:
    os.kill(os.getpid(), signal.SIGSTOP)


def main(moment: str) -> None:
    sleeper = Sleeper("sleepwalker")
    walker = dispatcher.Dispatcher(domain="main", holder="sleepwalker", sleeper=sleeper, stopped=lambda: True)
    owner, name = MOMENTS[moment]
    act = getattr(owner, name)

    def dreamed(*given: Any, **told: Any) -> Any:
        setattr(owner, name, act)
        if moment == "before":
            freeze()
            return act(*given, **told)
        written = act(*given, **told)
        freeze()
        return written

    setattr(owner, name, dreamed)
    try:
        walker.turn()
        connection.ensure_connection()
        print("went on", flush=True)
    finally:
        sleeper.close()


if __name__ == "__main__":
    main(sys.argv[1])
