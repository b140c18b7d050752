"""`python -m tests.integration.routing.one_server DOMAIN… -- ELSEWHERE`: a caller and an agent in each domain, routed once.

Prints who was brought together in each, and what a dispatcher says to a domain that lives elsewhere.
"""

from __future__ import annotations

import json
import sys

import django

django.setup()

# ruff: noqa: E402

from django.core.management import CommandError, call_command

from callcenter.foundation.clock import db_now
from routing.models import Domain, Reservation
from tests.integration.routing.world import World


def main(*words: str) -> None:
    cut = words.index("--")
    here, (elsewhere,) = words[:cut], words[cut + 1 :]
    for name in here:
        floor = World(domain=Domain.objects.create(key=name, name=name), now=db_now())
        floor.waiting(floor.queue(f"{name}-billing", members=(floor.agent(f"{name}-lin"),)))
    call_command("route", once=True)  # the process's own
    for name in here[1:]:
        call_command("route", domain=name, once=True)
    try:
        call_command("route", domain=elsewhere, once=True)
        refusal = ""
    except CommandError as error:
        refusal = str(error)
    held = Reservation.objects.order_by("id").values_list("domain__key", "agent__key", "call__domain__key")
    print(json.dumps({"held": sorted(held), "refusal": refusal}))


if __name__ == "__main__":
    main(*sys.argv[1:])
