"""Insight over a small market: Mrs Chen buys often, Zhang San goes quiet; every figure stands beside its hand count."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import DataError, connection
from django.utils import timezone

from customers.insight import formulas, plan, tagging
from customers.insight.computing import compute
from customers.insight.tags import DEFINITIONS, HEAVY_DATA, LONG_STANDING
from customers.models import Customer, Facts, LevelTerm, Offering, PointsEntry, Tag, TagAssignment, TagLog, Transaction
from tests.integration.customers.conftest import GB, NOW, People, ago, offering

pytestmark = pytest.mark.django_db


def facts(customer: Customer) -> Facts:
    return Facts.objects.get(customer=customer)


def bought(customer: Customer, days: float, yuan: int, **fields: Any) -> None:
    number = Transaction.objects.count()
    given = {"kind": "purchase", "line": "mobile", "source": "shop", "external_id": f"t{number}"}
    Transaction.objects.create(customer=customer, at=ago(days=days), amount_fen=yuan * 100, **(given | fields))


def bills(people: People, customer: Customer, *yuan: int, gb: float = 2) -> None:
    """Newest month first."""
    from customers.models import UsageMonth

    for back, amount in enumerate(yuan, start=1):
        month = (NOW.date().replace(day=1) - timedelta(days=1)).replace(day=1)
        for _step in range(back - 1):
            month = (month - timedelta(days=1)).replace(day=1)
        UsageMonth.objects.create(
            customer=customer, month=month, data_kb=int(gb * GB), voice_s=60, bill_fen=amount * 100
        )


def test_rfm_agrees_with_the_formulas_and_ties_share_their_rank(people: People) -> None:
    crowd = [people.customer(f"c{n}") for n in range(10)]
    for n, customer in enumerate(crowd):
        bought(customer, days=10 + 5 * (n // 2), yuan=100 * (n + 1))
        for _again in range(n // 5):
            bought(customer, days=300, yuan=1)
    bought(crowd[9], days=5, yuan=900, kind="refund")
    compute(now=NOW)
    rows = [facts(customer) for customer in crowd]
    for name, best_first in (("r", [row.r_days for row in rows]), ("m", [row.m_fen for row in rows])):
        sign = -1 if name == "r" else 1
        order = [sign * int(value or 0) for value in best_first]
        for row, value in zip(rows, order, strict=True):
            below, same = sum(one < value for one in order), sum(one == value for one in order)
            assert getattr(row, name) == formulas.quintile(mean_rank=below + (same + 1) / 2, of=10)
    assert rows[9].m_fen == 10_100  # 1000 and 1 bought, 900 given back
    assert [row.rfm for row in rows] == [
        formulas.rfm_class(r=int(row.r or 0), f=int(row.f or 0), m=int(row.m or 0)) for row in rows
    ]


def test_value_is_margin_times_staying_with_its_interval(people: People, mrs_chen: Customer) -> None:
    people.holds(mrs_chen, offering("plan-99", "mobile", "plan", 99, margin_fen=4_000), term_end=date(2027, 11, 1))
    bills(people, mrs_chen, 100, 140, 110)
    compute(now=NOW)
    row = facts(mrs_chen)
    assert row.margin_fen == round(11_000 * 4_000 / 9_900)  # the middle bill of three
    assert row.churn is not None
    assert row.value_fen is not None
    assert row.value_fen == pytest.approx(
        formulas.expected_margin(margin_fen=11_000 * 4_000 / 9_900, churn_90=row.churn), rel=1e-3
    )
    assert row.value_low_fen is not None
    assert row.value_high_fen is not None
    assert row.value_low_fen < row.value_fen < row.value_high_fen
    assert row.churn_reasons == ["one_product"]
    mrs_chen.refresh_from_db()
    assert mrs_chen.value_tier == row.value_tier == "diamond"  # the only one of her kind is its best


def test_a_stage_moves_only_when_seen_twice(people: People, zhang_san: Customer) -> None:
    people.holds(zhang_san, offering("plan-19", "mobile", "plan", 19))
    zhang_san.since = date(2022, 1, 1)
    zhang_san.save()
    bills(people, zhang_san, 100, 100, 100, 100)
    compute(now=NOW)
    assert facts(zhang_san).lifecycle == "mature"
    zhang_san.usage.all().delete()
    bills(people, zhang_san, 50, 70, 90, 120)
    compute(now=NOW)
    assert (facts(zhang_san).lifecycle, facts(zhang_san).lifecycle_seen) == ("mature", "declining")
    compute(now=NOW)
    assert facts(zhang_san).lifecycle == "declining"
    zhang_san.holdings.update(status="ended")
    compute(now=NOW)
    assert facts(zhang_san).lifecycle == "lost"
    assert facts(zhang_san).churn is None  # nobody leaves twice


def test_who_comes_back_is_won_back_for_ninety_days(people: People, zhang_san: Customer) -> None:
    Customer.objects.filter(pk=zhang_san.pk).update(since=date(2022, 1, 1))
    people.holds(zhang_san, offering("plan-19", "mobile", "plan", 19), status="ended")
    bills(people, zhang_san, 100, 100, 100, 100)
    compute(now=NOW)
    assert facts(zhang_san).lifecycle == "lost"
    zhang_san.holdings.update(status="active")
    for days in (1, 80):
        compute(now=NOW + timedelta(days=days))
        row = facts(zhang_san)
        assert (row.lifecycle, row.lifecycle_seen) == ("won_back", "won_back")
        assert row.lifecycle_since == timezone.localdate(NOW + timedelta(days=1))
    for stage in ("won_back", "dormant"):  # seen twice
        compute(now=NOW + timedelta(days=95))
        assert (facts(zhang_san).lifecycle, facts(zhang_san).lifecycle_seen) == (stage, "dormant")
    assert facts(zhang_san).lifecycle_since == timezone.localdate(NOW + timedelta(days=95))


@pytest.mark.django_db(transaction=True)
def test_a_night_that_broke_off_leaves_yesterday_and_the_next_begins_anew(
    people: People, mrs_chen: Customer, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    people.told(mrs_chen, at=ago(days=1))
    compute(now=NOW)
    settings.INSIGHT_LANES = 2
    with monkeypatch.context() as patched:
        patched.setattr(plan, "STEPS", (*plan.STEPS[:3], plan.Step(each=("SELECT 1 / 0",))))
        with pytest.raises(DataError):
            compute(now=NOW + timedelta(days=1))
    assert facts(mrs_chen).quiet_days == 1
    settings.INSIGHT_LANES = 1  # its ranges were others
    compute(now=NOW + timedelta(days=1))
    assert facts(mrs_chen).quiet_days == 2
    with connection.cursor() as cursor:
        cursor.execute("SELECT relname FROM pg_class WHERE relname LIKE 'i\\_%'")
        assert cursor.fetchall() == []


def test_levels_go_up_at_once_and_down_only_after_the_term_and_its_grace(mrs_chen: Customer) -> None:
    bought(mrs_chen, days=20, yuan=6_500)
    compute(now=NOW)
    row = facts(mrs_chen)
    # the new term begins with nothing, and half a year at this pace brings 6,500 again
    assert (row.level, row.points, row.term_points, row.level_needs, row.term_pace) == ("gold", 6_500, 0, 6_000, 13_036)
    assert row.downgrade_risk is not None
    assert 0 < row.downgrade_risk < 0.5
    inside = NOW + timedelta(days=formulas.TERM_DAYS + 30)
    compute(now=inside)
    assert facts(mrs_chen).level == "gold"
    assert facts(mrs_chen).downgrade_risk == 1
    compute(now=NOW + timedelta(days=formulas.TERM_DAYS + 70))
    assert facts(mrs_chen).level == "standard"
    assert list(LevelTerm.objects.order_by("pk").values_list("reason", flat=True)) == ["reached", "missed"]


def test_points_run_out_first_in_first_out(mrs_chen: Customer) -> None:
    common = {"customer": mrs_chen, "origin": mrs_chen.pk, "actor": "crm"}
    PointsEntry.objects.create(kind="earn", points=100, at=ago(days=800), expires_at=ago(days=70), ref="a", **common)
    PointsEntry.objects.create(kind="earn", points=50, at=ago(days=10), expires_at=ago(days=-700), ref="b", **common)
    PointsEntry.objects.create(kind="redeem", points=-30, at=ago(days=90), ref="c", **common)
    compute(now=NOW)
    assert facts(mrs_chen).points == 50
    assert PointsEntry.objects.get(kind="expire").points == -70
    compute(now=NOW + timedelta(days=1))
    assert facts(mrs_chen).points == 50


def test_rule_tags_come_and_go_and_hands_win(people: People, mrs_chen: Customer, zhang_san: Customer) -> None:
    for one in DEFINITIONS.values():
        Tag.objects.create(key=one.key, name_en=one.name_en, name_zh=one.name_zh, layer=one.layer)
    tagging.install_rules(now=NOW)
    bills(people, mrs_chen, 100, 100, 100, gb=20)
    people.tag(zhang_san, HEAVY_DATA, origin="manual", actor="user:1", expires_at=ago(days=-100))
    done = compute(now=NOW)
    assert facts(mrs_chen).tags == [HEAVY_DATA]
    assert facts(zhang_san).tags == [HEAVY_DATA]
    assert done.tags_added == TagLog.objects.filter(act="added").count() == 1
    expected = tagging.difference(key=HEAVY_DATA, tree={"field": "data_gb", "op": ">", "value": 30}, now=NOW)
    assert (expected.added, expected.removed) == (0, 1)
    assert expected.examples[0][2] != mrs_chen.name
    tagging.publish_rule(
        key=HEAVY_DATA, tree={"field": "data_gb", "op": ">", "value": 30}, days=None, actor="user:2", now=NOW
    )
    after = compute(now=NOW)
    assert (after.tags_added, after.tags_removed) == (expected.added, expected.removed)
    assert TagAssignment.objects.get(tag__key=HEAVY_DATA).customer == zhang_san
    assert compute(now=NOW).tags_removed == 0
    assert LONG_STANDING not in facts(mrs_chen).tags


def test_who_is_merged_or_erased_has_no_facts(people: People, mrs_chen: Customer, zhang_san: Customer) -> None:
    compute(now=NOW)
    Customer.objects.filter(pk=zhang_san.pk).update(status="erased")
    compute(now=NOW)
    assert [row.customer_id for row in Facts.objects.all()] == [mrs_chen.pk]


def test_what_is_known_of_contacts_and_wishes(people: People, shelves: dict[str, Offering], mrs_chen: Customer) -> None:
    for days in (1, 8, 40, 41):
        people.told(mrs_chen, at=ago(days=days))
    people.told(mrs_chen, at=ago(days=3), kind="complaint", outcome="open")
    people.told(mrs_chen, at=ago(days=2), kind="message", direction="out", channel="sms")
    people.holds(mrs_chen, shelves["plan-99"], term_end=(NOW + timedelta(days=20)).date())
    compute(now=NOW)
    row = facts(mrs_chen)
    assert (row.calls_90, row.contacts_30, row.complaints_365, row.quiet_days) == (4, 3, 1, 1)
    assert (row.open_complaint, row.channel, row.consent_voice, row.consent_sms) == (True, "voice", True, False)
    assert row.contract_days in {19, 20}
    assert "contract_ends" in row.scenarios
    assert row.products == ["plan-99"]
    assert len(row.best_blocks) >= 1


@pytest.mark.django_db(transaction=True)
def test_lanes_side_by_side_find_what_one_alone_finds(people: People, settings: Any) -> None:
    tag = DEFINITIONS[LONG_STANDING]
    Tag.objects.create(key=tag.key, name_en=tag.name_en, name_zh=tag.name_zh, layer=tag.layer)
    tagging.install_rules(now=NOW)
    for n in range(8):
        customer = people.customer(f"c{n}", since=date(2000 + 3 * n, 1, 1))
        bought(customer, days=10 + 3 * n, yuan=100 * (n + 1))
        people.told(customer, at=ago(days=n), channel=("voice", "app")[n % 2])
    settings.INSIGHT_LANES = 3
    together = compute(now=NOW)
    first = [said(row) for row in Facts.objects.order_by("customer").values()]
    assert (together.customers, together.tags_added) == (8, 6)
    assert {row["r"] for row in first} == {1, 2, 3, 4, 5}  # of all eight, not of the few of a lane
    Facts.objects.all().delete()
    settings.INSIGHT_LANES = 1
    alone = compute(now=NOW)
    assert [said(row) for row in Facts.objects.order_by("customer").values()] == first
    assert (alone.customers, alone.tags_added) == (8, 0)


def said(row: Mapping[str, object]) -> dict[str, Any]:
    """A row without its number, and sums without the last signs, which the order of adding decides."""
    return {name: round(value, 9) if isinstance(value, float) else value for name, value in row.items() if name != "id"}
