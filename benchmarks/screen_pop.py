"""The work behind `desk.screen_pop_ms.p99`, in a process of its own on a scratch database.

    python -m benchmarks.screen_pop CUSTOMERS ROWS POPS

fills the database that DATABASE_URL names with COPY and prints the milliseconds of each pop as one JSON list. A pop is
all that the desk's door assembles when a call rings: caller, candidates, policy, timeline, cards, script.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

WARM_UP = 100
SEED = 20261122
HEAVY = 1_000  # each thousandth customer has a thousand contacts, the others share the rest
NOW = datetime(2026, 11, 22, 2, tzinfo=UTC)
GB = 1024 * 1024
Row = tuple[Any, ...]


def main(customers: int, rows: int, pops: int) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "callcenter.settings")
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    fill(customers, rows)
    print(json.dumps(measure(customers, pops)))


# --- the scratch database -------------------------------------------------------------------------------------------
def fill(customers: int, rows: int) -> None:
    from django.db import connection

    stock_shelves()
    copy("customers_customer", CUSTOMER, (customer(index) for index in range(customers)))
    copy("customers_identifier", IDENTIFIER, (row for index in range(customers) for row in identifiers(index)))
    copy("customers_consent", CONSENT, (consent(index) for index in range(customers)))
    copy("customers_usagemonth", USAGE, (row for index in range(customers) for row in usage(index)))
    copy("customers_holding", HOLDING, (row for index in range(customers) for row in holdings(index)))
    copy("customers_tagassignment", TAGGED, (row for index in range(customers) for row in tagged(index)))
    copy("customers_interaction", INTERACTION, interactions(customers, rows))
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def copy(table: str, columns: tuple[str, ...], rows: Iterable[Row]) -> None:
    from django.db import connection

    with connection.cursor() as cursor, cursor.copy(f"COPY {table} ({', '.join(columns)}) FROM STDIN") as stream:
        for row in rows:
            stream.write_row(row)


def stock_shelves() -> None:
    """Forty products, six tags and a general script: the size of a shop."""
    from customers.models import Offering, Tag
    from customers.offers.scripts import operations as scripts

    Offering.objects.bulk_create(product(index) for index in range(40))
    Tag.objects.bulk_create(
        Tag(key=key, name_en=key, name_zh=key, layer="hobby")
        for key in ("reader", "family", "traveller", "gamer", "student", "heavy_data")
    )
    lines = [{"stage": "greet", "text": "您好，{customer_title}，我是{agent}。", "mandatory": True}] * 8
    number = scripts.draft(key="general", language="zh-hans", lines=lines, author="user:1")
    scripts.publish(key="general", language="zh-hans", number=number, approver="user:2", now=NOW)


def product(index: int) -> Any:
    from customers.models import Offering

    family, kind = (("mobile", "plan"), ("mobile", "pack"), ("broadband", "plan"), ("content", "content"))[index % 4]
    buckets = [
        {"id": "data", "service": "data", "scope": ["national"], "amount": index + 1, "unit": "GB", "order": 1},
        {
            "id": "voice",
            "service": "voice",
            "scope": ["national"],
            "amount": (index + 1) * 25,
            "unit": "minute",
            "order": 2,
        },
    ]
    beyond = [
        {"service": "data", "scope": "national", "block": 1_048_576, "price": {"num": 500}},
        {"service": "voice", "scope": "national", "block": 60, "price": {"num": 15}},
        {"service": "messages", "scope": "national", "block": 1, "price": {"num": 10}},
    ]
    tariff = {"fee": 1_000 + 300 * index, "buckets": buckets, "overage": beyond}
    return Offering(
        code=f"product-{index}", family=family, kind=kind, name_en=f"Product {index}", name_zh=f"产品{index}",
        fee_fen=1_000 + 300 * index, tariff=tariff, suits=["reader"] if index % 3 else [],
        valid_from=date(2023, 1, 1),
    )  # fmt: skip


def key(index: int) -> UUID:
    return UUID(int=(0x0190 << 112) | (7 << 76) | (2 << 62) | index)


def number(index: int) -> str:
    """Every hundredth pair shares a number."""
    return f"+86138{index - (index % 100 == 1):08d}"


CUSTOMER = (
    "id", "kind", "status", "name", "title", "language", "region", "level", "value_tier", "lifecycle", "birth_year",
    "created_at", "source",
)  # fmt: skip
IDENTIFIER = ("customer_id", "kind", "scope", "value", "role", "last_seen_at", "source")
CONSENT = ("customer_id", "purpose", "channel", "state", "proof", "at")
USAGE = ("customer_id", "month", "voice_s", "data_kb", "messages", "bill_fen", '"full"', "sums", "lines")
HOLDING = ("customer_id", "offering_id", "status", "since", "source")
TAGGED = ("customer_id", "tag_id", "origin", "evidence", "at")
INTERACTION = ("customer_id", "at", "channel", "kind", "direction", "code", "outcome", "note", "data")


def customer(index: int) -> Row:
    name = f"张{chr(0x4E00 + index % 5_000)}"
    return (
        key(index), "individual", "active", name, "ms", "zh", "广州", "gold", "gold", "stable", 1980, NOW, "crm",
    )  # fmt: skip


def identifiers(index: int) -> Iterator[Row]:
    yield (key(index), "phone", "", number(index), "user", NOW - timedelta(days=index % 300), "crm")
    yield (key(index), "member", "", f"M{index:010d}", "holder", None, "crm")


def consent(index: int) -> Row:
    return (key(index), "marketing", "voice", "refused" if index % 8 == 0 else "granted", "app", NOW)


def usage(index: int) -> Iterator[Row]:
    for month in range(5, 11):
        yield (key(index), date(2026, month, 1), index % 9_000, (index % 40) * GB, 0, 5_000, True, "[]", "[]")


def holdings(index: int) -> Iterator[Row]:
    for offering in (1 + 4 * (index % 10), 2 + 4 * (index % 10)):
        yield (key(index), offering, "active", date(2024, 3, 1), "billing")


def tagged(index: int) -> Iterator[Row]:
    for tag in {1 + index % 6, 1 + index % 4}:
        yield (key(index), tag, "rule", "", NOW - timedelta(days=3))


def interactions(customers: int, rows: int) -> Iterator[Row]:
    rng = Random(SEED)
    heavy = range(0, customers, HEAVY)
    shared = max(1, (rows - len(heavy) * HEAVY) // customers)
    kinds = ("call", "call", "path", "bill", "message", "order", "offer", "ticket")
    for index in range(customers):
        for _ in range(HEAVY if index in heavy else shared):
            at = NOW - timedelta(minutes=rng.randrange(1, 1_000_000))
            kind = rng.choice(kinds)
            outcome = "open" if kind == "ticket" and rng.random() < 0.05 else "completed"
            yield (key(index), at, "voice", kind, "in", "bill_question", outcome, "", '{"talk_s": 60}')


# --- the measurement ------------------------------------------------------------------------------------------------
def measure(customers: int, pops: int) -> list[float]:
    """Milliseconds of each pop, one after the other; each twentieth caller has a thousand contacts."""
    rng = Random(SEED)
    drawn = [rng.randrange(0, customers, 1 if turn % 20 else HEAVY) for turn in range(WARM_UP + pops)]
    spent = []
    for index in drawn:
        started = time.perf_counter()
        pop(number(index))
        spent.append(1_000 * (time.perf_counter() - started))
    return spent[WARM_UP:]


def pop(from_number: str) -> None:
    """What the doors and the desk read between an arriving call and a drawn screen."""
    from callcenter.console import screen_pop as desk
    from customers.identity import queries as identity

    found = identity.find(kind="phone", value=from_number, now=NOW)
    chosen = found.candidates[0].customer_id
    call, reservation, agent = views(from_number, chosen)
    shown = desk.screen_pop(reservation=reservation, call=call, customer_id=chosen, now=NOW)
    page = desk.history(customer_id=chosen, kinds=(), cursor="")
    desk.suggestions(reservation=reservation, call=call, customer_id=chosen, agent=agent, language="zh-hans", now=NOW)
    words = desk.script(call=call, customer_id=chosen, agent=agent, language="zh-hans", now=NOW)
    if shown.caller.customer is None or not page.rows or words is None:
        raise AssertionError("the scratch database is not what the figure speaks of")


def views(from_number: str, customer_id: UUID) -> tuple[Any, Any, Any]:
    """The call, its ringing reservation and the agent, as routing would hand them over."""
    from callcenter.foundation.ids import uuid7
    from routing import results
    from routing.states import CallState, Device, Presence, ReservationState, Role, ShownState

    call = results.CallView(
        id=uuid7(), domain="main", source="bench", external_id="1", channel="voice", direction="in",
        state=CallState.RESERVED, queue="mobile", from_number=from_number, from_e164=from_number, to_number="10011",
        language="zh", customer_id=customer_id, match_basis="exact", arrived_at=NOW, enqueued_at=NOW, place_key=NOW,
        head_start_s=0, connected_at=None, held_since=None, ended_at=None, ended_by="", end_reason="", version=3,
    )  # fmt: skip
    reservation = results.ReservationView(
        id=uuid7(), call_id=call.id, domain="main", agent_id=1, agent_key="lin", contact="sip:lin", ring_s=20,
        role=Role.PRIMARY, state=ReservationState.PENDING, end_reason="", because={}, created_at=NOW, expires_at=NOW,
        accepted_at=None, connected_at=None, talk_ended_at=None, wrap_until=None, wrap_up_mode="optional",
        extensions=0, disposition="", ended_at=None, version=1,
    )  # fmt: skip
    agent = results.AgentView(
        id=1, key="lin", domain="main", name_en="Lin", name_zh="林", team="", contact="sip:lin",
        presence=Presence.AVAILABLE, reason="", presence_since=NOW, pending_presence="", pending_reason="",
        lease_id=None, lease_expires_at=None, device=Device.IDLE, idle_since=NOW, missed_in_row=0,
        shown=ShownState.RESERVED, shown_since=NOW, version=1,
    )  # fmt: skip
    return call, reservation, agent


if __name__ == "__main__":
    main(*(int(word) for word in sys.argv[1:4]))
