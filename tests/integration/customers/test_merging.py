"""One person is one person, and can become two again: nothing is lost, nothing is widened."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.apps import apps
from django.db import IntegrityError, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from callcenter.foundation.errors import Conflict, Invalid, NotFound
from callcenter.foundation.ids import uuid7
from callcenter.foundation.models import AuditEntry
from customers.identity import assembling, merging, queries
from customers.identity.belongings import LEDGER, belongings
from customers.identity.ledger import Moved
from customers.imports.models import SourceRecord
from customers.models import Consent, Customer, DoNotCall, Identifier, Interaction, Offering, Relationship, UsageMonth
from tests.integration.customers.conftest import NOW, People, ago

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=1)
WHO: dict[str, Any] = {"actor": "user:1", "reason": "same id document", "now": NOW}


def everything() -> dict[str, list[dict[str, Any]]]:
    """Every row of every table that belongs to somebody, as it stands."""
    tables = {one.model for one in belongings()} | {Customer}
    return {model._meta.db_table: list(model._default_manager.order_by("pk").values()) for model in tables}


@pytest.fixture
def twice(people: People, shelves: dict[str, Offering]) -> tuple[Customer, Customer]:
    """Mrs Chen stands twice: once in the CRM, once as a web shop's customer with half a name."""
    crm = people.customer("陈美", "+8613800138000", title="ms", region="广州", since=date(2020, 1, 1))
    shop = people.customer("陈女士", "+8613800138000", created_at=ago(days=30), language="zh", since=date(2019, 1, 1))
    people.reached_by(shop, "chen@example.com", kind="email")
    for customer, kb in ((crm, 100), (shop, 40)):
        UsageMonth.objects.create(customer=customer, month=date(2026, 10, 1), data_kb=kb)
        people.tag(customer, "reader")
        people.told(customer, ago(days=3), kind="note")
    people.tag(shop, "gamer")
    people.holds(shop, shelves["plan-19"])
    people.consents(crm)
    people.consents(shop, state="refused", at=ago(days=300))
    people.consents(shop, channel="sms")
    home = people.customer("Home", kind="household")
    for customer in (crm, shop):
        Relationship.objects.create(a=customer, b=home, role="member")
    Relationship.objects.create(a=shop, b=crm, role="contact")
    return crm, shop


def test_the_survivor_has_all_and_the_other_id_leads_to_it(twice: tuple[Customer, Customer]) -> None:
    crm, shop = twice
    done = merging.merge(one=shop.pk, other=crm.pk, **WHO)
    assert (done.survivor, done.absorbed) == (crm.pk, shop.pk)  # the older id stays
    assert merging.resolve(customer_id=shop.pk) == crm.pk
    view = queries.customer_view(customer_id=crm.pk, now=NOW)
    assert {tag.key for tag in view.tags} == {"reader", "gamer"}
    assert [holding.code for holding in view.holdings] == ["plan-19"]
    assert view.usage[0].data_kb == 140
    assert (view.language, view.since) == ("zh", date(2019, 1, 1))
    crm.refresh_from_db()
    assert crm.name == "陈美"  # what the survivor says of itself stands
    found = queries.find(kind="phone", value="13800138000", now=NOW)
    assert (found.basis, found.customer_id) == ("exact", crm.pk)
    assert queries.find(kind="email", value="chen@example.com", now=NOW).customer_id == crm.pk
    assert not Relationship.objects.filter(a=crm, b=crm).exists()


