"""What the hand-made rules say of Mrs Chen and Zhang San, and what they keep silent about."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from customers.catalogue.tariffs import Allowance, allowance
from customers.insight import tags
from customers.offers import rule_table, selection, wording
from customers.offers.eligibility import first_failing
from customers.offers.facts import Held, Matter, Product, Snapshot, Tagged, Worth, months_before
from customers.offers.moments import ASKS_FOR_LESS
from customers.offers.rules import Proposal
from customers.offers.selection import choose
from customers.results import Policy, PolicyWarning, UsageView

GB = 1024 * 1024
TODAY = date(2026, 11, 22)
LONG_AGO = date(2024, 3, 1)
MAY = Policy(may_sell=True, warnings=())
MAY_NOT = Policy(may_sell=False, warnings=(PolicyWarning(rule="no_marketing"),))


def plan(yuan: int, gb: float, minutes: int, **more: object) -> Product:
    fields: dict[str, object] = {
        "code": f"plan-{yuan}",
        "family": "mobile",
        "kind": "plan",
        "name_en": f"Plan {yuan}",
        "name_zh": f"{yuan}元套餐",
        "fee_fen": yuan * 100,
        "allowance": Allowance(data_kb=int(gb * GB), voice_s=minutes * 60),
    }
    return Product(**(fields | more))  # type: ignore[arg-type]


def item(code: str, family: str, kind: str, yuan: int, **more: object) -> Product:
    fields: dict[str, object] = {
        "code": code,
        "family": family,
        "kind": kind,
        "name_en": code,
        "name_zh": code,
        "fee_fen": yuan * 100,
    }
    return Product(**(fields | more))  # type: ignore[arg-type]


SMALL, EASY, STUDENT, BIG = (
    plan(19, 1, 50),
    plan(59, 5, 200),
    plan(29, 10, 300, suits=frozenset({tags.STUDENT})),
    plan(99, 20, 500),
)
DATA_5 = item("data-5", "mobile", "pack", 15, allowance=Allowance(data_kb=5 * GB))
DATA_20 = item("data-20", "mobile", "pack", 30, allowance=Allowance(data_kb=20 * GB))
NIGHT = item("data-night", "mobile", "pack", 10)  # grants nothing that can be used at any time
VOICE = item("voice-200", "mobile", "pack", 20, allowance=Allowance(voice_s=200 * 60))
ASIA = item("roam-asia", "mobile", "pack", 98, suits=frozenset({tags.TRAVELLER}), tags=frozenset({"roaming"}))
BUNDLE = item("home-169", "broadband", "bundle", 169)
FIBRE = item("fibre-100", "broadband", "plan", 30)
FIBRE_FAMILY = item("fibre-300", "broadband", "plan", 50, suits=frozenset({tags.FAMILY}))
TONE = item("tone-lin-xia", "content", "content", 6, suits=frozenset({tags.music_fan("lin_xia")}))
READING = item("reading", "content", "content", 12, suits=frozenset({tags.READER}))
GAMES = item("games", "content", "content", 30, suits=frozenset({tags.GAMER}), not_for=frozenset({tags.MINOR}))
ALL = (SMALL, EASY, STUDENT, BIG, DATA_5, DATA_20, NIGHT, VOICE, ASIA, FIBRE, FIBRE_FAMILY, TONE, READING, GAMES)


def months(*used: tuple[float, int]) -> tuple[UsageView, ...]:
    """(GB, minutes) of the closed months, newest first."""
    return tuple(
        UsageView(month=month, data_kb=int(gb * GB), voice_s=minutes * 60, messages=0, bill_fen=0)
        for month, (gb, minutes) in zip(months_before(TODAY, len(used)), used, strict=True)
    )


def tagged(*keys: str) -> tuple[Tagged, ...]:
    return tuple(
        Tagged(
            key=key,
            name_en=tags.DEFINITIONS[key].name_en,
            name_zh=tags.DEFINITIONS[key].name_zh,
            at=datetime(2026, 10, 3, tzinfo=UTC),
        )
        for key in keys
    )


LIGHT = months((0.4, 20), (0.61, 30), (0.2, 38))
MRS_CHEN = Snapshot(today=TODAY, held=(Held(product=BIG, since=LONG_AGO),), usage=LIGHT, on_sale=ALL)
ZHANG_SAN = Snapshot(
    today=TODAY,
    held=(Held(product=EASY, since=LONG_AGO),),
    usage=months((8, 100), (6.05, 120), (9.2, 80)),
    on_sale=ALL,
)


def codes(snapshot: Snapshot, policy: Policy = MAY) -> list[tuple[str, str]]:
    return [(card.rule, card.offering_code) for card in choose(snapshot=snapshot, policy=policy)]


def test_mrs_chen_pays_for_what_she_does_not_use() -> None:
    (card,) = choose(snapshot=MRS_CHEN, policy=MAY)
    assert (card.action, card.lane, card.offering_code, card.fee_fen) == ("rightsize", "service", "plan-19", 1900)
    assert card.why_en == (
        "At most 0.7 GB and 38 minutes used in each of the last 3 full months; Plan 99 grants 20 GB and 500 minutes. "
        "Plan 19 grants 1 GB and 50 minutes; its fee is 80.00 yuan a month lower."
    )
    assert "月费低80.00元" in card.why_zh
    assert card.facts["fee_fen_lower_by"] == 8000


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"usage": LIGHT[:2]}, "two months are not three"),
        ({"usage": (LIGHT[0], LIGHT[2])}, "a missing month is not a month without use"),
        ({"usage": (*months((0.4, 20), (0.5, 251)), LIGHT[2])}, "one month above half of the minutes"),
        ({"held": (Held(product=BIG, since=date(2026, 8, 2)),)}, "August was not full"),
        ({"held": (Held(product=BIG, since=LONG_AGO, term_end=date(2027, 5, 1)),)}, "a contract runs on"),
        ({"held": (Held(product=BIG, since=LONG_AGO), Held(product=EASY, since=LONG_AGO))}, "whose usage is it?"),
        ({"held": (Held(product=BIG, since=LONG_AGO), Held(product=BUNDLE, since=LONG_AGO))}, "the bundle hides a plan"),
        ({"held": (Held(product=SMALL, since=LONG_AGO),)}, "nothing is cheaper"),
        ({"on_sale": (BIG, STUDENT)}, "made for students"),
        ({"refused_lately": frozenset({("smaller_plan", "plan-19")})}, "refused last week"),
    ],
)  # fmt: skip
def test_no_smaller_plan_when(change: dict[str, object], why: str) -> None:
    assert ("smaller_plan", "plan-19") not in codes(replace(MRS_CHEN, **change)), why  # type: ignore[arg-type]


def test_the_smaller_plan_keeps_room() -> None:
    assert codes(replace(MRS_CHEN, usage=months((0.9, 20), (0.6, 30), (0.2, 38)))) == [("smaller_plan", "plan-59")]


def test_a_student_may_have_the_student_plan() -> None:
    snapshot = replace(MRS_CHEN, usage=months((4, 90), (4.1, 90), (6, 90)), tags=tagged(tags.STUDENT))
    assert codes(snapshot) == [("smaller_plan", "plan-29")]


def test_zhang_san_needs_more_data() -> None:
    (card,) = choose(snapshot=ZHANG_SAN, policy=MAY)
    assert (card.rule, card.lane, card.offering_code) == ("more_data", "sales", "data-5")
    assert card.why_en.startswith("Data was over the allowance in 3 of the last 3 full months, by at most 4.2 GB.")
    assert "saving" not in card.why_en


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"usage": months((8, 1), (4.9, 1), (9, 1))}, []),
        ({"usage": months((8, 1), (5, 1), (9, 1))}, []),  # exactly the allowance is not over it
        ({"usage": months((12, 1), (11, 1), (13, 1))}, [("more_data", "data-20")]),
        ({"usage": months((32, 1), (31, 1), (33, 1))}, []),  # no pack holds that
        ({"usage": months((1, 300), (1, 301), (1, 399))}, [("more_minutes", "voice-200")]),
        ({"held": (Held(product=EASY, since=LONG_AGO), Held(product=DATA_5, since=LONG_AGO))}, []),  # packs count too
    ],
)
def test_more_only_when_every_month_was_over(change: dict[str, object], expected: list[tuple[str, str]]) -> None:
    assert codes(replace(ZHANG_SAN, **change)) == expected  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("end", "speaks"),
    [("2026-11-21", False), ("2026-11-22", True), ("2027-01-21", True), ("2027-01-22", False)],
)
def test_a_contract_that_ends_within_sixty_days(end: str, speaks: bool) -> None:
    held = (Held(product=EASY, since=LONG_AGO, term_end=date.fromisoformat(end)),)
    found = codes(Snapshot(today=TODAY, held=held, on_sale=ALL))
    assert found == ([("contract_ends", "plan-59")] if speaks else [])


def test_one_day_is_one_day() -> None:
    held = (Held(product=EASY, since=LONG_AGO, term_end=date(2026, 11, 23)),)
    (card,) = choose(snapshot=Snapshot(today=TODAY, held=held), policy=MAY)
    assert card.why_en == "The contract for Plan 59 ends on 2026-11-23, in 1 day."
    assert "还有1天" in card.why_zh


def test_broadband_for_a_household_without() -> None:
    family = Snapshot(today=TODAY, tags=tagged(tags.FAMILY), on_sale=ALL)
    assert codes(family) == [("broadband_at_home", "fibre-300")]
    assert codes(replace(family, tags=(), in_household=True)) == [("broadband_at_home", "fibre-100")]
    assert codes(replace(family, household_families=frozenset({"broadband"}))) == []
    assert codes(replace(family, held=(Held(product=FIBRE, since=LONG_AGO),))) == []
    assert codes(Snapshot(today=TODAY, on_sale=ALL)) == []


def test_a_fan_hears_of_the_singer_s_ring_tones() -> None:
    fan = Snapshot(today=TODAY, tags=tagged(tags.READER, tags.music_fan("lin_xia")), on_sale=ALL)
    (card,) = choose(snapshot=fan, policy=MAY)
    assert (card.action, card.offering_code) == ("content", "tone-lin-xia")
    assert card.why_en == "Fan of Lin Xia (noted 2026-10-03). tone-lin-xia costs 6.00 yuan a month."
    assert codes(replace(fan, held=(Held(product=TONE, since=LONG_AGO),))) == [("content", "reading")]
    assert codes(replace(fan, tags=tagged(tags.GAMER, tags.MINOR))) == []
    assert codes(replace(fan, tags=tagged(tags.music_fan("mo_yu")))) == []


def test_the_traveller_and_the_reason_of_the_call() -> None:
    traveller = replace(ZHANG_SAN, tags=tagged(tags.TRAVELLER, tags.READER))
    assert codes(traveller) == [("more_data", "data-5")]
    assert codes(replace(traveller, intent="roaming")) == [("roaming", "roam-asia"), ("more_data", "data-5")]
    assert codes(replace(traveller, intent="complaint")) == []
    assert codes(replace(traveller, intent="broadband_fault")) == []


def test_what_is_open_comes_first_and_three_is_the_most() -> None:
    held = (Held(product=BIG, since=LONG_AGO, term_end=date(2026, 12, 31)),)
    matters = (
        Matter(kind="complaint", code="bill", since=date(2026, 11, 20)),
        Matter(kind="complaint", code="bill", since=date(2026, 11, 12)),
        Matter(kind="ticket", code="fibre", since=date(2026, 11, 21)),
    )
    full = replace(MRS_CHEN, held=held, matters=matters, tags=tagged(tags.READER, tags.FAMILY))
    cards = choose(snapshot=full, policy=MAY)
    assert [card.rule for card in cards] == ["open_complaint", "smaller_plan", "contract_ends"]
    assert cards[0].why_en == "Open complaint since 2026-11-12 (10 days): say first how it stands."
    assert [card.rule for card in choose(snapshot=full, policy=MAY_NOT)] == ["open_complaint", "contract_ends"]


def test_the_cheaper_plan_is_there_for_whoever_asks_for_it() -> None:
    assert codes(MRS_CHEN, MAY_NOT) == []
    refused = replace(MRS_CHEN, refused_lately=frozenset({("smaller_plan", "plan-19")}))
    for intent in ("change_plan", "leave", "cancel_service"):
        assert codes(replace(refused, intent=intent), MAY_NOT) == [("smaller_plan", "plan-19")]


def test_after_a_refusal_selling_is_over_and_the_answered_card_stays() -> None:
    both = replace(ZHANG_SAN, intent="roaming", tags=tagged(tags.TRAVELLER))
    refused = replace(both, refused_in_call=True, decided_in_call=frozenset({("roaming", "roam-asia")}))
    assert codes(both) == [("roaming", "roam-asia"), ("more_data", "data-5")]
    assert codes(refused) == [("roaming", "roam-asia")]


def test_each_condition_names_itself() -> None:
    minor = Snapshot(today=TODAY, tags=tagged(tags.MINOR), held=(Held(product=EASY, since=LONG_AGO),))
    failing = {
        "not_held": EASY,
        "made_for_them": STUDENT,
        "not_against_them": GAMES,
        "on_sale": replace(DATA_5, valid_to=TODAY),
    }
    for key, product in failing.items():
        condition = first_failing(product, minor)
        assert condition is not None
        assert condition.key == key
        assert condition.why_not.zh
    assert first_failing(replace(DATA_5, valid_to=date(2026, 11, 23)), minor) is None
    assert first_failing(replace(DATA_5, valid_from=date(2026, 11, 23)), minor) is not None


def test_the_table_of_rules_is_whole() -> None:
    assert len(rule_table.BY_KEY) == len(rule_table.RULES)
    for rule in rule_table.RULES:
        assert rule.lane in {"notice", "service", "sales"}
        assert rule.selling or rule.lane != "sales"
        assert rule.title.en
        assert rule.title.zh
        assert rule.explains.en
        assert rule.explains.zh


def test_the_allowance_counts_what_can_be_used_anywhere() -> None:
    tariff = {
        "fee": 0,
        "buckets": [
            {"id": "a", "service": "data", "scope": "national", "amount": 10, "unit": "MB", "order": 1},
            {"id": "b", "service": "data", "amount": 5, "order": 2},
            {"service": "data", "scope": "night", "amount": 100, "order": 3},
            {"service": "voice", "scope": "national", "amount": 1, "unit": "minute"},
        ],
    }
    assert allowance(tariff) == Allowance(data_kb=10 * 1024 + 5, voice_s=60)
    assert allowance({}) == Allowance()


def test_figures_in_words() -> None:
    assert [wording.yuan(fen) for fen in (0, 5, 8000, 3050, -120)] == ["0.00", "0.05", "80.00", "30.50", "-1.20"]
    assert [wording.gigabytes(kb) for kb in (0, 20 * GB, GB // 5, int(4.5 * GB), 100 * GB)] == [
        "0",
        "20",
        "0.2",
        "4.5",
        "100",
    ]
    assert [wording.gigabytes_at_most(kb) for kb in (0, 1, GB, GB + 1)] == ["0.0", "0.1", "1.0", "1.1"]
    assert [wording.minutes_at_most(s) for s in (0, 1, 60, 61)] == ["0", "1", "1", "2"]


def test_months_before_the_turn_of_a_year() -> None:
    assert months_before(date(2026, 1, 31), 3) == (date(2025, 12, 1), date(2025, 11, 1), date(2025, 10, 1))


# --- what must hold for anyone --------------------------------------------------------------------------------------
INTENTS = ("", "change_plan", "roaming", "leave", "complaint", "buy_data", "bill_question")
anyone = st.builds(
    Snapshot,
    today=st.just(TODAY),
    intent=st.sampled_from(INTENTS),
    held=st.lists(
        st.builds(
            Held,
            product=st.sampled_from(ALL),
            since=st.sampled_from([LONG_AGO, date(2026, 9, 15)]),
            term_end=st.sampled_from([None, date(2026, 12, 1), date(2027, 9, 1)]),
        ),
        max_size=4,
        unique_by=lambda held: held.product.code,
    ).map(tuple),
    usage=st.lists(st.tuples(st.floats(0, 60), st.integers(0, 900)), min_size=0, max_size=6).map(
        lambda used: months(*used)
    ),
    tags=st.lists(st.sampled_from(sorted(tags.DEFINITIONS)), max_size=5, unique=True).map(lambda keys: tagged(*keys)),
    matters=st.lists(
        st.builds(
            Matter, kind=st.sampled_from(["complaint", "ticket"]), code=st.just("x"), since=st.just(date(2026, 11, 1))
        ),
        max_size=3,
    ).map(tuple),
    in_household=st.booleans(),
    household_families=st.sampled_from([frozenset(), frozenset({"broadband"})]),
    on_sale=st.just(ALL),
    refused_in_call=st.booleans(),
)
NUMBER = re.compile(r"[0-9]+(?:\.[0-9]+)?")


@given(anyone)
def test_without_leave_no_card_sells(snapshot: Snapshot) -> None:
    cards = choose(snapshot=snapshot, policy=MAY_NOT)
    assert all(card.lane != "sales" for card in cards)
    assert all(card.action != "rightsize" or snapshot.intent in ASKS_FOR_LESS for card in cards)


@given(anyone)
def test_lanes_in_order_and_at_most_three(snapshot: Snapshot) -> None:
    lanes = [card.lane for card in choose(snapshot=snapshot, policy=MAY)]
    assert len(lanes) <= 3
    assert lanes == sorted(lanes, key=["notice", "service", "sales"].index)
    assert lanes.count("notice") <= 1
    assert lanes.count("service") <= 2
    assert lanes.count("sales") <= 2


@given(anyone)
def test_nothing_held_or_forbidden_is_sold_and_no_dearer_plan_is_smaller(snapshot: Snapshot) -> None:
    products = {product.code: product for product in ALL}
    for card in choose(snapshot=snapshot, policy=MAY):
        if card.lane != "sales" and card.action != "rightsize":
            continue
        product = products[card.offering_code]
        assert product.code not in snapshot.held_codes
        assert not product.not_for & snapshot.tag_keys
        if card.action == "rightsize":
            current = snapshot.mobile_plan()
            assert current is not None
            assert product.fee_fen < current.product.fee_fen
            assert all(row.data_kb <= product.allowance.data_kb for row in snapshot.usage[:3])
            assert all(row.voice_s <= product.allowance.voice_s for row in snapshot.usage[:3])


@given(anyone)
def test_both_languages_name_the_same_figures(snapshot: Snapshot) -> None:
    for card in choose(snapshot=snapshot, policy=MAY):
        if card.rule == "more_data" or card.rule == "more_minutes":
            continue  # "3 of 3" is said as 每月 in Chinese
        assert set(NUMBER.findall(card.why_en)) - {"3"} == set(NUMBER.findall(card.why_zh)) - {"3"}


# --- bundles, levels, leaving, circles ------------------------------------------------------------------------------
HOME = item("home", "broadband", "bundle", 75, parts=frozenset({"plan-59", "fibre-100"}))
GIFT = item("gift", "service", "service", 0, margin_fen=-500, tags=frozenset({"retention"}))


def proposed(key: str, snapshot: Snapshot) -> Proposal | None:
    return rule_table.BY_KEY[key].propose(snapshot)


def test_a_bundle_is_named_to_who_has_part_of_it_with_what_the_whole_saves() -> None:
    easy = Held(product=EASY, since=LONG_AGO)
    whole = proposed("bundle", Snapshot(today=TODAY, held=(easy,), on_sale=(*ALL, HOME)))
    assert whole is not None and whole.product == HOME
    assert "Has Plan 59; home adds fibre-100" in whole.why.en and "14.00 less than its parts" in whole.why.en
    bound = replace(easy, term_end=date(2027, 11, 1))
    dearer = replace(HOME, fee_fen=9_000)
    for held, shelf in (
        ((), (*ALL, HOME)), ((bound,), (*ALL, HOME)), ((easy,), (*ALL, dearer)), ((easy,), (EASY, HOME)),
        ((easy, Held(product=FIBRE, since=LONG_AGO)), (*ALL, HOME)),
    ):  # fmt: skip
        assert proposed("bundle", Snapshot(today=TODAY, held=held, on_sale=shelf)) is None


def test_a_level_about_to_be_lost_is_told_with_what_is_missing() -> None:
    worth = Worth(level="gold", term_ends=date(2026, 12, 31), term_pace=700, level_needs=1000)
    told = proposed("keep_level", Snapshot(today=TODAY, worth=worth))
    assert told is not None and "300 are missing" in told.why.en and "金卡" in told.why.zh
    for other in ({"term_pace": 1000}, {"term_ends": date(2027, 3, 1)}, {"level_needs": None}):
        assert proposed("keep_level", Snapshot(today=TODAY, worth=replace(worth, **other))) is None


def test_a_gift_goes_to_who_is_leaving_and_worth_it_and_not_before_the_cause_is_settled() -> None:
    worth = Worth(churn=0.3, value_fen=300_000)
    leaving = Snapshot(today=TODAY, worth=worth, on_sale=(*ALL, GIFT))
    kept = proposed("keep_customer", leaving)
    assert kept is not None and kept.product == GIFT
    assert (kept.facts["gain_fen"], kept.worth_fen) == (6_000, 150_000)  # 4 % of 3,000 yuan − 60 yuan
    assert (kept.odds, kept.facts["uplift_from"]) == (0.9, "entered")
    assert proposed("keep_customer", replace(leaving, worth=replace(worth, churn=0.05))) is None  # a sure stayer
    dear = proposed("keep_customer", replace(leaving, worth=replace(worth, value_fen=100_000)))
    assert dear is not None and dear.odds == 0.1  # costs more than it brings: only to learn from
    assert proposed("keep_customer", replace(leaving, worth=replace(worth, churn=None), intent="leave")) is not None
    open_matter = Matter(kind="complaint", code="x", since=TODAY)
    assert proposed("keep_customer", replace(leaving, matters=(open_matter,))) is None


def test_a_circle_is_never_named() -> None:
    idea = proposed("circle_idea", Snapshot(today=TODAY, on_sale=ALL, circle_ideas=("gone", "games", "reading")))
    assert idea is not None and idea.product == GAMES
    assert "circle" not in idea.why.en and not re.search(r"\d+ (people|friends)", idea.why.en)
    assert proposed("circle_idea", Snapshot(today=TODAY, on_sale=ALL)) is None


def test_one_idea_that_breaks_takes_no_other_with_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks(_snapshot: Snapshot) -> Proposal | None:
        raise ZeroDivisionError

    broken = [replace(rule, propose=breaks) if rule.key == "content" else rule for rule in rule_table.RULES]
    monkeypatch.setattr(selection, "RULES", tuple(broken))
    found = selection.select(snapshot=ZHANG_SAN, policy=MAY)
    assert [card.rule for card in found.cards] == ["more_data"]
    assert ("content", "broken") in found.dropped


def test_terms_that_cannot_be_read_leave_the_shelf_alone() -> None:
    torn = replace(BIG, code="torn", fee_fen=100, terms='{"fee": -1}', suits=frozenset({tags.HEAVY_DATA}))
    kept = codes(replace(ZHANG_SAN, on_sale=(*ALL, torn)))
    assert kept == codes(ZHANG_SAN) != []
