"""Run by bench_customers_insight in a process of its own: fills a market by SQL and prints what two nights cost.

    python -m benchmarks.insight_run CUSTOMERS POSTMASTER

A night computes far more than RFM and tags: products held, best hours, points and levels, value, risk, interests, fraud.
What RFM and tags by rule need of it is told apart, statement by statement (NEEDED): people, use, contacts, purchases,
their scores, the wide rows, the rules, and the tags put on and taken off.

Customer n has the id made of n, so that a million of them are stored in the order of their index, and the promises
between tables are taken back while the market is filled: that is no part of a night.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import django
from django.core.management import call_command
from django.db import connection

from benchmarks.filling import fill
from benchmarks.scratch import spent_cpu

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
    "TABLE i_person", "TABLE i_used", "TABLE i_spoken", "TABLE i_told", "TABLE i_bought", "TABLE i_scored",
    "TABLE i_joined", "MERGE INTO customers_facts", "ANALYZE i_", "INTO tag_holds", "TABLE tag_holds",
    "ANALYZE tag_", "customers_tagassignment", "UPDATE customers_facts",
)  # fmt: skip


class Nights:
    """Processor seconds of server and process, of whole nights and of what RFM and tags need of them."""

    def __init__(self, postmaster: int) -> None:
        self._postmaster, self._needed = postmaster, 0.0

    def of(self, night: Callable[[], Any]) -> tuple[Any, float, float]:
        """What a night did, its seconds, and those of what is NEEDED."""
        self._needed, began = 0.0, spent_cpu(self._postmaster)
        with connection.execute_wrapper(self._weighed):
            done = night()
        return done, spent_cpu(self._postmaster) - began, self._needed

    def _weighed(self, execute: Any, statement: Any, *rest: Any) -> Any:
        if not any(name in str(statement) for name in NEEDED):
            return execute(statement, *rest)
        began = spent_cpu(self._postmaster)
        try:
            return execute(statement, *rest)
        finally:
            self._needed += spent_cpu(self._postmaster) - began


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
    first, first_cpu, _needed = nights.of(lambda: compute(now=now))
    # a day later every day count has moved: all rows are written
    second, second_cpu, needed_cpu = nights.of(lambda: compute(now=db_now() + timedelta(days=1)))
    assert second.customers == first.customers == customers
    told = {
        "first": first.seconds,
        "second": second.seconds,
        "first_cpu": first_cpu,
        "second_cpu": second_cpu,
        "needed_cpu": needed_cpu,
    }
    print(json.dumps(told))


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "callcenter.settings")
    main(int(sys.argv[1]), int(sys.argv[2]))