def test_the_preview_says_what_the_merge_then_makes(twice: tuple[Customer, Customer]) -> None:
    crm, shop = twice
    before = everything()
    told = merging.preview(one=shop.pk, other=crm.pk, now=NOW)
    assert everything() == before  # nothing is written
    done = merging.merge(one=crm.pk, other=shop.pk, **WHO)
    assert (told.survivor, told.absorbed, told.why) == (done.survivor, done.absorbed, "older")
    crm.refresh_from_db()
    assert {one.field: one.stands for one in told.fields} == {one.field: getattr(crm, one.field) for one in told.fields}
    assert [one.field for one in told.fields if one.is_conflict] == ["name", "since"]
    said = dict(Consent.objects.filter(customer=crm).values_list("channel", "state"))
    assert {one.channel: one.stands for one in told.consents} == said
    assert {one.channel for one in told.consents if one.is_changed} == {"voice", "sms"}
    assert [(one.kind, one.whose) for one in told.identifiers] == [("email", "theirs"), ("phone", "both")]
    assert {(one.key, one.at_both) for one in told.tags} == {("reader", True), ("gamer", False)}
    moved = {
        row.table: sum(len(each.rows) for each in done_rows if each.table == row.table)
        for done_rows in [list(Moved.objects.filter(decision=done.decision))]
        for row in done_rows
    }
    assert told.moved == {table: many for table, many in moved.items() if many}


def test_a_field_reads_by_its_rule_when_two_become_one_and_as_before_when_they_come_apart(people: People) -> None:
    crm = people.customer("陈美", source="crm", language="en", observed_at=ago(days=90))
    shop = people.customer("陈美丽", source="shop", created_at=ago(days=30), language="zh", region="广州")
    for customer, source, days, fields in (
        (crm, "crm", 90, {"name": "陈美", "language": "en"}),
        (shop, "shop", 9, {"name": "陈美丽", "language": "zh", "region": "广州"}),
    ):
        SourceRecord.objects.create(
            source=source, key="1", customer=customer, row_no=1, content_hash=b"", fields=fields,
            observed_at=ago(days=days), received_at=ago(days=days),
        )  # fmt: skip
    before = everything()
    told = {one.field: (one.stands, one.why) for one in merging.preview(one=crm.pk, other=shop.pk, now=NOW).fields}
    assert told["name"] == ("陈美", "trusted")  # nobody is trusted more: the survivor's source stands
    assert (told["language"], told["region"]) == (("zh", "newest"), ("广州", "filled"))
    merging.merge(one=crm.pk, other=shop.pk, **WHO)
    assert assembling.assemble(now=NOW) == {"released": 0, "changed": 0}  # the night has nothing to put right
    merging.unmerge(absorbed=shop.pk, actor="user:2", reason="two sisters", now=LATER, may_relink=True)
    assert everything() == before
    assembling.pin(customer_id=shop.pk, field="name", value="陈小美", days=9, reason="told us", actor="user:1", now=NOW)
    pinned = {one.field: one for one in merging.preview(one=shop.pk, other=crm.pk, now=NOW).fields}["name"]
    assert (pinned.stands, pinned.why, pinned.masked()) == ("陈小美", "pinned", ("陈*", "陈**", "陈**"))


def test_merge_then_unmerge_is_identity(twice: tuple[Customer, Customer]) -> None:
    crm, shop = twice
    before = everything()
    merging.merge(one=crm.pk, other=shop.pk, **WHO)
    assert everything() != before
    done = merging.unmerge(absorbed=shop.pk, actor="user:2", reason="two sisters", now=LATER)
    assert (done.restored, done.remaining, done.doubtful) == (shop.pk, crm.pk, ())
    assert everything() == before
    assert list(AuditEntry.objects.order_by("pk").values_list("action", flat=True)) == [
        "customer.merged", "customer.not_same", "customer.unmerged",
    ]  # fmt: skip


def test_the_strictest_wish_holds_and_comes_apart_again(twice: tuple[Customer, Customer]) -> None:
    crm, shop = twice
    merging.merge(one=crm.pk, other=shop.pk, **WHO)
    said = dict(Consent.objects.filter(customer=crm).values_list("channel", "state"))
    assert said == {"voice": "refused", "sms": "granted"}  # an old refusal beats a newer grant
    merging.unmerge(absorbed=shop.pk, actor="user:2", reason="two sisters", now=LATER)
    assert Consent.objects.get(customer=crm, channel="voice").state == "granted"


