"""What may be promised to Zhang San, and what may not: the gate, the claim and the sheet of A against B."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest

from customers.catalogue.claims import SavingClaim, saving_claim
from customers.catalogue.comparison import compare
from customers.catalogue.forward_test import Transitions, mean_use, scenarios
from customers.catalogue.rating import rate
from customers.catalogue.reading import Sentence
from customers.catalogue.reconciliation import BilledMonth, BillLine, flagged, reconcile
from customers.catalogue.sharing import rate_group
from customers.catalogue.tariff import Tariff, parse_tariff
from customers.catalogue.usage import NotRatable, UsageMonth, usage_of

GB = 1024 * 1024
TODAY = date(2018, 12, 3)
MONTHS = ("2018-09", "2018-10", "2018-11")


def plan(code: str, fee: int, gb: int, **terms: Any) -> Tariff:
    return parse_tariff({
        "code": code, "fee": fee, "name": {"zh": f"{code}套餐", "en": f"Plan {code}"},
        "round": {"voice": {"per": "EVENT", "block": 60}},
        "buckets": [{"id": "data", "service": "data", "amount": gb, "unit": "GB"}],
        "overage": [
            {"service": "voice", "block": 60, "price": {"num": 15}},
            {"service": "messages", "price": {"num": 10}},
            {"service": "data", "block": 1024, "price": {"num": 3}},
        ],
    } | terms)  # fmt: skip


LARGE, SMALL = plan("large", 19_900, 60), plan("small", 9_900, 20)


def usages(*gb: float) -> list[UsageMonth]:
    return [
        usage_of(seconds=6_000, messages=5, kb=int(one * GB), month=month)
        for month, one in zip(MONTHS, gb, strict=True)
    ]  # fmt: skip


def billed(tariff: Tariff, *gb: float) -> list[BilledMonth]:
    found = []
    for usage in usages(*gb):
        lines = [BillLine(kind=line.charge, fen=line.fen) for line in rate(usage, tariff).lines]
        found.append(BilledMonth(usage=usage, lines=(*lines, BillLine(kind="device_instalment", fen=20_000))))
    return found


def pool(spread: float = 0.1, size: int = 400) -> Transitions:
    random = np.random.default_rng(3)
    before = np.column_stack([np.full(size, 6_000.0), np.full(size, 5.0), random.uniform(5, 30, size) * GB])
    return Transitions(before=before, after=before * random.lognormal(0, spread, (size, 1)))


def claim(months: list[BilledMonth], **changes: Any) -> SavingClaim:
    asked: dict[str, Any] = {
        "current": LARGE, "candidate": SMALL, "months": months, "pool": pool(), "today": TODAY, "months_served": 20,
    }  # fmt: skip
    return saving_claim(**(asked | changes))


def rules(made: SavingClaim) -> list[str]:
    return [refusal.rule for refusal in made.refusals]


def test_a_saving_is_said_in_whole_yuan_with_its_table() -> None:
    made = claim(billed(LARGE, 12, 14, 13))
    assert made.may_be_said
    assert [month.saving for month in made.evidence] == [10_000, 10_000, 10_000]
    assert made.promise == 10_000
    assert made.sentence("zh") == "按您最近3个月的实际用量，small套餐每月至少省100元"
    assert made.sentence("en") == "On your last 3 months' use, Plan small saves you at least 100 yuan a month"
    assert made.p_dearer == 0


def test_the_promise_is_the_lowest_of_what_was_and_what_may_come() -> None:
    # 21 GB cost 30.72 past the 20: the smallest month sets the promise, and whole yuan only.
    made = claim(billed(LARGE, 12, 21, 13))
    assert min(month.saving for month in made.evidence) == 10_000 - 3_072
    assert made.promise <= 6_900
    assert made.promise % 100 == 0
    assert claim(billed(LARGE, 19, 19, 19), pool=pool(0.25)).promise < 10_000


@pytest.mark.parametrize(("changes", "rule"), [
    ({"pool": pool(size=99)}, "no_pool"),
    ({"pool": pool(spread=1.5)}, "risk"),
    ({"candidate": plan("dear", 25_000, 60)}, "not_cheaper"),
    ({"candidate": plan("near", 19_500, 60)}, "too_small"),
    ({"candidate": plan("gone", 9_900, 20, valid_for={"to": "2018-12-01"})}, "not_sold"),
    ({"candidate": plan("dollar", 9_900, 20, currency="USD")}, "currency"),
    ({"flagged": {"small"}}, "flagged"),
    ({"flagged": {"large"}}, "flagged"),
    ({"today": date(2019, 3, 1)}, "months"),
    ({"today": date(2018, 11, 30)}, "months"),
    ({"candidate": plan("rival", 9_900, 20, source={
        "operator": "other", "where": "shop", "seen_on": "2018-11-02", "rival": True})}, "source"),
])  # fmt: skip
def test_nothing_is_promised_where_one_rule_fails(changes: dict[str, Any], rule: str) -> None:
    made = claim(billed(LARGE, 12, 14, 13), **changes)
    assert rules(made) == [rule]
    assert made.promise == 0
    assert all(refusal.sentence("zh") and refusal.sentence("en") for refusal in made.refusals)
    with pytest.raises(ValueError):
        made.sentence("zh")


def test_a_partial_month_never_counts() -> None:
    months = billed(LARGE, 12, 14, 13)
    assert rules(claim(months[1:])) == ["months"]
    joined = [replace(months[0], usage=replace(months[0].usage, full=False)), *months[1:]]
    assert rules(claim(joined)) == ["months"]
    started = [replace(months[0], active_days=(29, 30)), *months[1:]]
    assert rules(claim(started)) == ["months"]
    gap = [replace(months[0], usage=replace(months[0].usage, month="2018-08")), *months[1:]]
    assert rules(claim(gap)) == ["months"]


def test_no_claim_without_reconciliation() -> None:
    months = billed(LARGE, 12, 14, 13)
    wrong = replace(months[1], lines=(*months[1].lines, BillLine(kind="mystery", fen=1_500)))
    made = claim([months[0], wrong, months[2]])
    assert rules(made) == ["bills"]
    assert "mystery: billed 15.00 yuan, rated 0.00 yuan" in made.refusals[0].sentence()


def test_leaving_early_and_joining_cost_a_twelfth_a_month_and_stand_beside_the_claim() -> None:
    bound = plan("large", 19_900, 60, contract={"months": 24, "penalty": {"rule": "PER_MONTH_LEFT", "fen": 3_000}},
                 rights=["tv", "wifi"])  # fmt: skip
    made = claim(
        billed(bound, 12, 14, 13), current=bound, candidate=plan("small", 9_900, 20, one_off=1_000, rights=["wifi"])
    )
    assert made.beside.penalty == 12_000
    assert [month.saving for month in made.evidence] == [10_000 - 1_084] * 3  # 130.00 / 12, rounded up
    assert made.promise == 8_900
    assert made.beside.rights_lost == {"tv"}


def test_a_discount_that_ends_soon_makes_no_saving() -> None:
    teaser = plan("small", 18_000, 20, discounts=[{"fen": 9_000, "until": "2019-02"}])
    made = claim(billed(LARGE, 12, 14, 13), candidate=teaser)
    assert [month.saving for month in made.evidence] == [1_900] * 3
    assert made.promise == 1_900


def test_a_claim_stands_thirty_days_and_while_neither_plan_changes() -> None:
    made = claim(billed(LARGE, 12, 14, 13))
    assert made.stands(on=TODAY + timedelta(days=30), current=LARGE, candidate=SMALL)
    assert not made.stands(on=TODAY + timedelta(days=31), current=LARGE, candidate=SMALL)
    assert not made.stands(on=TODAY, current=LARGE, candidate=plan("small", 9_901, 20))


def test_the_gate_lists_what_it_cannot_explain_and_allows_a_hundredth() -> None:
    months = billed(LARGE, 12, 14, 13)
    known = replace(months[2], lines=(*months[2].lines, BillLine(kind="third_party_content", fen=9_900)))
    assert reconcile([*months[:2], known], LARGE).passed
    small = replace(months[2], lines=(*months[2].lines, BillLine(kind="mystery", fen=150)))
    result = reconcile([*months[:2], small], LARGE)
    assert result.passed
    assert result.months[2].unexplained[0].kind == "mystery"
    # Two wrong lines that cancel do not make a right bill.
    swapped = replace(months[2], lines=(BillLine(kind="fee", fen=16_350), BillLine(kind="voice", fen=5_050), BillLine(kind="messages", fen=50)))  # noqa: E501  # fmt: skip
    assert swapped.due == months[2].due
    assert not reconcile([*months[:2], swapped], LARGE).passed
    assert not reconcile(months[:2], LARGE).passed


def test_a_plan_that_reconciles_for_too_few_is_named() -> None:
    right = reconcile(billed(LARGE, 12, 14, 13), LARGE)
    wrong = replace(right, reason=Sentence("Only {n} closed bills; three are needed.", n=1))
    assert flagged([right] * 190 + [wrong] * 10) == {}
    assert "189 of 200" in flagged([right] * 189 + [wrong] * 11)["large"]
    assert flagged([wrong] * 199) == {}


def test_scenarios_move_all_services_of_a_customer_together() -> None:
    before = np.tile([6_000.0, 5.0, 10.0 * GB], (200, 1))
    doubled = Transitions(before=before, after=before * 2)
    block = scenarios(mean_use(usages(10, 10, 10)), doubled)
    assert block is not None
    first = block.row(0)
    for key, units in first.sums.items():
        now = usages(10, 10, 10)[0].sums[key]
        assert units == pytest.approx(now * 2**1.25, abs=60)
    assert all(units % 60 == 0 for key, units in first.sums.items() if key.rounding == "event:60")


def test_a_suits_better_only_with_odds_and_no_worse_row() -> None:
    sheet = compare(SMALL, LARGE, months=usages(12, 14, 13), today=TODAY, pool=pool())
    assert sheet.verdict == "small"
    assert sheet.a.totals == (9_900 + 1_550,) * 3
    assert sheet.a.months_without_overage == 0
    assert sheet.p_a_dearer == 0
    quick = plan("large", 19_900, 60, quality={"data_mbps": 300})
    slow = plan("small", 9_900, 20, quality={"data_mbps": 100})
    close = compare(slow, quick, months=usages(12, 14, 13), today=TODAY, pool=pool())
    assert close.verdict == ""
    assert close.depends_on == ("data", "data_mbps")


def test_the_sheet_says_above_which_use_the_other_plan_is_cheaper() -> None:
    need = [usage_of(seconds=6_000, messages=5, kb=13 * GB)]  # a need in words: no history, no odds, no verdict
    sheet = compare(SMALL, LARGE, months=need, today=TODAY)
    assert (sheet.p_a_dearer, sheet.verdict) == (None, "")
    # 100 yuan apart: 3,333 MB past 20 GB cost 99.99; one more costs more than the larger fee.
    point = next(point for point in sheet.break_even if point.service == "data")
    assert (point.units, point.cheaper) == (20 * GB + 3_334 * 1024, "large")


def test_a_rival_without_a_fresh_source_stands_grey_even_if_cheaper() -> None:
    stale = plan("rival", 100, 20, source={"operator": "o", "where": "shop", "seen_on": "2018-11-02", "rival": True})
    fresh = plan("rival", 100, 20, source={"operator": "o", "where": "shop", "seen_on": "2018-11-03", "rival": True})
    grey = compare(LARGE, stale, months=usages(12, 14, 13), today=TODAY, pool=pool())
    assert (grey.verdict, grey.greyed[0].rule) == ("", "source")
    assert compare(LARGE, fresh, months=usages(12, 14, 13), today=TODAY, pool=pool()).verdict == "rival"


FAMILY = parse_tariff({
    "code": "family", "fee": 16_900,
    "buckets": [
        {"id": "own", "service": "data", "amount": 1, "unit": "GB", "order": 1},
        {"id": "family", "service": "data", "amount": 10, "unit": "GB", "order": 2, "share_group": "home"},
    ],
    "overage": [{"service": "data", "block": 1024, "price": {"num": 3}}],
    "discounts": [{"on": "fee", "fen": 900}],
})  # fmt: skip


def test_a_family_shares_its_data_and_pays_one_fee() -> None:
    bill = rate_group({"Chen": usage_of(kb=9 * GB), "Zhang": usage_of(kb=4 * GB)}, FAMILY)
    assert bill.total == 16_000 + 1024 * 3  # 13 GB, 1 + 1 own, 10 shared, 1 GB paid
    assert bill.left == {"family": 0}
    assert not bill.bounded
    alone = rate_group({"Chen": usage_of(kb=3 * GB)}, FAMILY)
    assert (alone.total, alone.left) == (16_000, {"family": 8 * GB})
    assert alone.total == rate(usage_of(kb=3 * GB), FAMILY).total


def test_who_of_the_family_came_first_matters_under_tiers_and_the_dearest_counts() -> None:
    steps = [{"from": 0, "to": GB, "price": {"num": 1}}, {"from": GB, "to": None, "price": {"num": 9}}]
    terms = {
        "code": "family", "fee": 0,
        "buckets": [{"id": "pool", "service": "data", "amount": 2, "unit": "GB", "share_group": "home"}],
        "overage": [{"service": "data", "block": 1024, "tiers": {"mode": "GRADUATED", "steps": steps}}],
    }  # fmt: skip
    bill = rate_group({"Chen": usage_of(kb=3 * GB), "Zhang": usage_of(kb=GB)}, parse_tariff(terms))
    # Zhang first: Chen pays 2 GB, one of them dear. Chen first: Chen and Zhang pay a cheap GB each.
    assert bill.total == 1024 * 1 + 1024 * 9
    assert bill.bounded
    with pytest.raises(NotRatable, match="7 lines"):
        rate_group({str(line): usage_of() for line in range(7)}, FAMILY)
