"""Run by bench_customers_view in a process of its own: fills customers by SQL, twice, and prints what one view costs.

    python -m benchmarks.customer_view SMALL LARGE ROWS PROBES

A view is all that the customer's page reads: strip, sections, ties, money, timeline, provenance. Its pages are counted by
EXPLAIN, statement by statement: they do not depend on what else the machine does.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from datetime import datetime
from random import Random
from typing import Any
from uuid import UUID

import django
from django.core.management import call_command
from django.db import connection

from benchmarks.filling import fill

SEED = 20261122
ROUNDS = 3  # each with people of its own: the best of them says what we cost, the others what the neighbours did
EXPLAINED = 40  # views whose pages are counted
# Customer n has the id made of n, and 139 and n as the number; every tenth stands in a household.
FILL = """
INSERT INTO customers_customer (id, kind, status, name, title, language, region, birth_year, level, value_tier, lifecycle,
    since, created_at, source)
SELECT lpad(to_hex(n), 32, '0')::uuid, 'individual', 'active', 'n', '', 'zh', 'r', 1980, '', '', '', current_date, now(), 'crm'
FROM generate_series(%(from)s::bigint, %(to)s::bigint) AS n;
INSERT INTO customers_identifier (customer_id, kind, scope, value, role, source)
SELECT lpad(to_hex(n), 32, '0')::uuid, kind, '', CASE kind WHEN 'phone' THEN '+86139' || lpad(n::text, 8, '0')
    ELSE 'u' || n || '@example.com' END, 'user', 'crm'
FROM generate_series(%(from)s::bigint, %(to)s::bigint) AS n, unnest(ARRAY['phone', 'email']) AS kind;
INSERT INTO customers_sourcerecord (source, key, customer_id, row_no, content_hash, fields, observed_at, received_at)
SELECT 'crm', n::text, lpad(to_hex(n), 32, '0')::uuid, n, '', '{"name": "n", "region": "r"}', now(), now()
FROM generate_series(%(from)s::bigint, %(to)s::bigint) AS n;
INSERT INTO customers_relationship (a_id, b_id, role)
SELECT lpad(to_hex(n), 32, '0')::uuid, lpad(to_hex(n - 1), 32, '0')::uuid, 'payer'
FROM generate_series(%(from)s::bigint, %(to)s::bigint) AS n WHERE n %% 10 = 1 AND n > %(from)s;
INSERT INTO customers_usagemonth (customer_id, month, voice_s, data_kb, messages, bill_fen, "full", sums, lines)
SELECT lpad(to_hex(n), 32, '0')::uuid, date_trunc('month', now()), 60, 1024, 5, 3000, true, '[]', '[]'
FROM generate_series(%(from)s::bigint, %(to)s::bigint) AS n;
INSERT INTO customers_interaction (customer_id, at, channel, kind, direction, code, outcome, note, data)
SELECT lpad(to_hex(n), 32, '0')::uuid, now() - m * interval '1 day' - n * interval '1 ms', 'voice', 'call', 'in',
    'bill_question', 'completed', '', '{}'
FROM generate_series(1, %(rows)s) AS m, generate_series(%(from)s::bigint, %(to)s::bigint) AS n
"""


def main(small: int, large: int, rows: int, probes: int) -> None:
    django.setup()
    call_command("migrate", verbosity=0)
    random = Random(SEED)
    fill(FILL, {"from": 1, "to": small, "rows": rows})
    before = pages(random, small)
    fill(FILL, {"from": small + 1, "to": large, "rows": rows})
    after = pages(random, large)
    now = datetime.now().astimezone()
    told = {
        "pages_small": before,
        "pages_large": after,
        "view": [timed(lambda n: view(n, now), random, large, probes) for _round in range(ROUNDS)],
        "lookup": [timed(lambda n: lookup(n, now), random, large, probes) for _round in range(ROUNDS)],
    }
    print(json.dumps(told))


def view(number: int, now: datetime) -> None:
    from customers.identity import queries, relations
    from customers.imports import provenance
    from customers.insight import money
    from customers.insight import queries as insight
    from customers.timeline import queries as timeline

    customer = UUID(int=number)
    queries.customer_view(customer_id=customer, now=now)
    relations.relations(customer_id=customer, today=now.date())
    money.recent_transactions(customer_id=customer)
    timeline.page(customer_id=customer, cursor="")
    provenance.claims(customer_id=customer)
    insight.of(customer_id=customer)
    insight.tags_of(customer_id=customer, now=now)


def lookup(number: int, now: datetime) -> None:
    from customers.identity import queries

    found = queries.find(kind="phone", value=f"139{number:08d}", now=now)
    assert found.customer_id == UUID(int=number), number


def timed(act: Callable[[int], None], random: Random, customers: int, probes: int) -> list[float]:
    """Milliseconds of each, after a tenth as many to warm up."""
    spent = []
    for turn in range(probes + probes // 10):
        number = random.randint(1, customers)
        began = time.perf_counter()
        act(number)
        if turn >= probes // 10:
            spent.append(1000 * (time.perf_counter() - began))
    return spent


def pages(random: Random, customers: int) -> float:
    """Pages that one view touches, on average."""
    now = datetime.now().astimezone()
    asked: list[tuple[str, Any]] = []

    def remember(execute: Any, query: str, values: Any, many: bool, context: Any) -> Any:
        asked.append((query, values))
        return execute(query, values, many, context)

    with connection.execute_wrapper(remember):
        for _turn in range(EXPLAINED):
            view(random.randint(1, customers), now)
    return sum(_touched(query, values) for query, values in asked) / EXPLAINED


def _touched(query: str, values: Any) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {query}", values)
        (told,) = cursor.fetchone() or ([],)
    plan = (json.loads(told) if isinstance(told, str) else told)[0]["Plan"]
    return int(plan["Shared Hit Blocks"] + plan["Shared Read Blocks"])


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "callcenter.settings")
    main(*(int(word) for word in sys.argv[1:]))
