"""The Chens are found by landline and address; Ada says yes, takes one out, or says no and is not asked again."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from callcenter.foundation.errors import Conflict, Invalid
from customers import privacy
from customers.accounts import operations as accounts
from customers.accounts.operations import Used
from customers.households import operations, reading
from customers.identity import relations
from customers.imports import records
from customers.models import Customer, GroupProposal
from tests.integration.customers.conftest import NOW

pytestmark = pytest.mark.django_db
ACTOR: dict[str, Any] = {"actor": "user:1", "now": NOW}


@pytest.fixture
def family() -> list[Customer]:
    """Mrs Chen, her son and her mother; a lodger shares the address alone."""
    home, line = "广州市天河区体育西路 1 号 2 栋 301", "020-87654321"
    told = [
        {"key": "1", "name": "陈美", "address": home, "landline": line},
        {"key": "2", "name": "陈小明", "address": home.replace(" ", ""), "landline": line, "broadband": "gz001"},
        {"key": "3", "name": "李梅", "broadband": "GZ001"},
        {"key": "4", "name": "王五", "address": home},
    ]
    records.take(source="crm", records=told, **ACTOR)
    return [Customer.objects.get(name=one["name"]) for one in told]


def test_found_with_the_evidence_and_accepted_without_merging_anybody(family: list[Customer]) -> None:
    chen, son, mother, _lodger = family
    assert operations.propose(now=NOW).fresh == 1
    (case,) = reading.queue()
    assert ({one.id for one in case.members}, dict(case.because)["broadband"]) == ({chen.pk, son.pk, mother.pk}, 2)
    assert (case.kind, case.surname) == ("household", "陈")
    with pytest.raises(Invalid, match="at least two"):
        operations.accept(proposal_id=case.id, members={chen.pk}, name="", **ACTOR)
    home = operations.accept(proposal_id=case.id, members={chen.pk, son.pk}, name="陈家", **ACTOR)
    assert Customer.objects.get(pk=home).kind == "household"
    assert {one.other for one in relations.relations(customer_id=home, today=NOW.date())} == {chen.pk, son.pk}
    assert Customer.objects.filter(status="active").count() == 5
    with pytest.raises(Conflict, match="meanwhile"):
        operations.dismiss(proposal_id=case.id, reason="", **ACTOR)
    again = operations.propose(now=NOW)  # the same three are decided
    assert (again.fresh, again.gone) == (0, 0)


def test_somebody_new_joins_the_household_that_exists(family: list[Customer]) -> None:
    operations.propose(now=NOW)
    home = operations.accept(proposal_id=reading.queue()[0].id, members=(), name="陈家", **ACTOR)
    baby = {"key": "9", "name": "陈小小", "broadband": "GZ001"}
    records.take(source="crm", records=[baby], **ACTOR)
    assert operations.propose(now=NOW).fresh == 1
    (case,) = reading.queue(kind="household")
    assert (case.group, [one.inside for one in case.members].count(True)) == (home, 3)
    assert operations.accept(proposal_id=case.id, members=(), name="", **ACTOR) == home
    assert operations.propose(now=NOW).found == 0


def test_dismissed_is_not_asked_again_and_what_vanished_goes(family: list[Customer]) -> None:
    operations.propose(now=NOW)
    operations.dismiss(proposal_id=reading.queue()[0].id, reason="only lodgers", **ACTOR)
    assert operations.propose(now=NOW).fresh == 0
    assert reading.waiting() == {}
    GroupProposal.objects.update(state="open")
    privacy.erase(customer_id=family[1].pk, purpose="7", **ACTOR)
    assert operations.propose(now=NOW).gone == 1


def test_who_pays_for_somebody_is_the_head(mrs_chen: Customer, zhang_san: Customer) -> None:
    line = Used(kind="mobile", number="13900139000", user=zhang_san.pk)
    accounts.tell(source="billing", number="A-1", payer=mrs_chen.pk, lines=[line], since=date(2025, 1, 1), **ACTOR)
    operations.propose(now=NOW)
    (case,) = reading.queue()
    assert [(one.id, one.role) for one in case.members] == [(mrs_chen.pk, "head"), (zhang_san.pk, "member")]
