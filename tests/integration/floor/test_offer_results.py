"""Ada reads what offers brought: the funnel, those left in peace, and what the log says of other ways of choosing."""

from __future__ import annotations

from datetime import timedelta

import pytest

from callcenter.foundation.clock import db_now
from callcenter.foundation.ids import uuid7
from callcenter.foundation.principal import Role
from customers.models import Arbitration, Customer, Holding, Interaction, Offer
from customers.offers import measuring
from customers.offers.waiting.models import WaitingOffer
from customers.offers.waiting.queries import sums
from tests.integration.customers.conftest import offering
from tests.integration.floor.test_contact_page import person

pytestmark = pytest.mark.django_db
PAGE = "/floor/offers/"
PEOPLE = 300


def test_what_waits_is_counted_and_nobody_is_named() -> None:
    now, tone = db_now(), offering("tone", "content", "content", 6)
    people = Customer.objects.bulk_create(Customer(name=f"张三{n}", created_at=now) for n in range(4))
    closed = [None, None, now, None]
    ends = [now + timedelta(days=9), now + timedelta(days=3), now + timedelta(days=9), now - timedelta(days=1)]
    WaitingOffer.objects.bulk_create(
        WaitingOffer(customer=who, offering=tone, origin="later", at=now - timedelta(days=5), expires_at=end, closed_at=shut,
                     state="taken" if shut else "waiting")
        for who, shut, end in zip(people, closed, ends, strict=True)
    )  # fmt: skip
    (found,) = sums(since=now - timedelta(days=30), now=now)
    assert (found.open, found.told, found.taken, found.lapsed) == (2, 0, 1, 1) and found.next_end == ends[1]
    page = person("ada").get(PAGE).content.decode()
    assert "the customer said later" in page and "张三" not in page


@pytest.fixture
def log(db: None) -> None:
    """Every second party takes what is offered and keeps it; of those left in peace one in ten takes something alone."""
    now, tone = db_now(), offering("tone", "content", "content", 6)
    at = now - timedelta(days=60)
    people = Customer.objects.bulk_create(Customer(name=f"c{n}", created_at=at) for n in range(PEOPLE))
    cells = ["no_offer" if n % 3 == 0 else "policy" for n in range(PEOPLE)]
    decisions = Arbitration.objects.bulk_create(
        Arbitration(
            call=uuid7(), customer=who, at=at, cell=cell, led="content" if cell == "policy" and n % 5 else "just_serve",
            feasible=["content", "just_serve"], odds=[0.0, 1.0] if cell == "no_offer" else [0.8, 0.2], marginal=0.5, took_ms=1,
        )
        for n, (who, cell) in enumerate(zip(people, cells, strict=True))
    )  # fmt: skip
    takes = [n % 10 == 3 if one.led == "just_serve" else n % 2 == 0 for n, one in enumerate(decisions)]
    Holding.objects.bulk_create(
        Holding(customer=one.customer, offering=tone, since=at.date())
        for one, yes in zip(decisions, takes, strict=True)
        if yes
    )
    Interaction.objects.bulk_create(
        Interaction(customer=one.customer, at=at + timedelta(days=2), channel="voice", kind="complaint")
        for one in decisions[:30:3]
    )
    Offer.objects.bulk_create(
        Offer(
            call=one.call, customer=one.customer, offering=tone, action="content", lane="sales", rule="content", rank=1,
            state="kept" if yes else "declined", shown_at=at, decided_at=at, agent=7, decision=one,
        )
        for one, yes in zip(decisions, takes, strict=True) if one.led == "content"
    )  # fmt: skip


def test_the_figures_are_those_of_the_log(log: None) -> None:
    now = db_now()
    found = measuring.results(since=now - timedelta(days=180), now=now)
    led = [n for n in range(PEOPLE) if n % 3 and n % 5]
    stage = found.actions[0]
    assert (stage.key, stage.shown, stage.answered, stage.kept) == ("content", 160, 160, sum(n % 2 == 0 for n in led))
    assert [one.key for one in found.tenure] == ["novice"]
    kept, complaint, *_rest = found.against
    assert (kept.n, kept.n_control, kept.verdict) == (200, 100, "better")
    assert kept.apart.value == pytest.approx(kept.offered.value - kept.control.value)
    assert (complaint.control.value, complaint.offered.value, complaint.verdict) == (0.1, 0.0, "better")
    judged = found.judged
    assert judged is not None and judged.rows == 200
    assert judged.best_constant == "content" and judged.verdict in {"no_difference", "not_enough"}


def test_outcomes_not_known_yet_stand_in_the_funnel_alone(log: None) -> None:
    now = db_now()
    Arbitration.objects.update(at=now - timedelta(days=20))
    found = measuring.results(since=now - timedelta(days=180), now=now)
    assert (found.decisions, found.judged, found.actions[0].shown) == (0, None, 160)


def test_ada_reads_the_page_and_lin_does_not(log: None) -> None:
    ada, lin = person("ada"), person("lin", Role.AGENT)
    page = ada.get(PAGE, {"days": "180"}).content.decode()
    assert "Beside those left in peace" in page and "The best constant card" in page
    assert "Nothing has been learned yet" in page
    for odd in ("nonsense", "²", "9" * 5_000):
        assert ada.get(PAGE, {"days": odd}).status_code == 200
    assert lin.get(PAGE).status_code == 403
