"""Other systems hear what became of an offer, and that a campaign stands still."""

from __future__ import annotations

from datetime import timedelta

import pytest

from callcenter.foundation.ids import uuid7
from callcenter.foundation.models import Event
from customers.models import Customer, Holding, Offer, Offering, Segment, SegmentVersion
from customers.offers import operations, outcomes
from customers.offers.campaigns import operations as campaigns
from customers.offers.campaigns.models import Campaign
from tests.integration.customers.conftest import NOW, ago

pytestmark = pytest.mark.django_db


def told(kind: str) -> list[tuple[str, dict[str, object]]]:
    return list(Event.objects.filter(type=kind).order_by("id").values_list("domain", "data"))


def test_a_yes_is_told_and_so_is_that_it_was_kept(mrs_chen: Customer, shelves: dict[str, Offering]) -> None:
    product = Offering.objects.filter(kind="pack")[0]
    call = uuid7()
    Event.objects.create(type="call.queued", at=NOW, domain="north", call=call, seq_in_call=1, actor="switch")
    offer = Offer.objects.create(
        call=call, customer=mrs_chen, offering=product, action="cross_sell", lane="sales", rule="more_data", rank=1,
        shown_at=ago(days=40),
    )  # fmt: skip
    operations.decide(
        offer_id=offer.pk, call_id=call, state="accepted", reason="", agent_id=1, now=NOW - timedelta(days=40)
    )
    assert [(where, data["state"]) for where, data in told("offer.answered")] == [("north", "accepted")]
    Holding.objects.create(customer=mrs_chen, offering=product, since=ago(days=39).date())
    assert (outcomes.label(now=NOW), outcomes.label(now=NOW)) == (1, 0)
    ((where, data),) = told("offer.kept")
    assert where == "north" and data["offer"] == offer.pk and data["call"] == f"c_{call.hex}"
    assert data["offering"] == product.code and not told("offer.undone")


def test_every_domain_hears_that_a_campaign_pauses(shelves: dict[str, Offering]) -> None:
    for domain in ("north", "south"):
        Event.objects.create(type="agent.available", at=NOW, domain=domain, actor="x")
    segment = Segment.objects.create(name="Everybody", author="mei", at=NOW)
    version = SegmentVersion.objects.create(
        segment=segment, number=1, tree={}, channel="voice", author="mei", at=NOW, matched=9, reachable=9
    )
    campaign = Campaign.objects.create(
        name="Reading", hypothesis="h", segment=version, offering=Offering.objects.all()[0], channels=["SMS"],
        expected=0.1, effect=0.05, budget=9, starts_at=ago(days=1), ends_at=NOW + timedelta(days=9), state="running",
        author="a", approver="b", at=NOW,
    )  # fmt: skip
    campaigns.pause(campaign_id=campaign.pk, actor="Ada", reason="a word typed by hand", now=NOW)
    heard = told("campaign.paused")
    assert [where for where, _ in heard] == ["main", "north", "south"]
    assert all(
        data == {"campaign": campaign.pk, "state": "paused", "by_guardrail": False} for _, data in heard
    )  # no free text
