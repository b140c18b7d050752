"""`python -m tests.integration.routing.moving_domain DOMAIN URL`: the domain moves; the command dies at every step first.

Prints the exit codes, and what is left here.
"""

from __future__ import annotations

import json
import os
import sys

import django

django.setup()

# ruff: noqa: E402

from django.core.management import CommandError, call_command
from django.db import connection

from callcenter.foundation.errors import Unavailable
from routing import moving
from routing.models import Call, Domain
from routing.states import ENDED_CALL
from tests.integration.routing.world import World

STEPS = ("close_admission", "copy_rows", "forget_here", "carry", "open_there")


def main(domain: str, url: str) -> None:
    ends, refused = [], ""
    for name in STEPS:
        for before in (True, False):
            child = os.fork()  # a process of its own for each death
            if child == 0:
                connection.connection = None  # the parent's
                _die_at(name, before=before)
                call_command("move_domain", domain, to=url)
                os._exit(0)
            ends.append(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
            refused = refused or _refused(domain)
    call_command("move_domain", domain, to=url)
    live = Call.objects.filter(domain__key=domain).exclude(state__in=ENDED_CALL).count()
    try:
        call_command("route", domain=domain, once=True)
        dispatched = "worked"
    except CommandError as error:
        dispatched = str(error)
    print(json.dumps({"ends": ends, "live": live, "refused": refused, "dispatched": dispatched}))


def _refused(domain: str) -> str:
    try:
        World(domain=Domain.objects.get(key=domain)).arrive()
    except Unavailable as error:
        return error.sentence
    return ""


def _die_at(name: str, *, before: bool) -> None:
    step = getattr(moving, name)

    def dies(*args: object, **kwargs: object) -> None:
        if not before:
            step(*args, **kwargs)
        os._exit(9)

    setattr(moving, name, dies)


if __name__ == "__main__":
    main(*sys.argv[1:])
