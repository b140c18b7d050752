"""Mei designs, Ada approves; the pilot, the budget, the policy, the guardrail, and what it changed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from callcenter.foundation.errors import Conflict, Invalid
from customers.insight.facts import Facts
from customers.models import (
    Campaign,
    CampaignMember,
    Consent,
    Contact,
    Customer,
    Holding,
    Identifier,
    Interaction,
    Offering,
    Segment,
    SegmentVersion,
    WaitingOffer,
)
from customers.offers import contacting
from customers.offers.campaigns import operations, queries, running

pytestmark = pytest.mark.django_db
MONDAY = datetime(2026, 11, 23, 2, tzinfo=UTC)  # 10:00 in Beijing
EVERYBODY = {"all": [{"field": "kind", "op": "=", "value": "individual"}]}


@pytest.fixture
def town(shelves: dict[str, Offering]) -> list[Customer]:
    """Sixty people who welcome calls, and twelve who said nothing: so many that not all are in the control group."""
    Offering.objects.filter(code="fibre-300").update(margin_fen=5000)
    made = Customer.objects.bulk_create(
        Customer(name=f"C{n}", created_at=MONDAY, birth_year=1980, region="广东", kind="individual") for n in range(72)
    )
    Identifier.objects.bulk_create(
        Identifier(customer=one, kind="phone", value=f"+86138001380{n:02d}") for n, one in enumerate(made)
    )
    Consent.objects.bulk_create(
        Consent(customer=one, purpose="marketing", channel="voice", state="granted", at=MONDAY) for one in made[:60]
    )
    Facts.objects.bulk_create(Facts(customer=one, at=MONDAY, version="1", kind="individual") for one in made)
    return made


def designed(**more: Any) -> Campaign:
    segment, _new = Segment.objects.get_or_create(name="Everybody", defaults={"author": "mei", "at": MONDAY})
    SegmentVersion.objects.get_or_create(
        segment=segment, number=1,
        defaults={"tree": EVERYBODY, "channel": "voice", "author": "mei", "at": MONDAY, "matched": 72, "reachable": 60},
    )  # fmt: skip
    given: dict[str, Any] = {
        "name": "Fibre", "hypothesis": "They want fibre", "segment_id": segment.pk, "offering_code": "fibre-300",
        "channels": ["VOICE"], "control_share": 0.25, "expected": 0.03, "effect": 0.02, "budget": 1000,
        "starts_at": MONDAY, "ends_at": MONDAY + timedelta(days=60), "author": "mei", "now": MONDAY,
    }  # fmt: skip
    return Campaign.objects.get(pk=operations.design(**(given | more)))


def launched(**more: Any) -> Campaign:
    one = designed(**more)
    operations.hand_in(campaign_id=one.pk, actor="mei", now=MONDAY)
    operations.approve(campaign_id=one.pk, actor="ada", now=MONDAY)
    operations.launch(campaign_id=one.pk, actor="mei", now=MONDAY)
    return one


def counts(one: Campaign) -> dict[str, int]:
    states = CampaignMember.objects.filter(campaign=one).values_list("state", flat=True)
    return {state: list(states).count(state) for state in set(states)}


def test_nothing_goes_out_before_another_person_agrees() -> None:
    Offering.objects.create(
        code="fibre-300", family="broadband", kind="plan", name_en="F", name_zh="F", valid_from=MONDAY
    )
    one = designed()
    with pytest.raises(operations.UnableToChange):
        operations.launch(campaign_id=one.pk, actor="mei", now=MONDAY)
    operations.hand_in(campaign_id=one.pk, actor="mei", now=MONDAY)
    with pytest.raises(operations.UnableToChange):
        operations.approve(campaign_id=one.pk, actor="mei", now=MONDAY)
    with pytest.raises(IntegrityError), transaction.atomic():
        Campaign.objects.update(state="running", approver="mei")
    operations.send_back(campaign_id=one.pk, actor="ada", reason="Whom?", now=MONDAY)
    with pytest.raises(Invalid):
        designed(name="Other", channels=["PIGEON"])
    with pytest.raises(Conflict):
        designed()


def test_pilot_then_all_each_once_and_through_the_policy(town: list[Customer]) -> None:
    one = launched()
    assert running.advance(campaign_id=one.pk, now=MONDAY).is_through
    assert sum(counts(one).values()) < 15  # one in twenty
    operations.widen(campaign_id=one.pk, actor="mei", now=MONDAY)
    Campaign.objects.update(per_batch=40)
    first = running.advance(campaign_id=one.pk, now=MONDAY)
    assert not first.is_through
    assert running.advance(campaign_id=one.pk, now=MONDAY).is_through
    found = counts(one)
    assert sum(found.values()) == 72
    treated = CampaignMember.objects.filter(arm="treated")
    assert found["reserved"] == treated.filter(channel="VOICE").count() == Contact.objects.count() > 10
    # who never said a word on marketing is not called: the offer waits for them
    silent = CampaignMember.objects.filter(customer__in=town[60:], arm="treated")
    assert {(row.state, row.rule) for row in silent} == {("waiting", "unknown_consent")}
    assert WaitingOffer.objects.filter(because="unknown_consent").count() == len(silent)
    assert running.advance(campaign_id=one.pk, now=MONDAY).considered == 0


def test_the_budget_holds_and_sunday_is_quiet(town: list[Customer]) -> None:
    one = launched(budget=5)
    operations.widen(campaign_id=one.pk, actor="mei", now=MONDAY)
    for _step in range(8):
        running.advance(campaign_id=one.pk, now=MONDAY)
    assert counts(one)["reserved"] == 5
    other = launched(name="Sunday", starts_at=MONDAY - timedelta(days=1), now=MONDAY - timedelta(days=2))
    operations.widen(campaign_id=other.pk, actor="mei", now=MONDAY)
    running.advance(campaign_id=other.pk, now=MONDAY - timedelta(days=1))
    assert "reserved" not in counts(other)
    assert CampaignMember.objects.filter(campaign=other, rule="quiet_hours").exists()


def test_the_dialler_confirms_and_a_pause_stops_it(town: list[Customer]) -> None:
    one = launched()
    operations.widen(campaign_id=one.pk, actor="mei", now=MONDAY)
    running.advance(campaign_id=one.pk, now=MONDAY)
    first, second, *_rest = running.to_contact(campaign_id=one.pk, channel="VOICE", limit=9, now=MONDAY)
    assert first.contact_id and second.contact_id
    running.made(campaign_id=one.pk, contact_id=first.contact_id, now=MONDAY)
    running.undone(campaign_id=one.pk, contact_id=second.contact_id, now=MONDAY)
    assert (counts(one)["contacted"], counts(one)["released"]) == (1, 1)
    assert WaitingOffer.objects.filter(customer=second.customer_id).exists()
    operations.pause(campaign_id=one.pk, actor="ada", reason="Wrong price", now=MONDAY)
    assert running.to_contact(campaign_id=one.pk, channel="", limit=9, now=MONDAY) == []
    third = CampaignMember.objects.filter(state="reserved").first()
    assert third is not None and third.contact_id
    with pytest.raises(Conflict):
        running.made(campaign_id=one.pk, contact_id=third.contact_id, now=MONDAY)
    assert operations.resume(campaign_id=one.pk, actor="ada", now=MONDAY)
    with pytest.raises(contacting.UnableToContact):  # decided again at the instant of dialling
        running.made(campaign_id=one.pk, contact_id=third.contact_id, now=MONDAY + timedelta(hours=11))
    operations.stop(campaign_id=one.pk, actor="ada", now=MONDAY)
    assert running.advance(campaign_id=one.pk, now=MONDAY).considered == 0


def test_a_trigger_reaches_one(town: list[Customer]) -> None:
    one = launched(trigger="contract_ends")
    operations.widen(campaign_id=one.pk, actor="mei", now=MONDAY)
    assert running.advance(campaign_id=one.pk, now=MONDAY).considered == 0  # no list
    assert running.happened(kind="move", customer_id=town[0].pk, now=MONDAY) == 0
    assert running.happened(kind="contract_ends", customer_id=town[0].pk, now=MONDAY) == 1
    assert running.happened(kind="contract_ends", customer_id=town[0].pk, now=MONDAY) == 0
    assert CampaignMember.objects.get().customer_id == town[0].pk


def test_harm_stops_it_and_two_people_let_it_go_on(town: list[Customer]) -> None:
    one = launched(control_share=0.5)
    CampaignMember.objects.bulk_create(
        CampaignMember(
            campaign=one, customer=person, arm="treated" if n < 30 else "control", channel="VOICE", at=MONDAY,
            state="contacted" if n < 30 else "control",
        )
        for n, person in enumerate(town[:60])
    )  # fmt: skip
    Interaction.objects.bulk_create(
        Interaction(customer=person, at=MONDAY + timedelta(hours=1), channel="voice", kind="complaint")
        for person in town[:20]
    )
    assert not any(one.is_crossed for one in queries.evaluate(one, now=MONDAY).guardrails)  # thirty are too few
    extra = Customer.objects.bulk_create(Customer(name="E", created_at=MONDAY) for _n in range(60))
    CampaignMember.objects.bulk_create(
        CampaignMember(
            campaign=one,
            customer=person,
            arm="treated" if n < 30 else "control",
            channel="VOICE",
            at=MONDAY,
            state="control",
        )
        for n, person in enumerate(extra)
    )
    assert running.advance(campaign_id=one.pk, now=MONDAY).stopped == "guardrail"
    one.refresh_from_db()
    assert (one.state, one.reason[:9]) == ("paused", "complaint")
    assert not operations.resume(campaign_id=one.pk, actor="ada", now=MONDAY)
    assert not operations.resume(campaign_id=one.pk, actor="ada", now=MONDAY)
    assert operations.resume(campaign_id=one.pk, actor="mei", now=MONDAY)


def test_what_it_changed_is_said_with_an_interval_and_only_once_known(town: list[Customer]) -> None:
    one = launched(channels=["VOICE", "SMS"], control_share=0.5)
    CampaignMember.objects.bulk_create(
        CampaignMember(
            campaign=one, customer=person, arm="treated" if n < 30 else "control", channel="VOICE" if n % 2 else "SMS",
            odds={"VOICE": 0.5, "SMS": 0.5}, at=MONDAY, state="contacted" if n < 30 else "control",
        )
        for n, person in enumerate(town[:60])
    )  # fmt: skip
    fibre = Offering.objects.get(code="fibre-300")
    Holding.objects.bulk_create(Holding(customer=p, offering=fibre, since=MONDAY.date()) for p in town[:18])
    early = queries.evaluate(one, now=MONDAY + timedelta(days=3))
    known = queries.evaluate(one, now=MONDAY + timedelta(days=50))
    assert (early.is_ripe, known.is_ripe, known.n, known.n_control) == (False, True, 30, 30)
    assert known.uplift.value == pytest.approx(0.6) and known.verdict == "better"
    assert known.judged is not None and known.judged.verdict == "not_enough"
    assert known.judged.best_constant in {"VOICE", "SMS"}
    plan = queries.forecast(one, value_fen=running.value_of(fibre), now=MONDAY)
    assert not plan.sizes.is_enough and plan.worth[0][0] == "VOICE"
