"""Mrs Chen's request is done by a worker: killed, it is begun anew; it ends once, or says honestly that it did not."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from callcenter import hall
from callcenter.foundation import background, erasures
from callcenter.foundation.errors import Conflict, Gone, NotFound
from callcenter.foundation.models import AuditEntry
from customers.models import Customer, Handout, PrivacyRequest
from customers.rights import asking
from tests.integration.customers.conftest import NOW, People

pytestmark = pytest.mark.django_db


@pytest.fixture
def chen(people: People, settings: Any, tmp_path: Path) -> Customer:
    settings.ERASURE_LEDGER = tmp_path / "ledger"
    return people.customer("陈美", "+8613800138000")


def asked(customer: Customer, kind: str, actor: str = "user:1") -> int:
    kept = hall.privacy.asked(kind=kind, customer_id=customer.pk, reference="letter 7", actor=actor, now=NOW)
    return kept.pk


def test_a_worker_that_dies_leaves_nothing_half_done_and_the_third_try_is_the_last(
    chen: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    number, note = asked(chen, "erase"), erasures.note

    def dies(**_told: Any) -> None:
        raise SystemExit  # as late as can be: the next thing is the commit

    monkeypatch.setattr(erasures, "note", dies)
    with pytest.raises(SystemExit):
        hall.privacy.answer(number)
    assert Customer.objects.get(pk=chen.pk).name == "陈美"
    assert PrivacyRequest.objects.get(pk=number).state == "running"
    assert asking.left_behind(now=NOW + timedelta(days=9_999)) == [number]
    monkeypatch.setattr(erasures, "note", note)
    assert hall.privacy.answer(number) == "done"
    assert (Customer.objects.get(pk=chen.pk).name, asking.left_behind(now=NOW + timedelta(days=9_999))) == ("", [])
    assert hall.privacy.answer(number) == ""  # a message that comes twice
    with pytest.raises(Conflict, match="already"):
        asked(chen, "erase")

    zhang = Customer.objects.create(name="张三", created_at=NOW)
    number = asked(zhang, "erase")
    PrivacyRequest.objects.filter(pk=number).update(state="running", tries=asking.MOST_TRIES)
    assert hall.privacy.answer(number) == ""
    ended = PrivacyRequest.objects.get(pk=number)
    assert (ended.state, ended.trouble, Customer.objects.get(pk=zhang.pk).name) == ("failed", "gave_up", "张三")
    assert asked(zhang, "erase") != number  # it may be asked for anew


def test_while_one_worker_is_at_it_another_turns_back(chen: Customer) -> None:
    number = asked(chen, "export")
    with background.aside() as other:
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(hashtextextended(%s, 0))", [f"privacy:{number}"])
        assert hall.privacy.answer(number) == ""
        assert PrivacyRequest.objects.get(pk=number).state == "asked"
        with other.cursor() as cursor:  # a session that ends lets go too, but a moment later
            cursor.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 0))", [f"privacy:{number}"])
    assert hall.privacy.answer(number) == "done"


def test_the_file_is_sealed_for_who_asked_for_three_days_and_goes_with_the_person(chen: Customer) -> None:
    number = asked(chen, "export")
    assert asked(chen, "export") == number  # on its way already
    with pytest.raises(Conflict, match="Somebody else"):
        asked(chen, "export", actor="user:2")
    hall.privacy.answer(number)
    held = Handout.objects.get()
    assert b"13800138000" not in bytes(held.box)
    told = asking.fetch(request_id=number, actor="user:1", now=held.at)
    assert told["customers_identifier"][0]["value"] == "+8613800138000"
    assert AuditEntry.objects.get(action="customer.handed_out").purpose == "letter 7"
    with pytest.raises(NotFound):
        asking.fetch(request_id=number, actor="user:2", now=held.at)
    with pytest.raises(Gone):
        asking.fetch(request_id=number, actor="user:1", now=held.at + timedelta(days=3))
    hall.privacy.answer(asked(chen, "erase"))
    assert not Handout.objects.exists()
