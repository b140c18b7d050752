"""Processes that race for the agents of one floor, for `routing.racing_*`: each is killed without warning now and then.

    python -m benchmarks.racers floor AGENTS | stable

`stable` keeps the product loaded and forks a racer for each line `route` or `write CALLS TRUNK` it reads, answering its process
number: who is killed races again at once, not after seconds of imports.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from uuid import uuid4


def main(role: str, *given: str) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "callcenter.settings")
    import django

    django.setup()
    if role == "floor":
        floor(int(given[0]))
    else:
        stable()


def floor(agents: int) -> None:
    from django.core.management import call_command
    from django.db import connection

    from routing.models import Agent, Domain, Queue

    call_command("migrate", verbosity=0)
    home = Domain.objects.create(key="main", name="Main")
    made = Agent.objects.bulk_create(
        Agent(domain=home, key=f"{no}", name_en="", name_zh="", device="idle", lease_id=uuid4()) for no in range(agents)
    )
    queue = Queue.objects.create(domain=home, key="q", name_en="", name_zh="", ring_s=120)
    queue.members.set(made)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE routing_agent SET presence = 'available', idle_since = clock_timestamp(),"
            " lease_expires_at = clock_timestamp() + interval '1 day'"
        )
        cursor.execute("CREATE TABLE bench_doubled (agent bigint, slot int)")
    print(json.dumps({"agents": len(made)}))


def stable() -> None:
    from routing import dispatcher  # noqa: F401  loaded once, for all who are forked

    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for the dead
    print("ready", flush=True)
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            _race(*line.split())
        print(pid, flush=True)


def _race(role: str, *given: str) -> None:
    from django.core.management import call_command

    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.dup2(os.open(os.devnull, os.O_RDWR), sys.stdin.fileno())
    code = 1
    try:
        if role == "route":
            call_command("route")
        else:
            write(int(given[0]), given[1])
        code = 0
    finally:
        os._exit(code)  # never back into the loop of the one who forked us


def write(calls: int, name: str) -> None:
    """Callers 0 … `calls` of the trunk `name`, each until we know it is taken in, as a switch repeats its command."""
    from django.db import OperationalError, connection

    from routing.models import Call

    known = set(Call.objects.filter(source=name).values_list("external_id", flat=True))
    left = [no for no in map(str, range(calls)) if no not in known]
    for no in left:
        while True:
            try:
                _arrives(name, no)
                break
            except OperationalError:  # we were frozen for longer than a transaction may idle
                connection.close()


def _arrives(name: str, no: str) -> None:
    from django.db import transaction

    from callcenter.foundation.clock import db_now
    from routing import operations
    from routing.facts import CallerFacts

    now = db_now()
    with transaction.atomic():
        call, _ = operations.arrive(
            call_id=uuid4(), domain="main", source=name, external_id=no, channel="voice", direction="in", queue="q",
            from_number="", from_e164="", to_number="", language="zh", attributes={}, facts=CallerFacts(),
            customer_id=None, match_basis="withheld", now=now, actor=name,
        )  # fmt: skip
        operations.assign_waiting(domain="main", now=now, actor=name, only_call=call.id)


if __name__ == "__main__":
    main(*sys.argv[1:])
