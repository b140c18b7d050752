"""An outage, a bereavement, a bill overdue: nothing is sold while they stand; and offers that wait for the customer."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from callcenter.foundation.errors import Invalid, NotFound
from customers.models import Circumstance, Customer, Offer, Offering, WaitingOffer
from customers.offers import operations as offers
from customers.offers import queries
from customers.offers.circumstances import operations
from customers.offers.contact_policy import Ask
from customers.offers.waiting import operations as waiting
from customers.offers.waiting import queries as waits
from customers.results import Suggestions
from tests.integration.customers.conftest import NOW, People, call_of

pytestmark = pytest.mark.django_db
TOMORROW = NOW + timedelta(days=1)
NUMBER = "+8613800138000"


def advised(customer: Customer, *, days: int = 0) -> Suggestions:
    now = NOW + timedelta(days=days)
    policy = queries.policy(customer_id=customer.pk, number_e164=NUMBER, now=now)
    return queries.suggest(context=call_of(customer), policy=policy, now=now)


def rules(customer: Customer, *, days: int = 0) -> list[str]:
    return [card.rule for card in advised(customer, days=days).cards]


@pytest.fixture
def fan(people: People, mrs_chen: Customer, shelves: dict[str, Offering]) -> Customer:
    """Something would be sold to Mrs Chen: fibre, for the family."""
    people.tag(mrs_chen, "family")
    return mrs_chen


def noted(**fields: object) -> int:
    given = {"source": "nms", "expires_at": TOMORROW, "actor": "ada", "now": NOW}
    return operations.note(**(given | fields))  # type: ignore[arg-type]


def test_an_outage_in_her_town_is_told_first_and_nothing_is_sold_until_it_ends(fan: Customer) -> None:
    assert rules(fan) == ["broadband_at_home"]
    outage = noted(kind="outage", region="广州", external_id="F-7")
    found = advised(fan)
    assert [card.rule for card in found.cards] == ["outage"] and found.moment == "not_yet"
    assert "nms" in found.cards[0].why_en
    ask = Ask(direction="out", channel="VOICE")
    verdict = queries.contact_check(customer_id=fan.pk, number_e164=NUMBER, ask=ask, now=NOW)
    assert ("outage", TOMORROW) in [(one.rule, one.until) for one in verdict.denials]
    assert rules(fan, days=1) == ["broadband_at_home"]  # it ended by itself
    assert noted(kind="outage", region="深圳", external_id="F-7") == outage  # the network corrects itself
    assert rules(fan) == ["broadband_at_home"]


def test_ended_by_hand(fan: Customer) -> None:
    one = noted(kind="bereavement", customer_id=fan.pk)
    assert rules(fan) == ["bereavement"]
    operations.end(circumstance_id=one, actor="ada", now=NOW)
    operations.end(circumstance_id=one, actor="ada", now=NOW)
    assert rules(fan) == ["broadband_at_home"]
    with pytest.raises(NotFound):
        operations.end(circumstance_id=one + 99, actor="ada", now=NOW)


def test_a_number_alone_bars_contacts_to_it(fan: Customer) -> None:
    noted(kind="fraud", number="138 0013 8000")
    policy = queries.policy(customer_id=fan.pk, number_e164=NUMBER, now=NOW)
    assert [one.rule for one in policy.warnings] == ["fraud"]
    assert queries.policy(customer_id=fan.pk, number_e164="+8613900139000", now=NOW).may_sell


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "rain"}, {"kind": "arrears"}, {"kind": "arrears", "region": "广州"}, {"kind": "outage", "number": "hello"},
        {"kind": "outage", "region": "广州", "expires_at": NOW},
        {"kind": "outage", "region": "广州", "expires_at": NOW + timedelta(days=400)},
    ],
)  # fmt: skip
def test_what_cannot_be_right_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(Invalid):
        noted(**wrong)
    with pytest.raises(IntegrityError), transaction.atomic():
        Circumstance.objects.create(
            kind="arrears", region="广州", source="x", since=NOW, expires_at=TOMORROW, author="x"
        )


def test_later_waits_and_a_yes_ends_the_waiting(fan: Customer) -> None:
    found = advised(fan)
    context = call_of(fan)
    (card,) = offers.show(context=context, suggestions=found.cards, decision=found.decision, now=NOW)
    answer = {"offer_id": card.offer_id, "call_id": context.call_id, "agent_id": None, "now": NOW}
    offers.decide(**answer, state="later", reason="")  # type: ignore[arg-type]
    (kept,) = waits.waiting(customer_id=fan.pk, now=NOW)
    assert (kept.origin, kept.expires_at) == ("later", NOW + timedelta(days=30))
    later = advised(fan, days=8)
    assert [one.rule for one in later.cards] == ["waiting_offer"]  # once, not by two rules
    assert "Kept for this customer since 2026-11-22" in later.cards[0].why_en
    again = call_of(fan)
    (card,) = offers.show(context=again, suggestions=later.cards, now=NOW + timedelta(days=8))
    assert WaitingOffer.objects.get().state == "told"
    offers.decide(
        offer_id=card.offer_id or 0, call_id=again.call_id, state="accepted", reason="", agent_id=None,
        now=NOW + timedelta(days=8),
    )  # fmt: skip
    assert (WaitingOffer.objects.get().state, Offer.objects.count()) == ("taken", 2)
    assert waits.waiting(customer_id=fan.pk, now=NOW + timedelta(days=8)) == ()


def test_it_waits_once_and_not_for_ever(fan: Customer) -> None:
    first = waiting.keep(customer_id=fan.pk, offering_code="fibre-300", origin="api", because="quiet_hours", now=NOW)
    assert waiting.keep(customer_id=fan.pk, offering_code="fibre-300", origin="campaign", now=NOW) == first
    assert len(waits.waiting(customer_id=fan.pk, now=NOW)) == 1
    assert waits.waiting(customer_id=fan.pk, now=NOW + timedelta(days=30)) == ()
    with pytest.raises(NotFound):
        waiting.keep(customer_id=fan.pk, offering_code="nothing", origin="api", now=NOW)
    with pytest.raises(Invalid):
        waiting.told(waiting_id=first, customer_id=fan.pk, on="pigeon", now=NOW)
    waiting.told(waiting_id=first, customer_id=fan.pk, on="app", now=NOW)
    assert waits.waiting(customer_id=fan.pk, now=NOW)[0].state == "told"
