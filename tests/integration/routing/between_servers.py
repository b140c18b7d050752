"""`python -m tests.integration.routing.between_servers`: callers of north go to south, sent or by a rule, killed at every step.

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
from routing import operations, queries, sites
from routing.models import Call, Domain, Handover, OverflowRule
from routing.operations import departing, handing_on
from tests.integration.routing.world import World

ADA = ((handing_on, "_leave"), (handing_on, "carry_handovers"), (sites, "ask"), (handing_on, "_carry"))
RULE = ((departing, "depart"), (sites, "ask"), (handing_on, "_carry"))


def main() -> None:
    floor = World(domain=Domain.objects.create(key="north", name="North"), now=db_now())
    queue, full = floor.queue("billing"), floor.queue("full")
    rule = OverflowRule.objects.create(queue=full, measure="waiting", action="site", site="south/south-billing")
    OverflowRule.objects.filter(pk=rule.pk).update(on_since=db_now())
    for steps, goes in ((ADA, _send), (RULE, _overflow)):
        for place, name in steps:
            for before in (True, False):
                call = floor.waiting(queue) if goes is _send else floor.arrive()
                operations.hear_sites(domain="north", now=db_now())
                child = os.fork()  # a process of its own for each death
                if child == 0:
                    django.db.connection.connection = None  # the parent's
                    _die_at(place, name, before=before)
                    goes(call.id)
                    os._exit(0)
                os.waitpid(child, 0)
                if goes is _overflow:
                    _overflow(call.id)  # the switch, unanswered, asks again; the dispatcher comes by
                operations.carry_handovers(domain="north", now=db_now())
    left = Handover.objects.filter(done_at__isnull=True).count()
    called = Call.objects.count()
    print(json.dumps({"called": called, "sent": Handover.objects.count(), "on_the_way": left, "here": _waiting()}))


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


def _overflow(call_id: UUID) -> None:
    if queries.call(call_id=call_id).state == "arrived":
        operations.enqueue(call_id=call_id, queue="full", head_start_s=0, facts=None, now=db_now(), actor="switch")
    operations.carry_handovers(domain="north", now=db_now())


def _waiting() -> int:
    return Call.objects.filter(state="queued").count()


if __name__ == "__main__":
    main()
