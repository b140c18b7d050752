"""What people may ask of us: that it stands still, is right, and that nothing is concluded; and what goes by itself."""

from __future__ import annotations

import os
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db.migrations.recorder import MigrationRecorder

from callcenter import hall
from callcenter.foundation.errors import Conflict, Invalid, NotFound
from callcenter.foundation.models import Event
from customers.identity import queries
from customers.imports import operations as imports
from customers.insight.computing import compute
from customers.models import (
    Customer,
    Facts,
    ImportJob,
    Interaction,
    PrivacyRequest,
    RetentionRun,
    SourceRecord,
    UsageMonth,
)
from customers.rights import operations as rights
from customers.rights.forgetting import forget
from customers.rights.queries import retention
from tests.integration.customers.conftest import NOW, People, ago

pytestmark = pytest.mark.django_db
WHO: dict[str, Any] = {"actor": "user:1", "reference": "letter 7", "now": NOW}


@pytest.fixture
def chen(people: People) -> Customer:
    chen = people.customer("陈美丽", "+8613800138000", region="广州", value_tier="gold", source="crm")
    people.tag(chen, "gamer")
    compute(now=NOW)
    return chen


def test_who_is_restricted_is_found_by_nobody_until_it_is_lifted(chen: Customer) -> None:
    hall.customer.customer_restricted(customer_id=chen.pk, ground="accuracy", **WHO)
    assert queries.find(kind="phone", value="13800138000", now=NOW).basis == "none"
    for look in (queries.customer_view, queries.caller):
        with pytest.raises(NotFound):
            look(customer_id=chen.pk, now=NOW)
    with pytest.raises(NotFound):
        queries.reveal_value(customer_id=chen.pk, field="name")
    assert queries.customer_view(customer_id=chen.pk, now=NOW, ground="claims").masked_name
    compute(now=NOW)
    assert not Facts.objects.filter(customer=chen).exists()
    with pytest.raises(Conflict):
        rights.restrict(customer_id=chen.pk, ground="accuracy", **WHO)
    rights.lift(customer_id=chen.pk, **WHO)
    assert queries.find(kind="phone", value="13800138000", now=NOW).customer_id == chen.pk
    compute(now=NOW)
    assert Facts.objects.filter(customer=chen).exists()
    with pytest.raises(Conflict):
        rights.lift(customer_id=chen.pk, **WHO)
    assert list(PrivacyRequest.objects.order_by("pk").values_list("kind", flat=True)) == ["restrict", "lift"]
    told = Event.objects.filter(type__startswith="customer.").order_by("pk").values_list("type", "data")
    assert list(told) == [
        ("customer.restricted", {"customer": str(chen.pk)}), ("customer.unrestricted", {"customer": str(chen.pk)})
    ]  # fmt: skip


def test_a_restriction_needs_a_ground_and_a_request(chen: Customer) -> None:
    for wrong in ({"ground": "because"}, {"ground": "claims", "reference": " "}):
        with pytest.raises(Invalid):
            rights.restrict(customer_id=chen.pk, **(WHO | wrong))
    chen.refresh_from_db()
    assert chen.status == "active"


def test_what_the_person_says_outlives_the_next_file(chen: Customer, tmp_path: Path) -> None:
    path = tmp_path / "crm.csv"
    path.write_text("id,name,region,member\n17,陈美,广州,M17\n", encoding="utf-8")
    People().reached_by(chen, "M17", kind="member")
    imports.run(job_id=imports.prepare(path=path, source="crm", actor="user:1", now=NOW).pk, now=NOW)
    rights.correct(customer_id=chen.pk, field="name", value="陈美莉", **WHO)
    path.write_text("id,name,region,member\n17,陈美美,深圳,M17\n", encoding="utf-8")
    imports.run(job_id=imports.prepare(path=path, source="crm", actor="user:1", now=NOW).pk, now=NOW)
    chen.refresh_from_db()
    assert (chen.name, chen.source) == ("陈美莉", "person")
    assert SourceRecord.objects.get(source="person").fields == {"name": "陈美莉"}
    for field, value in (("birth_year", "1880"), ("title", "dr"), ("level", "gold"), ("name", "x" * 121)):
        with pytest.raises(Invalid):
            rights.correct(customer_id=chen.pk, field=field, value=value, **WHO)


def test_who_objects_is_routed_by_rules_alone_and_nothing_is_concluded(chen: Customer) -> None:
    before = queries.caller(customer_id=chen.pk, now=NOW)
    assert (before.value_tier, before.tags) == ("gold", ("gamer",))
    rights.object_to_conclusions(customer_id=chen.pk, **WHO)
    after = queries.caller(customer_id=chen.pk, now=NOW)
    assert (after.kind, after.value_tier, after.tags) == ("individual", "", ())
    compute(now=NOW)
    assert not Facts.objects.filter(customer=chen).exists()


def test_everything_past_its_time_goes_and_nothing_else(
    chen: Customer, people: People, settings: Any, tmp_path: Path
) -> None:
    settings.VAR_DIR = tmp_path
    (tmp_path / "imports").mkdir()
    for name, days in (("old.csv", 8), ("new.csv", 6), ("waits.csv", 30)):
        (tmp_path / "imports" / name).write_text("x")
        os.utime(tmp_path / "imports" / name, (ago(days=days).timestamp(),) * 2)
    waits = str(tmp_path / "imports" / "waits.csv")
    ImportJob.objects.create(source="crm", name="w", path=waits, sha256="0", actor="user:1", at=NOW)
    people.told(chen, ago(days=731))
    people.told(chen, ago(days=731), kind="complaint", outcome="open")
    people.told(chen, ago(days=729))
    people.used(chen, date(2024, 10, 1), 1, 1)
    people.used(chen, date(2026, 10, 1), 1, 1)
    gone = people.customer("", "+8613900000001", status="provisional", created_at=ago(days=31))
    stays = people.customer("", "+8613900000002", status="provisional", created_at=ago(days=29))
    run = forget(now=NOW)
    assert {key: count for key, count in run.removed.items() if count} == {
        "interactions": 1, "usage": 1, "provisional": 1, "files": 1
    }  # fmt: skip
    assert not any(run.left.values())
    assert {path.name for path in (tmp_path / "imports").iterdir()} == {"new.csv", "waits.csv"}
    assert (Interaction.objects.count(), UsageMonth.objects.count()) == (2, 1)
    assert dict(Customer.objects.filter(pk__in=[gone.pk, stays.pk]).values_list("pk", "status")) == {
        gone.pk: "erased", stays.pk: "provisional"
    }  # fmt: skip
    assert queries.find(kind="phone", value="13900000001", now=NOW).basis == "none"
    assert not any(forget(now=NOW).removed.values())
    assert RetentionRun.objects.count() == 2


def test_a_night_without_time_says_what_is_left(chen: Customer, people: People, settings: Any, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path
    installed = MigrationRecorder.Migration.objects.earliest("applied").applied
    assert not retention(now=installed + timedelta(hours=25)).is_late  # its first night is still to come
    assert retention(now=installed + timedelta(hours=27)).is_late
    people.told(chen, ago(days=731))
    run = forget(now=NOW, longest_s=0)
    assert (run.removed["interactions"], run.left["interactions"]) == (0, 1)
    told = retention(now=NOW)
    assert not told.is_late
    assert [one.left for one in told.classes if one.key == "interactions"] == [1]