def test_a_refusal_spoken_while_they_were_one_stays_with_both(twice: tuple[Customer, Customer]) -> None:
    crm, shop = twice
    merging.merge(one=crm.pk, other=shop.pk, **WHO)
    Consent.objects.filter(customer=crm, channel="sms").update(state="refused", at=LATER)
    DoNotCall.objects.create(customer=crm, number="", source="wrap_up", at=LATER)
    merging.unmerge(absorbed=shop.pk, actor="user:2", reason="two sisters", now=LATER + timedelta(hours=1))
    for party in twice:
        assert Consent.objects.get(customer=party, channel="sms").state == "refused"
        assert DoNotCall.objects.filter(customer=party).count() == 1


def test_contacts_since_the_merge_go_by_their_number_or_wait_for_a_person(people: People) -> None:
    crm, shop = people.customer("陈美", "+8613800138000"), people.customer("陈梅", "+8613900139000", created_at=NOW)
    merging.merge(one=crm.pk, other=shop.pk, **WHO)
    hers, theirs, doubtful = (people.told(crm, LATER, ref=uuid7()) for _ in range(3))
    reached = {hers.ref: "+8613900139000", theirs.ref: "+8613800138000"}
    done = merging.unmerge(absorbed=shop.pk, actor="user:2", reason="sisters", now=LATER, reached=reached)  # type: ignore[arg-type]
    assert list(Interaction.objects.filter(customer=shop)) == [hers]
    assert set(Interaction.objects.filter(customer=crm)) == {theirs, doubtful}
    assert done.doubtful == (doubtful.pk,)


def test_use_that_came_while_they_were_one_is_kept(twice: tuple[Customer, Customer]) -> None:
    crm, shop = twice
    merging.merge(one=crm.pk, other=shop.pk, **WHO)
    UsageMonth.objects.filter(customer=crm, month=date(2026, 10, 1)).update(data_kb=150)  # 10 more since
    merging.unmerge(absorbed=shop.pk, actor="user:2", reason="two sisters", now=LATER)
    assert dict(UsageMonth.objects.values_list("customer", "data_kb")) == {crm.pk: 110, shop.pk: 40}


def test_taking_one_out_of_three_leaves_the_other_two_as_if_it_had_never_been(people: People) -> None:
    first, second, third = (
        people.customer(name, f"+861380013800{n}", created_at=ago(days=30 - n)) for n, name in enumerate("甲乙丙")
    )
    for one in (second, third):
        people.tag(one, "gamer")
    merging.merge(one=first.pk, other=second.pk, **WHO)
    merging.merge(one=first.pk, other=third.pk, **WHO)
    done = merging.unmerge(absorbed=second.pk, actor="user:2", reason="another person", now=LATER)
    assert len(done.redone) == 1
    assert merging.resolve(customer_id=third.pk) == first.pk
    assert {tag.key for tag in queries.customer_view(customer_id=first.pk, now=LATER).tags} == {"gamer"}
    assert Identifier.objects.get(value="+8613800138001").customer_id == second.pk
    merging.unmerge(absorbed=third.pk, actor="user:2", reason="another person", now=LATER)
    assert queries.customer_view(customer_id=first.pk, now=LATER).tags == ()


def test_a_merge_inside_a_chain_comes_out_alone(people: People) -> None:
    old, middle, young = (people.customer(name, created_at=ago(days=30 - n)) for n, name in enumerate("甲乙丙"))
    people.reached_by(young, "y@example.com", kind="email")
    merging.merge(one=middle.pk, other=young.pk, **WHO)
    merging.merge(one=old.pk, other=middle.pk, **WHO)
    assert merging.resolve(customer_id=young.pk) == old.pk
    merging.unmerge(absorbed=young.pk, actor="user:2", reason="another person", now=LATER)
    assert merging.resolve(customer_id=young.pk) == young.pk
    assert merging.resolve(customer_id=middle.pk) == old.pk
    assert Identifier.objects.get(kind="email").customer_id == young.pk


