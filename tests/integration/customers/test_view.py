"""The customer as the agent sees them: masked, whole, and at the same cost for any history."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from callcenter.foundation.errors import Invalid
from customers.identity import queries as identity
from customers.models import Customer, Interaction, Offering, Relationship
from customers.results import TimelineRow
from customers.timeline import operations, queries
from tests.integration.customers.conftest import NOW, People, ago, some_call

pytestmark = pytest.mark.django_db
MOST_STATEMENTS = 2  # the promise is ten


def fill(customer: Customer, rows: int) -> None:
    Interaction.objects.bulk_create(
        Interaction(
            customer=customer,
            at=NOW - timedelta(minutes=index),
            channel="voice" if index % 10 else "web",
            kind="call" if index % 10 else "order",
            code=f"c{index}",
        )
        for index in range(rows)
    )


def whole_life(people: People, customer: Customer, shelves: dict[str, Offering]) -> None:
    home = people.customer("陈家", kind="household")
    Relationship.objects.create(a=customer, b=home, role="member")
    Relationship.objects.create(a=people.customer("陈小美"), b=home, role="member")
    people.tag(customer, "reader")
    people.holds(customer, shelves["plan-99"])
    people.used(customer, date(2026, 10, 1), 1, 20)
    people.reached_by(customer, "mei.chen@example.com", kind="email")
    people.reached_by(customer, "11010519491231002X", kind="id_document", role="holder")


def test_the_view_masks_every_personal_value(people: People, mrs_chen: Customer, shelves: dict[str, Offering]) -> None:
    whole_life(people, mrs_chen, shelves)
    view = identity.customer_view(customer_id=mrs_chen.pk, now=NOW)
    assert view.masked_name == "陈*"
    assert [(one.kind, one.masked) for one in view.identifiers] == [
        ("email", "m***@example.com"),
        ("id_document", "1101****002X"),
        ("phone", "138****8000"),
    ]
    shown = repr(asdict(view))
    for clear in ("陈美", "陈小美", "13800138000", "mei.chen", "19491231"):
        assert clear not in shown
    assert [one.code for one in view.holdings] == ["plan-99"]
    assert [one.key for one in view.tags] == ["reader"]
    assert [one.state for one in view.consents] == ["granted"]


def test_c3_statements_and_rows_do_not_grow_with_the_history(
    people: People, mrs_chen: Customer, zhang_san: Customer, shelves: dict[str, Offering]
) -> None:
    whole_life(people, mrs_chen, shelves)
    whole_life(people, zhang_san, shelves)
    fill(mrs_chen, 10)
    fill(zhang_san, 10_000)
    counts = []
    for customer in (mrs_chen, zhang_san):
        with CaptureQueriesContext(connection) as view:
            identity.customer_view(customer_id=customer.pk, now=NOW)
        with CaptureQueriesContext(connection) as timeline:
            queries.page(customer_id=customer.pk)
            queries.page(customer_id=customer.pk, kinds=("order", "complaint"))
        counts.append((len(view), len(timeline)))
    assert counts[0] == counts[1]
    assert counts[0][0] <= MOST_STATEMENTS
    assert counts[0][1] == 2


def test_a_page_touches_the_same_few_index_pages_at_any_length(mrs_chen: Customer, zhang_san: Customer) -> None:
    fill(mrs_chen, 300)
    fill(zhang_san, 10_000)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE customers_interaction")
    for kinds in ((), ("order",), ("complaint", "ticket")):
        costs = [blocks_read(customer, kinds) for customer in (mrs_chen, zhang_san)]
        assert costs[1] <= costs[0] + 30, (kinds, costs)


def blocks_read(customer: Customer, kinds: tuple[str, ...]) -> int:
    with CaptureQueriesContext(connection) as statements:
        queries.page(customer_id=customer.pk, kinds=kinds)
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {statements[0]['sql']}")
        (plan,) = cursor.fetchone()
    top = (json.loads(plan) if isinstance(plan, str) else plan)[0]["Plan"]
    return int(top["Shared Hit Blocks"]) + int(top["Shared Read Blocks"])


def test_paging_meets_every_row_once_even_at_one_instant(mrs_chen: Customer, zhang_san: Customer) -> None:
    same = [Interaction(customer=mrs_chen, at=ago(days=1), channel="sms", kind="message") for _ in range(30)]
    Interaction.objects.bulk_create(same)
    fill(mrs_chen, 25)
    fill(zhang_san, 5)
    met: list[TimelineRow] = []
    cursor = ""
    while True:
        page = queries.page(customer_id=mrs_chen.pk, cursor=cursor, limit=20)
        met += page.rows
        if not page.next_cursor:
            break
        cursor = page.next_cursor
        Interaction.objects.create(customer=mrs_chen, at=NOW, channel="web", kind="note")  # news do not shift pages
    assert len(met) == len({row.id for row in met}) == 55
    assert met == sorted(met, key=lambda row: (row.at, row.id), reverse=True)


def test_the_last_page_knows_that_it_is_the_last(mrs_chen: Customer) -> None:
    fill(mrs_chen, 20)
    assert queries.page(customer_id=mrs_chen.pk, limit=20).next_cursor == ""
    assert queries.page(customer_id=mrs_chen.pk, limit=19).next_cursor != ""
    assert len(queries.page(customer_id=mrs_chen.pk, limit=10_000).rows) == 20
    assert len(queries.page(customer_id=mrs_chen.pk, limit=-1).rows) == 1


def test_the_filter_takes_only_kinds_that_exist(mrs_chen: Customer) -> None:
    fill(mrs_chen, 40)
    found = queries.page(customer_id=mrs_chen.pk, kinds=("order", "order", "'; --")).rows
    assert [row.kind for row in found] == ["order"] * 4
    assert queries.page(customer_id=mrs_chen.pk, kinds=("nonsense",)).rows == ()
    assert len(queries.page(customer_id=mrs_chen.pk, kinds=("order", "call")).rows) == 20


@pytest.mark.parametrize(
    "cursor", ["x", "1", "-", "1-", "-1", "1-1-1", "１-１", "9" * 25 + "-1", "1' OR 1=1-1", "\x00-1"]
)
def test_a_cursor_that_was_never_ours_is_refused(mrs_chen: Customer, cursor: str) -> None:
    with pytest.raises(Invalid):
        queries.page(customer_id=mrs_chen.pk, cursor=cursor)


def test_a_call_is_one_row_completed_by_the_wrap_up(mrs_chen: Customer) -> None:
    call = some_call()
    told: dict[str, Any] = {
        "customer_id": mrs_chen.pk,
        "at": NOW,
        "channel": "voice",
        "kind": "call",
        "direction": "in",
        "ref": call,
    }
    first = operations.record(**told, code="roaming", outcome="wrapping", agent=None, note="", data={"queue": "mobile"})
    assert (
        operations.record(**told, code="sold", outcome="completed", agent=7, note="Wants a call\r\nback", data={})
        == first
    )
    operations.record(**told, code="roaming", outcome="completed", agent=None, note="", data={})  # late news
    row = Interaction.objects.get()
    assert (row.code, row.outcome, row.agent, row.note) == ("sold", "completed", 7, "Wants a call\nback")
    assert row.data == {"queue": "mobile"}


def test_two_agents_notes_both_stand_and_a_repeat_stands_once(mrs_chen: Customer) -> None:
    call = some_call()
    for agent, note in ((7, "ok"), (8, "look again"), (8, "look again"), (7, "ok"), (8, "")):
        operations.record(
            customer_id=mrs_chen.pk, at=NOW, channel="voice", kind="call", ref=call, agent=agent, note=note, code="x"
        )
    assert Interaction.objects.get().note == "ok\nlook again"


def test_a_call_follows_the_customer_the_agent_named(mrs_chen: Customer, zhang_san: Customer) -> None:
    call = some_call()
    for customer in (mrs_chen, zhang_san):
        operations.record(customer_id=customer.pk, at=NOW, channel="voice", kind="call", ref=call)
    assert Interaction.objects.get().customer_id == zhang_san.pk


def test_two_tickets_of_one_call_are_two(mrs_chen: Customer) -> None:
    for _ in range(2):
        operations.record(customer_id=mrs_chen.pk, at=NOW, channel="voice", kind="ticket", ref=some_call())
    assert Interaction.objects.count() == 2


@pytest.mark.parametrize("bad", [{"kind": "gossip"}, {"note": "x" * 4_001}])
def test_what_the_timeline_refuses(mrs_chen: Customer, bad: dict[str, str]) -> None:
    with pytest.raises(Invalid):
        operations.record(**({"customer_id": mrs_chen.pk, "at": NOW, "channel": "voice", "kind": "note"} | bad))  # type: ignore[arg-type]
    assert not Interaction.objects.exists()
