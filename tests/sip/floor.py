"""`python -m tests.sip.floor '{"lin": 40001, …}'`: a floor whose agents' phones listen on these ports. Prints JSON."""

from __future__ import annotations

import json
import sys

import django

QUEUES = ("billing", "retention")
RING_S = 5  # the shortest that a queue may ask for


def main() -> None:
    django.setup()
    from callcenter.accounts.api_keys import SCOPES, create_key
    from callcenter.foundation.clock import db_now
    from callcenter.telephony.models import Trunk
    from routing.models import Agent, Domain, Queue

    ports: dict[str, int] = json.loads(sys.argv[1])
    domain = Domain.objects.create(key="main", name="Main")
    queues = [
        Queue.objects.create(domain=domain, key=key, name_en=key, name_zh=key, wrap_up_mode="none", ring_s=RING_S)
        for key in QUEUES
    ]
    agents = Agent.objects.bulk_create(
        Agent(
            domain=domain, key=key, name_en=key, name_zh=key, device="idle", contact=f"sip:{key}@127.0.0.1:{port}"
        )
        for key, port in ports.items()
    )  # fmt: skip
    for queue in queues:
        queue.members.set(agents)
    Trunk.objects.create(key="kamailio", group="pbx", domain="main", dialect="kamailio")
    now = db_now()
    keys = {
        "switch": create_key(
            name="kamailio",
            scopes=["calls:write", "calls:read", "events:write"],
            domain="main",
            trunk="kamailio",
            now=now,
        )[1],
        "floor": create_key(name="floor", scopes=list(SCOPES), domain="main", trunk="kamailio", now=now)[1],
    }
    print(json.dumps(keys))


if __name__ == "__main__":
    main()
