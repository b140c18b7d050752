"""Who is calling: found by any spelling, never picked silently, made once when new."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from callcenter.foundation.errors import Invalid, NotFound
from customers.identity import operations, queries
from customers.models import Customer, Identifier, Relationship
from customers.results import NEWCOMER
from tests.integration.customers.conftest import NOW, People, ago, some_call

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("typed", ["138 0013 8000", "+8613800138000", "0086-13800138000", "１３８００１３８０００"])
def test_pop3_every_spelling_of_the_number_finds_mrs_chen(mrs_chen: Customer, typed: str) -> None:
    with CaptureQueriesContext(
        connection,
    ) as statements:
        found = queries.find(kind="phone", value=typed, now=NOW)
    assert (found.basis, found.customer_id) == ("exact", mrs_chen.pk)
    assert found.candidates[0].masked_name == "陈*"
    assert len(statements) == 1
    assert queries.find(kind="", value=typed, now=NOW).customer_id == mrs_chen.pk


@pytest.mark.parametrize(
    "value",
    [
        "/",
        "   x",
        "'; DROP TABLE customers_customer; --",
        "138' OR '1'='1",
        "%",
        "_",
        "\\",
        "\x00",
        "\ud800",
        "+86" + "1" * 500,
    ],
)
def test_what_is_no_number_finds_nobody_and_harms_nothing(mrs_chen: Customer, value: str) -> None:
    for kind in ("phone", "email", "wechat", "member", "id_document", ""):
        assert queries.find(kind=kind, value=value, now=NOW).basis == "none"
    assert Customer.objects.filter(pk=mrs_chen.pk).exists()


def test_a_withheld_number_is_withheld() -> None:
    assert queries.find(kind="phone", value=" ", now=NOW).basis == "withheld"


def test_pop2_two_people_on_one_number_and_nobody_preselected(
    people: People, mrs_chen: Customer, zhang_san: Customer
) -> None:
    people.reached_by(zhang_san, "+8613800138000", role="payer", last_seen_at=ago(days=1))
    found = queries.find(kind="phone", value="13800138000", now=NOW)
    assert (found.basis, found.customer_id) == ("several", None)
    assert [one.customer_id for one in found.candidates] == [mrs_chen.pk, zhang_san.pk]  # user verified before payer
    assert found.candidates[0].score > 5 > 3 > found.candidates[1].score


def test_one_person_with_two_rows_on_a_number_is_one_person(people: People, mrs_chen: Customer) -> None:
    people.reached_by(mrs_chen, "+8613800138000", kind="landline", role="payer")
    found = queries.find(kind="landline", value="13800138000", now=NOW)
    assert found.customer_id == mrs_chen.pk
    assert found.candidates[0].role == "user"


def test_numbers_are_given_to_others_in_time(people: People, mrs_chen: Customer, zhang_san: Customer) -> None:
    Identifier.objects.filter(customer=mrs_chen).update(valid_to=NOW)
    people.reached_by(zhang_san, "+8613800138000", valid_from=NOW)
    assert queries.find(kind="phone", value="13800138000", now=NOW).customer_id == zhang_san.pk
    assert queries.find(kind="phone", value="13800138000", now=NOW - timedelta(seconds=1)).customer_id == mrs_chen.pk


def test_the_same_open_id_in_two_apps_is_two_people(people: People, mrs_chen: Customer, zhang_san: Customer) -> None:
    people.reached_by(mrs_chen, "oABC", kind="wechat", scope="app-1")
    people.reached_by(zhang_san, "oABC", kind="wechat", scope="app-2")
    assert queries.find(kind="wechat", value="oABC", scope="app-2", now=NOW).customer_id == zhang_san.pk
    assert queries.find(kind="wechat", value="oABC", now=NOW).basis == "none"


def test_an_erased_person_is_not_found_seen_or_revealed(mrs_chen: Customer) -> None:
    own = Identifier.objects.get(customer=mrs_chen)
    Customer.objects.filter(pk=mrs_chen.pk).update(status="erased")
    assert queries.find(kind="phone", value="13800138000", now=NOW).basis == "none"
    for read in (
        lambda: queries.customer_view(customer_id=mrs_chen.pk, now=NOW),
        lambda: queries.caller(customer_id=mrs_chen.pk, now=NOW),
        lambda: queries.reveal_value(customer_id=mrs_chen.pk, field="name"),
        lambda: queries.reveal_value(customer_id=mrs_chen.pk, field=f"identifier:{own.pk}"),
    ):
        with pytest.raises(NotFound):
            read()


def test_the_number_of_a_switchboard_does_not_flood_the_desk(people: People) -> None:
    for index in range(queries.CANDIDATES + 5):
        people.customer(f"员工{index}", "+8613800138000")
    assert len(queries.find(kind="phone", value="13800138000", now=NOW).candidates) == queries.CANDIDATES


def test_routing_learns_neither_name_nor_number_nor_age(people: People, mrs_chen: Customer) -> None:
    for key in ("heavy_data", "senior", "vulnerable", "minor", "reader"):
        people.tag(mrs_chen, key)
    people.tag(mrs_chen, "student", expires_at=NOW)
    people.told(mrs_chen, ago(days=1), kind="complaint", outcome="open")
    caller = queries.caller(customer_id=mrs_chen.pk, now=NOW)
    assert caller.tags == ("heavy_data", "reader")
    assert (caller.kind, caller.value_tier, caller.language, caller.open_complaint) == (
        "individual",
        "gold",
        "zh",
        True,
    )
    assert "陈" not in repr(caller)
    assert "138001" not in repr(caller)


def test_a_new_caller_becomes_one_customer_however_often_it_is_said() -> None:
    call = some_call()
    args = {"call_id": call, "kind": "phone", "value": "137 0013 7000", "language": "zh", "now": NOW}
    made = {operations.create_provisional(**args) for _again in range(3)}  # type: ignore[arg-type]
    assert len(made) == 1
    customer = Customer.objects.get()
    assert (customer.status, customer.language, customer.pk) == ("provisional", "zh", made.pop())
    assert queries.find(kind="phone", value="13700137000", now=NOW).customer_id == customer.pk
    assert operations.create_provisional(**(args | {"call_id": some_call()})) != customer.pk  # type: ignore[arg-type]


def test_of_a_new_customer_routing_learns_nothing() -> None:
    key = operations.create_provisional(call_id=some_call(), kind="phone", value="13700137000", language="", now=NOW)
    assert queries.caller(customer_id=key, now=NOW) == NEWCOMER


def test_a_withheld_caller_is_a_customer_without_identifier() -> None:
    key = operations.create_provisional(call_id=some_call(), kind="phone", value="", language="", now=NOW)
    assert Customer.objects.get().pk == key
    assert not Identifier.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_two_switches_announce_the_same_new_caller_at_once() -> None:
    call, start, made = some_call(), threading.Barrier(4), []

    def announce() -> None:
        start.wait(timeout=10)
        try:
            made.append(
                operations.create_provisional(call_id=call, kind="phone", value="13700137000", language="", now=NOW)
            )
        finally:
            connection.close()

    threads = [threading.Thread(target=announce) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=20)
    assert len(made) == 4
    assert len(set(made)) == 1
    assert Customer.objects.count() == Identifier.objects.count() == 1


def test_one_value_in_clear_and_only_of_this_customer(mrs_chen: Customer, zhang_san: Customer) -> None:
    own = Identifier.objects.get(customer=mrs_chen)
    assert queries.reveal_value(customer_id=mrs_chen.pk, field="name") == "陈美"
    assert queries.reveal_value(customer_id=mrs_chen.pk, field=f"identifier:{own.pk}") == "+8613800138000"
    with pytest.raises(NotFound):
        queries.reveal_value(customer_id=zhang_san.pk, field=f"identifier:{own.pk}")
    for field in ("", "identifier:", "identifier:1 OR 1=1", "birth_year", "name:x", "identifier:9" + "9" * 30):
        with pytest.raises(Invalid):
            queries.reveal_value(customer_id=mrs_chen.pk, field=field)


def test_the_household_is_seen_from_every_member(people: People, mrs_chen: Customer, zhang_san: Customer) -> None:
    home = people.customer("陈家", kind="household")
    stranger = people.customer("李四")
    for member in (mrs_chen, zhang_san):
        Relationship.objects.create(a=member, b=home, role="member")
    Relationship.objects.create(a=stranger, b=home, role="member", valid_to=NOW.date())
    view = queries.customer_view(customer_id=mrs_chen.pk, now=NOW)
    assert {(one.customer_id, one.masked_name) for one in view.household} == {(home.pk, "陈*"), (zhang_san.pk, "张*")}
