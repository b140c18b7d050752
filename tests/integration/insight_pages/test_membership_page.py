"""Mei looks at the membership: who has which level, what it brings, what the ledger says, who may fall."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from callcenter.foundation.clock import db_now
from customers.insight import membership, points
from customers.insight.membership_models import BenefitUse, LevelTerm
from customers.models import Customer, Facts
from customers.segments.grammar import parse
from tests.integration.backoffice.test_pages import client_of

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 23)


@pytest.fixture
def club() -> list[Customer]:
    """Four: diamond and safe, gold and failing, gold and worth more, silver and nearly gold."""
    now = db_now()
    people = [Customer.objects.create(name=f"{name}建国", created_at=now) for name in "陈张王李"]
    told: tuple[dict[str, Any], ...] = (
        {"level": "diamond", "downgrade_risk": 0.1, "term_points": 13_000, "level_needs": 12_000, "value_fen": 900_000},
        {"level": "gold", "downgrade_risk": 0.9, "term_points": 2_000, "level_needs": 6_000, "value_fen": 100_000},
        {"level": "gold", "downgrade_risk": 0.6, "term_points": 5_680, "level_needs": 6_000, "value_fen": 800_000},
        {"level": "silver", "downgrade_risk": 0.0, "term_points": 4_900, "level_needs": 2_000, "value_fen": 50_000},
    )
    for customer, facts in zip(people, told, strict=True):
        Facts.objects.create(
            customer=customer, at=now, version="x", kind="individual", points=100, term_ends=date(2026, 12, 31),
            term_pace=facts["term_points"] + 210, term_low=facts["term_points"], term_high=6_100, **facts,
        )  # fmt: skip
        LevelTerm.objects.create(
            customer=customer,
            level=facts["level"],
            since=TODAY - timedelta(days=300),
            ends=date(2026, 12, 31),
            reason="x",
        )
    LevelTerm.objects.filter(level="diamond").update(ends=TODAY - timedelta(days=3))
    lounge = LevelTerm.objects.filter(level="gold").first()
    assert lounge is not None
    BenefitUse.objects.create(customer=lounge.customer, term=lounge, benefit="lounge", ref="1", at=now, actor="x")
    return people


def test_levels_are_counted_with_benefits_risk_and_nearness(club: list[Customer]) -> None:
    diamond, gold, silver, standard = membership.levels(today=TODAY)
    assert (diamond.customers, diamond.in_grace, diamond.ending, diamond.at_risk, diamond.near) == (1, 1, 0, 0, 0)
    assert (gold.customers, gold.share, gold.at_risk, gold.ending, gold.points, gold.near) == (2, 0.5, 2, 2, 200, 1)
    assert [(one.benefit.key, one.used, one.customers) for one in gold.benefits][1] == ("lounge", 1, 1)
    assert (silver.near, standard.customers, standard.benefits) == (0, 0, ())


def test_who_may_fall_stands_by_worth_times_chance_and_is_a_condition(club: list[Customer]) -> None:
    _safe, failing, dear, _near = club
    risky = membership.at_risk()
    assert [one.customer_id for one in risky] == [dear.pk, failing.pk]
    assert (risky[0].masked_name, risky[0].missing, risky[0].pace, risky[0].low) == ("王**", 320, 5_890, 5_680)
    assert membership.at_risk(level="diamond") == []
    for level in ("", "gold"):
        parse(membership.risk_condition(level))


def test_the_ledger_tells_what_can_be_spent_and_what_runs_out(club: list[Customer]) -> None:
    now = db_now()
    early = now - timedelta(days=700)  # runs out in 30 days
    for n, (customer, at) in enumerate(((club[0], early), (club[1], early), (club[1], now))):
        points.earn(customer_id=customer.pk, points=500, ref=f"x{n}", reason="", actor="x", now=at)
    points.redeem(customer_id=club[1].pk, points=200, ref="r", reason="", actor="x", now=now)
    told = membership.ledger(now=now)
    assert (told.balance, told.soon) == (1_300, 800)
    assert (told.months[0].earned, told.months[0].spent, told.months[0].ran_out, told.months[0].put_right) == (
        500,
        200,
        0,
        0,
    )


def test_marketing_sees_masked_names_analysts_none_and_it_becomes_a_segment(club: list[Customer]) -> None:
    mei = client_of("marketing")
    page = mei.get("/customers/membership/").content.decode()
    assert "王**" in page and "王建国" not in page and "320 points by 2026-12-31" in page and "1 use by 1" in page
    assert f"/customers/{club[2].pk}/" not in page  # marketing opens nobody
    assert (
        f"/customers/{club[2].pk}/" in client_of("supervisor").get("/customers/membership/?level=gold").content.decode()
    )
    assert "王**" not in client_of("analyst").get("/customers/membership/").content.decode()
    assert "会员等级" in client_of("admin", "zh-hans").get("/customers/membership/").content.decode()
    assert client_of("agent").get("/customers/membership/").status_code == 403
    built = mei.post("/customers/segments/new/", {"tree": str(membership.risk_condition("gold")).replace("'", chr(34))})
    assert built.status_code == 200 and "downgrade_risk" in built.content.decode()