def test_what_may_not_be_merged_is_refused_with_a_sentence(people: People) -> None:
    one, other = people.customer("甲"), people.customer("乙")
    home, gone = people.customer("Home", kind="household"), people.customer("丁", status="erased")
    with pytest.raises(Invalid, match="same customer already"):
        merging.merge(one=one.pk, other=one.pk, **WHO)
    with pytest.raises(Invalid, match="stay apart"):
        merging.merge(one=one.pk, other=home.pk, **WHO)
    with pytest.raises(Conflict, match="erased"):
        merging.merge(one=one.pk, other=gone.pk, **WHO)
    with pytest.raises(Invalid, match="why"):
        merging.merge(one=one.pk, other=other.pk, actor="user:1", reason=" ", now=NOW)
    with pytest.raises(NotFound):
        merging.merge(one=one.pk, other=uuid7(), **WHO)
    merging.merge(one=one.pk, other=other.pk, **WHO)
    with pytest.raises(Conflict, match="meanwhile") as second:
        merging.merge(one=one.pk, other=other.pk, **WHO)
    assert second.value.facts["by"] == "user:1"


def test_not_the_same_outlives_every_run_until_it_is_lifted(people: People) -> None:
    one, other = people.customer("甲"), people.customer("乙")
    merging.declare_not_same(one=one.pk, other=other.pk, actor="user:1", reason="father and son", now=NOW)
    with pytest.raises(Conflict, match="not the same"):
        merging.merge(one=other.pk, other=one.pk, **WHO)
    merging.lift_not_same(one=other.pk, other=one.pk, actor="user:1", now=NOW)
    merging.merge(one=other.pk, other=one.pk, **WHO)
    with pytest.raises(Conflict):
        merging.lift_not_same(one=other.pk, other=one.pk, actor="user:1", now=NOW)


def test_the_database_keeps_one_live_merge_a_party(people: People) -> None:
    one, other = people.customer("甲"), people.customer("乙")
    with pytest.raises(IntegrityError), transaction.atomic():
        Customer.objects.filter(pk=one.pk).update(status="merged")
    with pytest.raises(IntegrityError), transaction.atomic():
        Customer.objects.filter(pk=other.pk).update(status="merged", merged_into=other)


def test_every_table_that_names_a_customer_is_known() -> None:
    named = {
        model._meta.db_table
        for model in apps.get_app_config("customers").get_models()
        for field in model._meta.concrete_fields
        if field.related_model is Customer
    }
    assert named == {one.table for one in belongings()} | {model._meta.db_table for model in LEDGER} - {
        "customers_moved"
    }


wishes = st.lists(st.tuples(st.sampled_from(["granted", "refused"]), st.booleans()), min_size=0, max_size=1)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(first=wishes, second=wishes, shared=st.booleans(), months=st.lists(st.integers(1, 3), max_size=4))
def test_any_two_parties_come_apart_as_they_were(
    people: People, first: list[Any], second: list[Any], shared: bool, months: list[int]
) -> None:
    with transaction.atomic():
        one, other = people.customer("甲"), people.customer("乙", created_at=NOW)
        people.reached_by(one, "+8613800138000")
        people.reached_by(other, "+8613800138000" if shared else "+8613900139000")
        for customer, said in ((one, first), (other, second)):
            for state, ended in said:
                people.consents(customer, state=state, until=ago(days=1) if ended else None)
        for month in set(months):
            UsageMonth.objects.create(customer=one if month % 2 else other, month=date(2026, month, 1), data_kb=month)
        before = everything()
        merging.merge(one=one.pk, other=other.pk, **WHO)
        merging.unmerge(absorbed=other.pk, actor="user:2", reason="two people", now=LATER)
        assert everything() == before
        transaction.set_rollback(True)
