"""A chunk into the tables: only what its rows need is asked of the database, and nobody is taken in under two ids."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from customers.imports.mapping import Row, RowReader
from customers.imports.merge import judged, merge_chunk, staged
from customers.imports.operations import seal, spell
from customers.models import Customer
from tests.integration.customers.conftest import NOW, People

pytestmark = pytest.mark.django_db
WRITING = ("INSERT INTO customers_", "UPDATE customers_", "WITH filled")


def rows(*told: dict[str, str]) -> list[Row]:
    reader = RowReader(mapping={name: name for one in told for name in one}, spell=spell, seal=seal)
    return [reader.read(number=number, cells=cells) for number, cells in enumerate(told, start=1)]


def merged(chunk: Sequence[Row], text: Sequence[str] = ()) -> tuple[dict[str, int], list[str]]:
    """The counts, and the statements that wrote into tables of customers."""
    with CaptureQueriesContext(
        connection,
    ) as asked:
        counts = merge_chunk(rows=chunk, text=text, source="crm", now=NOW)
    return counts, [one["sql"].strip() for one in asked if one["sql"].strip().startswith(WRITING)]


def test_rows_that_say_nothing_new_write_nothing() -> None:
    chunk = rows(
        {"key": "1", "name": "陈美", "phone": "13800138000"}, {"key": "2", "name": "张三", "phone": "13900139000"}
    )
    counts, wrote = merged(chunk)
    assert (counts, len(wrote)) == ({"stored": 2}, 3), "customers, records and identifiers, each once"
    assert merged(chunk) == ({"same": 2}, [])


def test_what_was_staged_ahead_is_stored_like_what_was_not() -> None:
    chunk = rows({"key": "1", "name": "陈\t美\\", "phone": "13800138000"})
    assert merged(chunk, staged(chunk, NOW))[0] == {"stored": 1}
    assert merged(chunk)[0] == {"same": 1}
    assert Customer.objects.get().name == "陈\t美\\"


def test_the_last_row_of_a_key_counts_whether_it_is_known_or_not(people: People) -> None:
    twice = rows(*({"key": "1", "name": name, "phone": "13800138000"} for name in ("陈美", "陈玫", "陈梅")))
    assert merged(twice)[0] == {"superseded": 2, "stored": 1}
    assert judged() == {1: "superseded", 2: "superseded", 3: "stored"}
    assert merged(twice)[0] == {"superseded": 2, "same": 1}
    assert merged(twice[:2])[0] == {"superseded": 1, "updated": 1}
    assert Customer.objects.get().name == "陈玫"


def test_who_is_known_by_a_member_number_is_met_and_the_others_are_new(people: People) -> None:
    chen = people.customer("陈美", "+8613800138000")
    people.reached_by(chen, "M17", kind="member")
    chunk = rows(
        {"key": "1", "name": "陈美", "member": "M17", "email": "c@example.com"},
        {"key": "2", "name": "张三", "member": ""},
    )
    assert merged(chunk)[0] == {"stored": 2}
    assert Customer.objects.count() == 2
    assert chen.identifiers.filter(kind="email", value="c@example.com").exists()
