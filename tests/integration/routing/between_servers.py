"""`python -m tests.integration.routing.between_servers`: callers of north are sent to south, killed at every step.

Prints how many were sent, and how many are still on the way at the end.
"""

from __future__ import annotations

import json
import os
from uuid import UUID

import django

django.setup()

# ruff: noqa: E402

from callcenter.foundation.clock import db_now
from routing import operations, sites
from routing.models import Call, Domain, Handover
from routing.operations import handing_on
from tests.integration.routing.world import World

STEPS = ((handing_on, "_leave"), (handing_on, "carry_handovers"), (sites, "ask"), (handing_on, "_carry"))


def main() -> None:
    floor = World(domain=Domain.objects.create(key="north", name="North"), now=db_now())
    queue = floor.queue("billing")
    for place, name in STEPS:
        for before in (True, False):
            call = floor.waiting(queue)
            child = os.fork()  # a process of its own for each death
            if child == 0:
                django.db.connection.connection = None  # the parent's
                _die_at(place, name, before=before)
                _send(call.id)
                os._exit(0)
            os.waitpid(child, 0)
            operations.carry_handovers(now=db_now())  # the dispatcher comes by
    left = Handover.objects.filter(done_at__isnull=True).count()
    print(json.dumps({"sent": Handover.objects.count(), "on_the_way": left, "here": _waiting()}))


def _die_at(place: object, name: str, *, before: bool) -> None:
    step = getattr(place, name)

    def dies(*args: object, **kwargs: object) -> None:
        if not before:
            step(*args, **kwargs)
        os._exit(9)

    setattr(place, name, dies)


def _send(call_id: UUID) -> None:
    operations.send_to_site(
        call_id=call_id, domain="south", queue="south-billing", why="full", now=db_now(), actor="story"
    )


def _waiting() -> int:
    return Call.objects.filter(state="queued").count()


if __name__ == "__main__":
    main()
