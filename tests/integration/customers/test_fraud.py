"""One document behind seven numbers is a case; Ada clears it, and it stays quiet until it grows."""

from __future__ import annotations

from datetime import timedelta

import pytest

from callcenter.foundation.errors import Conflict, Invalid, NotFound
from callcenter.foundation.models import AuditEntry
from customers.fraud import queries
from customers.fraud.operations import decide, watch
from customers.insight.computing import compute
from customers.models import Customer, Facts, FraudCase, FraudSignal, Transaction
from tests.integration.customers.conftest import NOW, People, ago

pytestmark = pytest.mark.django_db


@pytest.fixture
def suspect(people: People, mrs_chen: Customer) -> Customer:
    someone = people.customer("王五", *(f"+861370000000{n}" for n in range(8)))
    people.reached_by(someone, "440106198001010015", kind="id_document")
    return someone


def test_signs_open_a_case_that_people_decide_and_cleared_ones_stay_silent(people: People, suspect: Customer) -> None:
    compute(now=NOW)
    case = FraudCase.objects.get()
    assert (case.customer_id, case.state, round(case.score, 2)) == (suspect.pk, "suspected", 0.6)
    assert queries.open_cases()[0].signs[0].evidence == {"numbers": 8}
    assert Facts.objects.get(customer=suspect).fraud_open and queries.needs_check(customer_id=suspect.pk)
    with pytest.raises(Invalid):
        decide(case_id=case.pk, verdict="clear", reason=" ", actor="user:1", now=NOW)
    decide(case_id=case.pk, verdict="review", reason="asked the shop", actor="user:1", now=NOW)
    assert watch(now=NOW).opened == 0
    decide(case_id=case.pk, verdict="clear", reason="a taxi company", actor="user:1", now=NOW)
    assert not Facts.objects.get(customer=suspect).fraud_open
    assert watch(now=NOW).opened == 0  # the same signs say nothing any more
    assert AuditEntry.objects.filter(action="fraud.cleared").exists()
    with pytest.raises(Conflict):
        decide(case_id=case.pk, verdict="confirm", reason="x", actor="user:1", now=NOW)
    for number in range(3):
        Transaction.objects.create(
            customer=suspect, kind="refund", line="shop", amount_fen=100, at=ago(days=number), source="s",
            external_id=str(number),
        )  # fmt: skip
    people.told(suspect, ago(days=3), code="arrears")
    Customer.objects.filter(pk=suspect.pk).update(since=ago(days=90).date())
    assert watch(now=NOW).opened == 1  # new signs are judged alone
    assert {one["kind"] for one in FraudCase.objects.get(state="suspected").evidence} == {"refunds", "early_arrears"}
    assert queries.closed_cases()[0].reason == "a taxi company"


def test_a_suspicion_nobody_looked_at_goes_with_its_signs(suspect: Customer) -> None:
    watch(now=NOW)
    suspect.identifiers.filter(kind="phone").update(valid_to=NOW)
    later = NOW + timedelta(days=31)
    assert watch(now=later).faded == 1
    assert not FraudSignal.objects.exists()
    with pytest.raises(NotFound):
        decide(case_id=0, verdict="clear", reason="x", actor="user:1", now=NOW)


def test_who_shares_papers_with_a_confirmed_case_is_looked_at(people: People, suspect: Customer) -> None:
    watch(now=NOW)
    decide(case_id=FraudCase.objects.get().pk, verdict="confirm", reason="seen", actor="user:1", now=NOW)
    other = people.customer("赵六")
    people.reached_by(other, "440106198001010015", kind="id_document")
    watch(now=NOW)
    told = dict(FraudSignal.objects.filter(customer=other).values_list("kind", "strength"))
    assert set(told) == {"document_numbers", "tie_to_confirmed"} and told["tie_to_confirmed"] == 0.5
