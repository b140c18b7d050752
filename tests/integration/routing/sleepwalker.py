"""A dispatcher that freezes itself: `python -m tests.integration.routing.sleepwalker MOMENT`.

MOMENT: `before` its decision, lease in hand, or `holding` the rows it has written and not yet committed. Woken, it goes on as
if nothing had been, takes one more turn and says how it fared.
"""

from __future__ import annotations

import os
import signal
import sys
from typing import Any

import django

django.setup()

# ruff: noqa: E402

from django.db import Error, connection

from callcenter.foundation.wakeups import Sleeper
from routing import dispatcher
from routing.operations import assignment


def freeze() -> None:
    os.kill(os.getpid(), signal.SIGSTOP)


def main(moment: str) -> None:
    sleeper = Sleeper("sleepwalker")
    walker = dispatcher.Dispatcher(domain="main", holder="sleepwalker", sleeper=sleeper, stopped=lambda: True)
    owner, name = (dispatcher, "assign_waiting") if moment == "before" else (assignment, "_commit")
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
    except Error:
        print("cut off", flush=True)
    finally:
        sleeper.close()


if __name__ == "__main__":
    main(sys.argv[1])
