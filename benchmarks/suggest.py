"""`python -m benchmarks.suggest CUSTOMERS CALLS PER_SECOND`: milliseconds of each suggestion as JSON, on a scratch database."""

from __future__ import annotations

import json
import os
import sys
import time
from random import Random

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "callcenter.settings")

import django

django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402

from callcenter.demo.operator import seed  # noqa: E402
from callcenter.foundation.clock import db_now  # noqa: E402
from callcenter.foundation.ids import uuid7  # noqa: E402
from callcenter.warming import settle  # noqa: E402
from customers.models import Customer, Identifier, Offering  # noqa: E402
from customers.offers import queries  # noqa: E402
from customers.offers.warming import Warmth  # noqa: E402
from customers.results import CallContext  # noqa: E402

PRODUCTS = 200
INTENTS = ("", "bill_question", "data_usage", "change_plan", "roaming", "leave", "buy_data")


def fill(customers: int) -> None:
    call_command("migrate", verbosity=0)
    seed.build(customers=customers, now=db_now())
    plans = list(Offering.objects.filter(family="mobile", kind__in=["plan", "pack"]))
    random = Random(200)
    Offering.objects.bulk_create(
        Offering(
            code=f"{one.code}-{number}", family=one.family, kind=one.kind, name_en=f"{one.name_en} {number}",
            name_zh=f"{one.name_zh}{number}", fee_fen=one.fee_fen + 10 * number,
            tariff=one.tariff | {"fee": one.fee_fen + 10 * number}, suits=one.suits, valid_from=one.valid_from,
        )
        for number in range(PRODUCTS - Offering.objects.count())
        for one in [random.choice(plans)]
    )  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def main() -> None:
    customers, calls, rate = (int(word) for word in sys.argv[1:])
    fill(customers)
    random = Random(7)
    people = list(Customer.objects.filter(kind="individual").values_list("pk", flat=True)[:2_000])
    numbers = dict(Identifier.objects.filter(kind="phone").values_list("customer_id", "value"))
    Warmth().keep(now=db_now())  # as a web process does before its first caller (callcenter/warming.py)
    settle()
    spent = []
    for number in range(calls + 50):
        customer = random.choice(people)
        began = time.perf_counter()
        now = db_now()
        context = CallContext(
            call_id=uuid7(),
            customer_id=customer,
            intent=random.choice(INTENTS),
            language="en",
            queue="q",
            agent_name="Lin",
        )
        policy = queries.policy(customer_id=customer, number_e164=numbers.get(customer, ""), now=now)
        queries.suggest(context=context, policy=policy, now=now)
        took = time.perf_counter() - began
        if number >= 50:  # warm
            spent.append(took * 1000)
        time.sleep(max(0.0, 1 / rate - took))
    print(json.dumps(spent))


if __name__ == "__main__":
    main()
