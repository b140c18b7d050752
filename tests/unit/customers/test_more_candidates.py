"""Going higher, going together, coming back: each only where the customer's own months speak for it."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pytest

from customers.catalogue.accounts import billed_month
from customers.catalogue.tariffs import Allowance
from customers.offers import advice, rules
from customers.offers.bundles import mine
from customers.offers.facts import Comeback, Held, Product, Snapshot, months_before
from customers.offers.together.ranking import Together, UnableToRank, together_from_json
from customers.results import RivalBill, UsageView

TODAY, GB = date(2026, 11, 22), 1024 * 1024
SLOWED = '{"fee": 5900, "buckets": [{"service": "data", "amount": 5, "unit": "GB"}], "after_cap": {"data": "THROTTLE"}}'


def plan(code: str, yuan: int, gb: int, terms: str = "", **more: Any) -> Product:
    return Product(
        code=code, family="mobile", kind="plan", name_en=code, name_zh=code, fee_fen=yuan * 100, terms=terms,
        allowance=Allowance(data_kb=gb * GB), **more,
    )  # fmt: skip


EASY, BIG, HUGE = plan("easy", 59, 5, SLOWED), plan("big", 99, 20), plan("huge", 199, 60)
PACK = Product(
    code="data-20", family="mobile", kind="pack", name_en="p", name_zh="p", fee_fen=3000, allowance=Allowance(data_kb=5 * GB)
)  # fmt: skip


def used(*gb: float) -> tuple[UsageView, ...]:
    months = months_before(TODAY, len(gb))
    return tuple(
        UsageView(month=month, data_kb=int(one * GB), voice_s=0, messages=0, bill_fen=5900)
        for month, one in zip(months, gb, strict=True)
    )


SLOW = Snapshot(
    today=TODAY, held=(Held(product=EASY, since=date(2024, 1, 1)),), usage=used(14, 12, 13), on_sale=(EASY, BIG, HUGE)
)


def test_slowed_down_each_month_and_no_pack_is_enough() -> None:
    found = rules.higher_plan(replace(SLOW, on_sale=(*SLOW.on_sale, PACK)))
    assert found is not None and found.product == BIG
    assert "40.00 yuan more" in found.why.en and "40.00" in found.why.zh


@pytest.mark.parametrize(
    "change",
    [
        {"usage": used(14, 3, 13)},  # one month was enough
        {"on_sale": (EASY, BIG, replace(PACK, allowance=Allowance(data_kb=20 * GB)))},  # a pack holds it
        {"on_sale": (EASY,)},
        {"held": (Held(product=EASY, since=date(2024, 1, 1), term_end=date(2027, 9, 1)),)},  # bound
        {"usage": used(99, 98, 99)},  # nothing holds that much
    ],
)
def test_no_higher_plan_when(change: dict[str, Any]) -> None:
    assert rules.higher_plan(replace(SLOW, **change)) is None


TV, FILM, CLOUD = (
    Product(code=code, family="tv", kind=kind, name_en=code, name_zh=code, fee_fen=1000)
    for code, kind in (("tv", "pack"), ("film", "content"), ("fibre", "plan"))
)


def mined() -> Together:
    random = np.random.default_rng(1)
    tv, other = random.random(400) < 0.3, random.random(400) < 0.3
    film = np.where(tv, random.random(400) < 0.8, random.random(400) < 0.1)
    return Together(items=("film", "other", "tv"), mined=mine(np.stack([film, other, tv], axis=1).astype(bool)))


def test_what_goes_together_survives_its_card_and_is_proposed() -> None:
    kept = together_from_json(mined().to_json())
    assert kept.best({"tv"})[0] == "film" and kept.best(()) == () and kept.best({"unheard"}) == ()
    with pytest.raises(UnableToRank):
        together_from_json(mined().to_json().replace('"film"', '"gold"'))
    with pytest.raises(UnableToRank):
        together_from_json("[]")
    snapshot = Snapshot(today=TODAY, on_sale=(TV, FILM, CLOUD), often_with=("gone", "fibre", "film"))
    found = rules.often_together(snapshot)
    assert found is not None and found.product == FILM  # a plan is no addition
    assert rules.often_together(replace(snapshot, held=(Held(product=FILM, since=TODAY),))) is None


def terms(fee: int, gb: int) -> str:
    free = [{"service": service, "price": {"num": 0}} for service in ("voice", "messages")]
    over = [{"service": "data", "block": 1024, "price": {"num": 5}}, *free]
    return json.dumps({"fee": fee, "buckets": [{"service": "data", "amount": gb, "unit": "GB"}], "overage": over})


SMALL = plan("small", 19, 1, terms(1900, 1))
LARGE = plan("large", 99, 20, terms(9900, 20))


def gone(*months: date) -> list[Any]:
    return [
        billed_month(month=month, voice_s=0, messages=0, data_kb=GB // 2, full=True, sums=[], lines=[])
        for month in months
    ]


def test_who_left_is_told_the_plan_that_would_have_cost_least() -> None:
    months = gone(date(2026, 5, 1), date(2026, 6, 1), date(2026, 7, 1))
    left = Snapshot(today=TODAY, on_sale=(LARGE, SMALL))
    found = advice.comeback(left, months=months)
    assert found == Comeback(code="small", mean_fen=1900, until=date(2026, 7, 1))
    told = rules.come_back(replace(left, comeback=found))
    assert told is not None and told.product == SMALL and "19.00" in told.why.en and "2026-07" in told.why.zh


def test_nobody_is_asked_to_come_back_who_has_a_plan_left_just_now_or_said_nothing() -> None:
    months = gone(date(2026, 7, 1))
    left = Snapshot(today=TODAY, on_sale=(SMALL,))
    assert advice.comeback(replace(left, held=(Held(product=SMALL, since=TODAY),)), months=months) is None
    assert advice.comeback(left, months=gone(date(2026, 10, 1))) is None  # cool-off
    assert advice.comeback(left, months=[]) is None
    assert advice.comeback(replace(left, on_sale=(plan("broken", 9, 1, '{"fee": -5}'),)), months=months) is None
    assert rules.come_back(left) is None


SHARE = Product(
    code="share", family="service", kind="service", name_en="Sharing", name_zh="共享", fee_fen=1000, tags=frozenset({"group"})
)  # fmt: skip
AT_HOME = replace(
    SLOW, usage=used(1.5, 3, 2), in_household=True, household_families=frozenset({"mobile"}), on_sale=(*SLOW.on_sale, SHARE)
)  # fmt: skip


def test_what_is_left_each_month_may_be_shared_at_home() -> None:
    found = rules.share_at_home(AT_HOME)
    assert found is not None and found.product == SHARE
    assert "At least 2 GB" in found.why.en and "至少剩余2GB" in found.why.zh  # of 5: the month with 3 left two


@pytest.mark.parametrize(
    "change",
    [
        {"in_household": False},
        {"household_families": frozenset({"tv"})},  # nobody to share with
        {"usage": used(1.5, 4.5, 2)},  # one month left too little
        {"usage": used(1.5)},
        {"on_sale": (EASY, replace(SHARE, excludes=frozenset({"easy"})))},
    ],
)
def test_nothing_is_shared_without_reason(change: dict[str, Any]) -> None:
    assert rules.share_at_home(replace(AT_HOME, **change)) is None


def test_who_comes_back_sees_the_rival_beside_us_cheaper_or_not() -> None:
    rival = RivalBill(
        operator="North", name_en="North 49", name_zh="北方49", total_fen=14700, cheaper_fen=3000, source="a sheet",
        seen_on=date(2026, 11, 18), is_fresh=True,
    )  # fmt: skip
    gone = Snapshot(
        today=TODAY, on_sale=(EASY,),
        comeback=Comeback(code="easy", mean_fen=5900, until=date(2026, 8, 1), rival=rival, months=3),
    )  # fmt: skip
    found = rules.come_back(gone)
    assert found is not None and found.facts["rival_fen"] == 4900
    assert "costs 49.00 with North, North 49 (read on 2026-11-18)" in found.why.en and "北方49" in found.why.zh
