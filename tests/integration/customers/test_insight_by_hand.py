"""What a night finds by set is what a slow hand finds one by one: chance markets with ties, refunds and gaps, in two kinds."""

from __future__ import annotations

import math
import random
from collections import defaultdict
from datetime import timedelta

import pytest

from customers.insight import formulas
from customers.insight.computing import compute
from customers.models import Customer, Facts, Transaction, UsageMonth
from tests.integration.customers.conftest import NOW, People, ago, offering

pytestmark = pytest.mark.django_db
KINDS = ("individual", "enterprise")


def crowd(people: People, size: int) -> list[Customer]:
    return [people.customer(f"c{n}", kind=KINDS[n % 3 == 2]) for n in range(size)]


def by_kind(rows: list[Facts]) -> list[list[Facts]]:
    return [[row for row in rows if row.kind == kind] for kind in KINDS]


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_scores_are_quintiles_of_their_kind_with_ties_and_refunds(people: People, seed: int) -> None:
    chance = random.Random(seed)
    movements = [
        Transaction(
            customer=customer, kind=chance.choice(("purchase", "top_up", "refund", "payment")), line="mobile",
            amount_fen=chance.choice((0, 500, 500, 9_900)), at=NOW - timedelta(days=chance.choice((0, 3, 3, 364, 365, 400))),
            source="shop", external_id=f"{customer.pk}:{n}",
        )
        for customer in crowd(people, 30) for n in range(chance.randrange(5))
    ]  # fmt: skip
    Transaction.objects.bulk_create(movements)
    counted: dict[object, list[Transaction]] = defaultdict(list)
    for one in movements:
        if one.kind != "payment" and one.at > ago(days=365):
            counted[one.customer_id].append(one)
    compute(now=NOW)
    for rows in by_kind(list(Facts.objects.all())):
        bought = [row for row in rows if any(one.kind != "refund" for one in counted[row.customer_id])]
        assert [row.rfm == "" for row in rows] == [row not in bought for row in rows]
        for row in bought:
            own = counted[row.customer_id]
            kept = [one for one in own if one.kind != "refund"]
            signed = sum(one.amount_fen if one in kept else -one.amount_fen for one in own)
            assert (row.r_days, row.f_count, row.m_fen) == (min((NOW - one.at).days for one in kept), len(kept), signed)
        for score, value, sign in (("r", "r_days", -1), ("f", "f_count", 1), ("m", "m_fen", 1)):
            values = [sign * getattr(row, value) for row in bought]
            for row, own_value in zip(bought, values, strict=True):
                below, same = sum(one < own_value for one in values), values.count(own_value)
                rank = below + (same + 1) / 2
                assert getattr(row, score) == formulas.quintile(mean_rank=rank, of=len(values))


@pytest.mark.parametrize("seed", [4, 5])
def test_the_preferred_channel_weighs_what_everybody_prefers_and_ties_go_by_name(people: People, seed: int) -> None:
    chance = random.Random(seed)
    weights: dict[object, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for customer in crowd(people, 12):
        for _again in range(chance.randrange(5)):
            days, channel, direction = (
                chance.choice((0, 5, 90)),
                chance.choice(("voice", "app", "qq")),
                chance.choice("io"),
            )
            people.told(customer, at=ago(days=days), channel=channel, direction={"i": "in", "o": "out"}[direction])
            if direction == "i":
                weights[customer.pk][channel] += 0.5 ** (days / 90)
    compute(now=NOW)
    everybody: dict[str, float] = defaultdict(float)
    for own in weights.values():
        for channel, weight in own.items():
            everybody[channel] += weight
    prior = {channel: 10 * weight / sum(everybody.values()) for channel, weight in everybody.items()}
    for row in Facts.objects.all():
        own = weights.get(row.customer_id, {})
        if not own:
            assert (row.channel, row.channel_share) == ("", None)
            continue
        # the sum may stop short by its last signs: equal is equal to nine places
        best = min(own, key=lambda channel: (-round(own[channel] + prior[channel], 9), channel))
        assert row.channel == best
        assert row.channel_share == pytest.approx((own[best] + prior[best]) / (sum(own.values()) + 10), abs=1e-8)


def test_tiers_and_tenths_are_shares_of_their_kind_and_equals_stand_together(people: People) -> None:
    chance = random.Random(6)
    plan = offering("plan-99", "mobile", "plan", 99)
    for customer in crowd(people, 40):
        people.holds(customer, plan)
        bill, month = chance.choice((1_000, 2_000, 5_000, 9_000, 20_000, 20_000, 33_000)), NOW.date().replace(day=1)
        if chance.random() < 0.8:
            month = (month - timedelta(days=1)).replace(day=1)
            UsageMonth.objects.create(customer=customer, month=month, bill_fen=bill)
    compute(now=NOW)
    for rows in by_kind(list(Facts.objects.all())):
        values = [row.value_fen for row in rows if row.value_fen is not None]
        for row in rows:
            if row.value_fen is None:
                assert (row.value_tier, row.value_decile) == ("", None)
                continue
            place = sum(value <= row.value_fen for value in values) / len(values)
            assert row.value_decile == math.ceil(10 * place)
            assert row.value_tier == next((tier for tier, share in formulas.TIERS if place > 1 - share), "standard")
