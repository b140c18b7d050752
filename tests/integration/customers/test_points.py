"""Mrs Chen's points: earned, spent, put right and taken back by hand; never below nothing, and hers alone after all."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from callcenter.foundation.errors import Conflict, Invalid, NotFound
from callcenter.foundation.models import AuditEntry
from customers.identity import merging
from customers.insight import points
from customers.models import Customer, PointsEntry
from tests.integration.customers.conftest import NOW, People, ago

pytestmark = pytest.mark.django_db
BY: dict[str, Any] = {"actor": "user:1", "now": NOW}
OLD = ago(days=729)


def told(customer: Customer) -> list[tuple[str, int]]:
    return list(PointsEntry.objects.filter(customer=customer).order_by("pk").values_list("kind", "points"))


def test_every_movement_has_its_reason_and_stands_in_the_trail(mrs_chen: Customer) -> None:
    hers = {"customer_id": mrs_chen.pk, **BY}
    points.earn(points=500, ref="shop-1", reason="festival", **hers)
    spent = points.redeem(points=200, ref="order-7", reason="phone case", **hers)
    assert points.redeem(points=200, ref=" order-7 ", reason="again", **hers) == spent
    points.adjust(points=-50, ref="case-3", reason="counted twice", **hers)
    back = points.reverse(entry_id=spent.pk, reason="sent back", **hers)
    assert points.reverse(entry_id=spent.pk, reason="sent back", **hers) == back
    assert points.balance(customer_id=mrs_chen.pk) == 450
    actions = AuditEntry.objects.order_by("pk").values_list("action", "purpose")
    assert list(actions) == [("points.earn", "festival"), ("points.redeem", "phone case"),
                             ("points.adjust", "counted twice"), ("points.reverse", "sent back")]  # fmt: skip


def test_nobody_goes_below_nothing_and_no_reference_stands_for_two_things(mrs_chen: Customer, people: People) -> None:
    hers = {"customer_id": mrs_chen.pk, **BY}
    given_ = points.earn(points=100, ref="a", reason="x", **hers)
    for act in (points.redeem, points.adjust):
        asked = 101 if act is points.redeem else -101
        with pytest.raises(Conflict, match="101"):
            act(points=asked, ref="b", reason="x", **hers)
    points.redeem(points=60, ref="b", reason="x", **hers)
    with pytest.raises(Conflict, match="spent"):
        points.reverse(entry_id=given_.pk, reason="x", **hers)
    with pytest.raises(Conflict, match="another movement"):
        points.redeem(points=10, ref="b", reason="x", **hers)
    other = people.customer("张三")
    with pytest.raises(NotFound):
        points.reverse(customer_id=other.pk, entry_id=given_.pk, reason="x", **BY)
    with pytest.raises(Conflict, match="another movement"):
        points.earn(customer_id=other.pk, points=100, ref="a", reason="x", **BY)
    for bad in ({"ref": "transaction:7"}, {"ref": " "}, {"ref": "x" * 81}, {"points": 0}, {"reason": "x" * 121}):
        with pytest.raises(Invalid):
            points.earn(**{"points": 1, "ref": "c", "reason": "x", **hers, **bad})
    with pytest.raises(Invalid):
        points.adjust(points=5, ref="d", reason=" ", **hers)


def test_what_has_run_out_is_not_spent_and_not_taken_back(mrs_chen: Customer) -> None:
    hers: dict[str, Any] = {"customer_id": mrs_chen.pk, "actor": "user:1", "reason": "x"}
    old = points.earn(points=100, ref="a", now=OLD, **hers)
    points.earn(points=50, ref="b", now=NOW, **hers)
    late = NOW + timedelta(days=2)
    with pytest.raises(Conflict, match="There are 50 points"):
        points.redeem(points=120, ref="c", now=late, **hers)
    points.redeem(points=50, ref="c", now=late, **hers)
    assert told(mrs_chen) == [("earn", 100), ("earn", 50), ("expire", -100), ("redeem", -50)]
    with pytest.raises(Conflict, match="run out"):
        points.reverse(entry_id=old.pk, now=late, **hers)
    gone = PointsEntry.objects.get(kind="expire")
    with pytest.raises(Conflict, match="system"):
        points.reverse(entry_id=gone.pk, now=late, **hers)


def test_a_lot_taken_back_does_not_keep_another_from_running_out(mrs_chen: Customer) -> None:
    hers: dict[str, Any] = {"customer_id": mrs_chen.pk, "actor": "user:1", "reason": "x"}
    points.earn(points=100, ref="a", now=OLD, **hers)
    wrong = points.earn(points=100, ref="b", now=NOW, **hers)
    points.reverse(entry_id=wrong.pk, now=NOW, **hers)
    points.run_out(customer_id=mrs_chen.pk, now=NOW + timedelta(days=2))
    assert points.balance(customer_id=mrs_chen.pk) == 0


@pytest.fixture
def twice(mrs_chen: Customer, people: People) -> tuple[Customer, Customer]:
    """Mrs Chen with 100 new points, and her shop self with 900 old ones."""
    shop = people.customer("陈女士", created_at=NOW)
    points.earn(customer_id=mrs_chen.pk, points=100, ref="crm", reason="x", **BY)
    points.earn(customer_id=shop.pk, points=900, ref="shop", reason="x", actor="user:1", now=ago(days=30))
    return mrs_chen, shop


def test_what_was_spent_as_one_is_shared_when_they_are_two_again(twice: tuple[Customer, Customer]) -> None:
    chen, shop = twice
    merging.merge(one=chen.pk, other=shop.pk, reason="same", **BY)
    later: dict[str, Any] = {"actor": "user:2", "now": NOW + timedelta(hours=1)}
    points.redeem(customer_id=chen.pk, points=950, ref="tv", reason="a television", **later)
    merging.unmerge(absorbed=shop.pk, reason="sisters", actor="user:2", now=NOW + timedelta(hours=2))
    assert told(chen) == [("earn", 100), ("redeem", -950), ("adjust", 900)]
    assert told(shop) == [("earn", 900), ("adjust", -900)]
    assert set(PointsEntry.objects.filter(kind="adjust").values_list("reason", "actor")) == {
        ("unmerge_split", "user:2")
    }
    points.run_out(customer_id=chen.pk, now=NOW + timedelta(days=800))
    assert points.balance(customer_id=chen.pk) == 0  # the correction is no lot that would live on for ever


def test_what_nobody_can_cover_is_given_with_a_flag(twice: tuple[Customer, Customer]) -> None:
    chen, shop = twice
    points.redeem(customer_id=shop.pk, points=900, ref="early", reason="x", **BY)
    merging.merge(one=chen.pk, other=shop.pk, reason="same", **BY)
    later: dict[str, Any] = {"actor": "user:2", "now": NOW + timedelta(hours=1), "reason": "x"}
    points.earn(customer_id=chen.pk, points=900, ref="more", **later)
    points.reverse(customer_id=chen.pk, entry_id=PointsEntry.objects.get(ref="shop").pk, **later)
    merging.unmerge(absorbed=shop.pk, reason="sisters", actor="user:2", now=NOW + timedelta(hours=2))
    assert points.balance(customer_id=chen.pk) == 1_000
    assert told(shop)[-1] == ("adjust", 900)
    assert points.balance(customer_id=shop.pk) == 0
    assert PointsEntry.objects.get(kind="adjust").reason == "unmerge_short"


def test_a_merge_taken_apart_inside_a_chain_shares_once(twice: tuple[Customer, Customer], people: People) -> None:
    chen, shop = twice
    third = people.customer("陈美", created_at=NOW)
    points.earn(customer_id=third.pk, points=50, ref="third", reason="x", actor="user:1", now=ago(days=60))
    merging.merge(one=chen.pk, other=shop.pk, reason="same", **BY)
    merging.merge(one=chen.pk, other=third.pk, reason="same", **BY)
    points.redeem(customer_id=chen.pk, points=500, ref="tv", reason="x", actor="user:2", now=NOW + timedelta(hours=1))
    apart: dict[str, Any] = {"reason": "sisters", "actor": "user:2", "now": NOW + timedelta(hours=2)}
    merging.unmerge(absorbed=shop.pk, **apart)
    assert (points.balance(customer_id=chen.pk), points.balance(customer_id=shop.pk)) == (100, 450)
    merging.unmerge(absorbed=third.pk, **apart)
    left = [points.balance(customer_id=one.pk) for one in (chen, shop, third)]
    assert left == [100, 450, 0]


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    before=st.lists(st.tuples(st.booleans(), st.integers(1, 300)), max_size=4),
    since=st.lists(st.tuples(st.sampled_from(["earn", "redeem", "adjust"]), st.integers(1, 300)), max_size=5),
)
def test_coming_apart_neither_makes_nor_loses_points(
    people: People, before: list[tuple[bool, int]], since: list[tuple[str, int]]
) -> None:
    PointsEntry.objects.all().delete()
    pair = people.customer("陈美"), people.customer("陈梅", created_at=NOW)
    for number, (first, many) in enumerate(before):
        own = pair[0] if first else pair[1]
        points.earn(customer_id=own.pk, points=many, ref=f"b{number}", reason="x", actor="x", now=ago(days=40 - number))
    done = merging.merge(one=pair[0].pk, other=pair[1].pk, reason="same", **BY)
    for number, (kind, many) in enumerate(since):
        held = points.balance(customer_id=done.survivor)
        amount = many if kind == "earn" else min(held, many)
        if amount:
            act = getattr(points, kind)
            act(
                customer_id=done.survivor,
                points=-amount if kind == "adjust" else amount,
                ref=f"s{number}",
                reason="x",
                **BY,
            )
    whole = points.balance(customer_id=done.survivor)
    merging.unmerge(absorbed=done.absorbed, actor="x", reason="two", now=NOW)
    left = [points.balance(customer_id=one.pk) for one in pair]
    assert min(left) >= 0
    assert sum(left) == whole
