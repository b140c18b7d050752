"""Mrs Chen is asked once whether we may call; her answer is the consent, with its proof, and everybody hears of it."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from callcenter.foundation.errors import Invalid, NotFound
from callcenter.foundation.models import AuditEntry, Event
from customers.models import Consent, Customer
from customers.offers import operations, queries
from customers.offers.consents import operations as consents
from customers.results import CallContext, Suggestion
from tests.integration.customers.conftest import NOW, People

pytestmark = pytest.mark.django_db
NUMBER = "+8613800138000"


def cards(
    customer: Customer, *, intent: str = "data_usage", later: timedelta = timedelta(), call: UUID | None = None
) -> tuple[UUID, list[Suggestion]]:
    now = NOW + later
    context = CallContext(
        call_id=call or uuid4(),
        customer_id=customer.pk,
        intent=intent,
        language="en",
        queue="q",
        agent_name="Lin",
        agent_id=1,
    )
    policy = queries.policy(customer_id=customer.pk, number_e164=NUMBER, now=now, call_id=context.call_id)
    found = queries.suggest(context=context, policy=policy, now=now)
    shown = operations.show(context=context, suggestions=found.cards, decision=found.decision, now=now)
    return context.call_id, [card for card in shown if card.action == "ask_consent"]


def answer(call: UUID, card: Suggestion, state: str, reason: str = "", later: timedelta = timedelta()) -> None:
    assert card.offer_id is not None
    operations.decide(offer_id=card.offer_id, call_id=call, state=state, reason=reason, agent_id=1, now=NOW + later)


@pytest.fixture
def nobody_asked(people: People) -> Customer:
    return people.customer("陈女士", NUMBER, birth_year=1968)


def test_a_yes_is_kept_with_its_proof_and_told(nobody_asked: Customer) -> None:
    call, (card,) = cards(nobody_asked)
    assert (card.rule, card.lane) == ("ask_consent_voice", "service") and "May we call you" in card.why_en
    answer(call, card, "accepted")
    kept = Consent.objects.get()
    assert (kept.purpose, kept.channel, kept.state) == (
        "marketing",
        "voice",
        "granted",
    ) and f"c_{call.hex}" in kept.proof
    told = Event.objects.get(type="consent.changed").data
    assert told == {"customer": str(nobody_asked.pk), "purpose": "marketing", "channel": "voice", "state": "granted"}
    assert AuditEntry.objects.get(action="consent.changed").data["proof"] == kept.proof
    assert queries.policy(customer_id=nobody_asked.pk, number_e164=NUMBER, now=NOW).may_sell
    assert cards(nobody_asked, call=call)[1][0].state == "accepted"  # it stays in sight
    assert not cards(nobody_asked)[1]  # and is never asked again


def test_a_no_is_a_refusal_and_thinking_is_only_a_pause(nobody_asked: Customer) -> None:
    call, (card,) = cards(nobody_asked)
    answer(call, card, "declined", "thinks_about_it")
    assert not Consent.objects.exists()
    assert not cards(nobody_asked, later=timedelta(days=89))[1]  # never twice within the pause
    call, (card,) = cards(nobody_asked, later=timedelta(days=91))
    answer(call, card, "declined", "no_need", later=timedelta(days=91))
    assert Consent.objects.get().state == "refused"
    assert not cards(nobody_asked, later=timedelta(days=400))[1]


def test_nobody_is_asked_while_something_is_wrong(nobody_asked: Customer) -> None:
    assert not cards(nobody_asked, intent="complaint")[1]
    operations.suppress(customer_id=nobody_asked.pk, number="", source="letter", now=NOW)
    assert not cards(nobody_asked)[1]


def test_a_consent_that_cannot_be_right_is_refused(nobody_asked: Customer) -> None:
    given = {
        "customer_id": nobody_asked.pk, "purpose": "marketing", "channel": "sms", "state": "granted", "proof": "form 7",
        "actor": "key:shop", "now": NOW,
    }  # fmt: skip
    for wrong in ({"purpose": "fun"}, {"channel": "pigeon"}, {"state": "maybe"}, {"proof": " "}, {"until": NOW}):
        with pytest.raises(Invalid):
            consents.record(**(given | wrong))  # type: ignore[arg-type]
    with pytest.raises(NotFound):
        consents.record(**(given | {"customer_id": uuid4()}))  # type: ignore[arg-type]
    assert consents.record(**given) and not consents.record(**given)  # type: ignore[arg-type]  # the same again
