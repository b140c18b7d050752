"""Run by bench_customers_insight in a process of its own: fills a market by SQL and prints what two nights cost.

    python -m benchmarks.insight_run CUSTOMERS POSTMASTER

A night computes far more than RFM and tags: products held, best hours, points and levels, value, risk, interests, fraud.
What RFM and tags by rule need of it is told apart, statement by statement (NEEDED): people, use, contacts, purchases,
their scores, the wide rows, the rules, and the tags put on and taken off. Lanes work side by side, so the share that these
statements have in the time of all is taken of the night's.

Customer n has the id made of n, so that a million of them are stored in the order of their index, and the promises
between tables are taken back while the market is filled: that is no part of a night.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import django
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.db.backends.signals import connection_created

from benchmarks.filling import fill
from benchmarks.scratch import spent_cpu

if TYPE_CHECKING:
    from customers.insight.computing import Computed

FILL = """
INSERT INTO customers_offering (code, family, kind, name_en, name_zh, summary_en, summary_zh, fee_fen, margin_fen,
    tariff, tags, suits, not_for, valid_from, parts, requires, excludes)
VALUES ('plan', 'mobile', 'plan', 'p', 'p', '', '', 9900, 4000, '{}', '[]', '[]', '[]', '2020-01-01', '[]', '[]', '[]');
INSERT INTO customers_customer (id, kind, status, name, title, language, region, birth_year, level, value_tier, lifecycle,
    since, created_at, source)
SELECT lpad(to_hex(n), 32, '0')::uuid, 'individual', 'active', 'n', '', 'zh', 'r' || n %% 20, 1940 + n %% 70, '', '', '',
    current_date - (n %% 4000), now(), 'crm' FROM generate_series(1, %(n)s) AS n;
INSERT INTO customers_usagemonth (customer_id, month, voice_s, data_kb, messages, bill_fen, "full", sums, lines)
SELECT id, date_trunc('month', now()) - make_interval(months => m), (random() * 36000)::int, (random() * 2e7)::int, 5,
    3000 + (random() * 9000)::int, true, '[]', '[{"kind": "fee", "fen": 9900}, {"kind": "data", "fen": 500}]'
FROM customers_customer, generate_series(1, 6) AS m;
INSERT INTO customers_holding (customer_id, offering_id, status, since, term_end, source)
SELECT customer.id, offering.id, 'active', current_date - 500, current_date + (random() * 500)::int, 'b'
FROM customers_customer AS customer, customers_offering AS offering;
INSERT INTO customers_interaction (customer_id, at, channel, kind, direction, code, outcome, note, data)
SELECT id, now() - random() * interval '500 days', (ARRAY['voice', 'app', 'web'])[1 + m %% 3],
    (ARRAY['call', 'message', 'order'])[1 + m %% 3],
    'in', 'bill_question', 'completed', '', '{}' FROM customers_customer, generate_series(1, 6) AS m;
INSERT INTO customers_transaction (customer_id, kind, line, amount_fen, discount_fen, gift, early, at, source, external_id)
SELECT id, 'purchase', 'mobile', 1000 + (random() * 90000)::int, 0, false, false,
    now() - random() * interval '360 days', 'b', id || ':' || m
FROM customers_customer, generate_series(1, 2) AS m;
INSERT INTO customers_consent (customer_id, purpose, channel, state, proof, at)
SELECT id, 'marketing', 'voice', CASE WHEN random() < .8 THEN 'granted' ELSE 'refused' END, '', now() FROM customers_customer;
"""


NEEDED = (
    "WITH NO DATA", "ANALYZE i_", "DROP TABLE", "percentile_disc", "MERGE INTO customers_facts", "tag_holds", "tag_changed",
    *(f"TABLE i_{name}_" for name in ("person", "used", "spoken", "told", "bought", "scored", "joined")),
    *(f"INSERT INTO i_{name} " for name in ("preferred", "moved", "rank_r", "rank_f", "rank_m")),
)  # fmt: skip


class Nights:
    """Seconds of whole nights, by the clock and of processors, and what share of them RFM and tags need."""

    def __init__(self, postmaster: int) -> None:
        self._postmaster = postmaster
        self._spent: list[tuple[str, float]] = []  # one list of all lanes' threads
        connection_created.connect(self._watch)
        connection.execute_wrappers.append(self._weighed)

    def of(self, night: Callable[[], Computed]) -> dict[str, float]:
        """What a night cost."""
        self._spent.clear()
        began = spent_cpu(self._postmaster)
        done = night()
        cpu, total = spent_cpu(self._postmaster) - began, sum(seconds for _what, seconds in self._spent)
        needed = sum(seconds for what, seconds in self._spent if any(name in what for name in NEEDED))
        return {"customers": done.customers, "clock": done.seconds, "cpu": cpu, "share": needed / total}

    def _watch(self, connection: Any, **_rest: Any) -> None:
        if self._weighed not in connection.execute_wrappers:
            connection.execute_wrappers.append(self._weighed)

    def _weighed(self, execute: Any, statement: Any, *rest: Any) -> Any:
        began = time.perf_counter()
        try:
            return execute(statement, *rest)
        finally:
            self._spent.append((str(statement), time.perf_counter() - began))


def main(customers: int, postmaster: int) -> None:
    django.setup()
    call_command("migrate", verbosity=0)
    from callcenter.foundation.clock import db_now
    from customers.insight.computing import compute
    from customers.insight.tagging import install_rules
    from customers.insight.tags import DEFINITIONS
    from customers.models import Tag

    Tag.objects.bulk_create(
        Tag(key=one.key, name_en=one.name_en, name_zh=one.name_zh, layer=one.layer) for one in DEFINITIONS.values()
    )
    fill(FILL, {"n": customers})
    now = db_now()
    install_rules(now=now)
    nights = Nights(postmaster)
    first = nights.of(lambda: compute(now=now))
    # a day later every day count has moved: all rows are written
    second = nights.of(lambda: compute(now=db_now() + timedelta(days=1)))
    assert second["customers"] == first["customers"] == customers
    print(json.dumps({"first": first, "second": second, "lanes": settings.INSIGHT_LANES}))


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "callcenter.settings")
    main(int(sys.argv[1]), int(sys.argv[2]))
