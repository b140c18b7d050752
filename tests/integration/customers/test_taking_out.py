"""A record that was taken for Mrs Chen's goes to whom it speaks of, and it is as if it had never come to her."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from callcenter.foundation.errors import Conflict, Invalid, NotFound
from callcenter.foundation.ids import uuid7
from callcenter.foundation.models import AuditEntry
from customers.accounts.models import PartyRole
from customers.identity import assembling, merging, queries
from customers.identity.belongings import belongings
from customers.identity.ledger import Decision
from customers.identity.taking_out import take_out
from customers.imports.models import SourceRecord
from customers.imports.records import take
from customers.imports.versions import RecordVersion
from customers.models import Consent, Customer, Identifier, Interaction
from tests.integration.customers.conftest import NOW, People, ago

pytestmark = pytest.mark.django_db
WHO: dict[str, Any] = {"actor": "user:1", "reason": "her sister's", "now": NOW}


def say(source: str, key: str, *, at: datetime = NOW, **fields: Any) -> SourceRecord:
    (one,) = take(source=source, records=[{"key": key, **fields}], actor="user:1", now=at)
    assert one.outcome != "refused", one
    return SourceRecord.objects.get(source=source, key=key)


def told_of(customer: UUID) -> dict[str, Any]:
    """Everything that records make of a customer, their ids and the instants of storing apart."""
    fields = ("name", "title", "language", "region", "birth_year", "source", "observed_at", "kind", "status")
    own = Identifier.objects.filter(customer=customer).order_by("kind", "value")
    return {
        "customer": Customer.objects.filter(pk=customer).values(*fields).get(),
        "identifiers": list(own.values("kind", "scope", "value", "source", "role", "valid_from", "valid_to")),
        "records": list(SourceRecord.objects.filter(customer=customer).order_by("source", "key").values("key", "fields")),
        "versions": list(RecordVersion.objects.filter(customer=customer).order_by("pk").values("fields")),
        "accounts": sorted(PartyRole.objects.filter(customer=customer).values_list("role", "account__number")),
    }  # fmt: skip


def test_an_attached_record_leaves_with_what_it_alone_brought(people: People) -> None:
    hers = say("crm", "1", at=ago(days=30), name="陈美", wechat="chen-mei", phone="13800138000", language="zh")
    sisters = say(
        "shop", "7", at=ago(days=9), name="陈丽", wechat="chen-mei", phone="13900139000", region="广州", account="A-7"
    )
    assert sisters.customer_id == hers.customer_id  # one WeChat id: they were taken for one
    chen = hers.customer
    Consent.objects.create(customer=chen, purpose="marketing", channel="sms", state="refused", at=ago(days=1))
    calls = [people.told(chen, ago(days=2), ref=uuid7()) for _ in range(2)]
    reached = {calls[0].ref: "+8613900139000"}
    done = take_out(record_id=sisters.pk, reached=reached, **WHO)  # type: ignore[arg-type]
    assert (done.kept, done.record_is_with, done.doubtful) == (chen.pk, done.parted, (calls[1].pk,))
    chen.refresh_from_db()
    assert (chen.name, chen.region, chen.language) == ("陈美", "", "zh")
    theirs = Customer.objects.get(pk=done.parted)
    assert (theirs.name, theirs.region, theirs.source) == ("陈丽", "广州", "shop")
    assert queries.find(kind="phone", value="13900139000", now=NOW).customer_id == theirs.pk
    assert queries.find(kind="wechat", value="chen-mei", now=NOW).basis == "several"  # both told it
    assert list(PartyRole.objects.filter(customer=theirs).order_by("role").values_list("role", flat=True)) == [
        "holder",
        "payer",
    ]
    assert Interaction.objects.get(ref=calls[0].ref).customer_id == theirs.pk
    for party in (chen, theirs):  # nobody knows which of them refused
        assert Consent.objects.get(customer=party).state == "refused"
    assert Decision.objects.filter(kind="cannot_link", closed_at__isnull=True).count() == 1
    audited = AuditEntry.objects.get(action="customer.record_taken_out")
    assert (audited.subject, audited.data["record"]) == (f"customer:{chen.pk}", sisters.pk)
    again = say("shop", "7", name="陈丽丽", wechat="chen-mei", phone="13900139000")
    assert again.customer_id == theirs.pk  # the source's next word goes where the record is


def test_the_only_record_of_an_absorbed_party_gives_it_its_id_back(people: People) -> None:
    hers, sisters = (say("crm", key, name=name, phone=phone) for key, name, phone in (
        ("1", "陈美", "13800138000"), ("2", "陈丽", "13900139000")))  # fmt: skip
    whole = {model: list(model._default_manager.order_by("pk").values()) for model in {b.model for b in belongings()}}
    merging.merge(one=hers.customer_id, other=sisters.customer_id, **WHO)
    done = take_out(record_id=sisters.pk, **WHO)
    assert (done.kept, done.parted, done.record_is_with) == (hers.customer_id, sisters.customer_id, sisters.customer_id)
    assert whole == {model: list(model._default_manager.order_by("pk").values()) for model in whole}


def test_one_of_two_records_of_an_absorbed_party_leaves_and_the_party_stays_merged() -> None:
    hers = say("crm", "1", at=ago(days=30), name="陈美", phone="13800138000")
    kept = say("shop", "7", at=ago(days=20), name="陈小美", member="M-7")
    wrong = say("web", "w", at=ago(days=9), name="李四", member="M-7", email="li@example.com")
    absorbed = kept.customer_id
    merging.merge(one=hers.customer_id, other=absorbed, **WHO)
    done = take_out(record_id=wrong.pk, **WHO)
    assert (done.kept, merging.resolve(customer_id=absorbed)) == (hers.customer_id, hers.customer_id)
    assert Customer.objects.get(pk=done.parted).name == "李四"
    assert Identifier.objects.get(kind="email").customer_id == done.parted
    wrong.refresh_from_db()
    kept.refresh_from_db()
    assert (kept.customer_id, wrong.customer_id) == (hers.customer_id, done.parted)
    back = merging.unmerge(absorbed=absorbed, actor="user:1", reason="two people", now=NOW)
    wrong.refresh_from_db()
    assert (back.restored, wrong.customer_id) == (absorbed, done.parted)  # the party comes back without it


def test_the_first_record_of_the_person_keeps_the_id_and_the_others_are_one_again() -> None:
    first, second, third = (
        say("crm", str(n), at=ago(days=30 - n), name=name, phone=f"1380013800{n}") for n, name in enumerate("甲乙丙")
    )
    for other in (second, third):
        merging.merge(one=first.customer_id, other=other.customer_id, **WHO)
    done = take_out(record_id=first.pk, **WHO)
    assert (done.record_is_with, done.kept, done.parted) == (first.customer_id, first.customer_id, second.customer_id)
    assert merging.resolve(customer_id=third.customer_id) == second.customer_id
    assert Identifier.objects.get(customer=first.customer_id).value == "+8613800138000"


def test_what_cannot_be_taken_out_is_refused_with_a_sentence(people: People) -> None:
    only = say("crm", "1", name="陈美", phone="13800138000")
    with pytest.raises(Conflict, match="nothing to take it out of"):
        take_out(record_id=only.pk, **WHO)
    with pytest.raises(Invalid, match="why"):
        take_out(record_id=only.pk, **{**WHO, "reason": " "})
    with pytest.raises(NotFound):
        take_out(record_id=0, **WHO)
    Customer.objects.filter(pk=only.customer_id).update(status="restricted")
    with pytest.raises(Conflict, match="restricted"):
        take_out(record_id=only.pk, **WHO)


NAMES = st.sampled_from(["陈美", "陈丽", "李四"])
words = st.fixed_dictionaries(
    {"name": NAMES, "phone": st.sampled_from(["13800138000", "13900139000"])},
    optional={
        "region": st.sampled_from(["广州", "深圳"]), "language": st.sampled_from(["zh", "en"]),
        "birth": st.integers(1960, 1963), "email": st.sampled_from(["a@example.com", "b@example.com"]),
        "account": st.sampled_from(["A-1", "A-2"]),
    },
)  # fmt: skip


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(hers=words, theirs=st.lists(words, min_size=1, max_size=2), others=st.lists(words, max_size=1))
def test_taken_out_is_as_if_it_had_never_come(hers: Any, theirs: list[Any], others: list[Any]) -> None:
    """The same words of sources in two worlds: taken for one and parted again, and never one."""

    def world(wechat: str) -> tuple[dict[str, Any], dict[str, Any]]:
        with transaction.atomic():
            her = say("crm", "1", at=ago(days=30), wechat="chen", **hers).customer_id
            for one in others:
                say("web", "w", at=ago(days=29), wechat="chen", **one)
            said = [
                say("shop", "7", at=ago(days=20 - n), wechat=wechat, observed_at=f"2026-10-0{n + 1}", **one)
                for n, one in enumerate(theirs)
            ]
            wrong = said[-1]
            if wechat == "chen":
                assert wrong.customer_id == her
                assembling.assemble(now=NOW)
                take_out(record_id=wrong.pk, **WHO)
                wrong.refresh_from_db()
            assembling.assemble(now=NOW + timedelta(days=1))
            both = told_of(her), told_of(wrong.customer_id)
            transaction.set_rollback(True)
        return both

    parted, never = world("chen"), world("other")
    for one, other in zip(parted, never, strict=True):
        assert without_wechat(one) == without_wechat(other)


def without_wechat(told: dict[str, Any]) -> dict[str, Any]:
    """The worlds differ in the one value that made them one."""
    kept = [one for one in told["identifiers"] if one["kind"] != "wechat"]
    records = [one["fields"] | {"wechat": ""} for name in ("records", "versions") for one in told[name]]
    return told | {"identifiers": kept, "records": records, "versions": []}
