"""What may be sold, what suits, what was shown and what the customer said: on real tables."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from callcenter.foundation.errors import Invalid, NotFound
from customers.catalogue.operations import build_pool
from customers.catalogue.queries import forget_pool
from customers.models import (
    Arbitration,
    Customer,
    DoNotCall,
    Interaction,
    Offer,
    Offering,
    Relationship,
    UsageMonth,
    UsagePool,
)
from customers.offers import experience, operations, outcomes, queries
from customers.offers.wording import DECLINES
from customers.results import CallContext, Policy, Suggestion
from tests.integration.customers.conftest import NOW, People, ago, call_of, some_call

pytestmark = pytest.mark.django_db
NUMBER = "+8613800138000"
MAY = Policy(may_sell=True, warnings=())


def rules(customer: Customer | None, number: str = NUMBER, **more: Any) -> set[str]:
    policy = queries.policy(customer_id=customer.pk if customer else None, number_e164=number, now=NOW, **more)
    assert policy.may_sell is (not policy.warnings)
    return {warning.rule for warning in policy.warnings}


def reader(people: People, customer: Customer) -> Customer:
    people.tag(customer, "reader")
    return customer


def cards(context: CallContext, policy: Policy = MAY) -> tuple[Suggestion, ...]:
    return queries.suggestions(context=context, policy=policy, now=NOW)


def shown(context: CallContext) -> tuple[Suggestion, ...]:
    return operations.show(context=context, suggestions=cards(context), now=NOW)


def answer(card: Suggestion, context: CallContext, state: str, reason: str = "", **more: Any) -> None:
    assert card.offer_id is not None
    given: dict[str, Any] = {"offer_id": card.offer_id, "call_id": context.call_id, "agent_id": 7, "now": NOW}
    operations.decide(**(given | {"state": state, "reason": reason} | more))


# --- may we ---------------------------------------------------------------------------------------------------------
def test_mrs_chen_may_hear_of_offers(mrs_chen: Customer) -> None:
    assert rules(mrs_chen) == set()


def test_silence_is_not_consent(zhang_san: Customer) -> None:
    assert rules(zhang_san) == {"unknown_consent"}


def test_whom_we_do_not_know_we_do_not_sell_to() -> None:
    assert rules(None) == {"unknown_caller"}
    assert rules(None, "") == {"unknown_caller"}
    operations.suppress(customer_id=None, number="138 0013 8000", source="letter", now=NOW)
    assert rules(None) == {"unknown_caller", "do_not_call"}


def test_a_wish_of_the_person_or_of_the_number_counts(people: People, mrs_chen: Customer, zhang_san: Customer) -> None:
    people.consents(zhang_san)
    operations.suppress(customer_id=mrs_chen.pk, number="0086-138 0013 8000", source="wrap_up", now=NOW)
    operations.suppress(customer_id=mrs_chen.pk, number=NUMBER, source="wrap_up", now=NOW + timedelta(days=1))
    assert DoNotCall.objects.get().at == NOW  # once, and the first time stands
    assert rules(mrs_chen, "") == {"do_not_call"}
    assert rules(zhang_san, NUMBER) == {"do_not_call"}  # whoever speaks: the number asked to be left in peace
    assert rules(zhang_san, "+8613900139000") == set()
    with pytest.raises(Invalid):
        operations.suppress(customer_id=None, number="nonsense", source="wrap_up", now=NOW)


def test_what_lies_in_the_tables_reaches_the_rules(people: People, mrs_chen: Customer) -> None:
    people.told(mrs_chen, ago(days=20), kind="complaint", outcome="open")
    people.told(mrs_chen, ago(days=20), kind="ticket", outcome="open")
    people.tag(mrs_chen, "vulnerable")
    people.consents(mrs_chen, purpose="profiling", channel="any", state="refused")
    Customer.objects.filter(pk=mrs_chen.pk).update(birth_year=2012, status="restricted")
    assert rules(mrs_chen) == {"open_complaint", "vulnerable", "no_profiling", "minor", "restricted"}


def test_a_settled_complaint_and_a_lapsed_tag_bar_nothing(people: People, mrs_chen: Customer) -> None:
    people.told(mrs_chen, ago(days=20), kind="complaint", outcome="solved")
    people.tag(mrs_chen, "vulnerable", expires_at=NOW)
    assert rules(mrs_chen) == set()


def test_the_fourth_contact_in_a_week(people: People, mrs_chen: Customer) -> None:
    present = some_call()
    people.told(mrs_chen, ago(days=1))
    people.told(mrs_chen, ago(days=2))
    people.told(mrs_chen, ago(days=3), direction="out")  # we called: that is not the customer's contact
    people.told(mrs_chen, ago(days=8))
    people.told(mrs_chen, ago(minutes=2), ref=present)
    assert rules(mrs_chen, call_id=present) == set()
    assert rules(mrs_chen) == {"repeat_contact"}  # the present call, already on the timeline, counts if not named


def test_the_policy_costs_the_same_for_any_history(people: People, mrs_chen: Customer, zhang_san: Customer) -> None:
    Interaction.objects.bulk_create(
        Interaction(customer=zhang_san, at=NOW - timedelta(minutes=index), channel="voice", kind="call")
        for index in range(10_000)
    )
    counts = []
    for customer in (mrs_chen, zhang_san):
        with CaptureQueriesContext(connection) as statements:
            queries.policy(customer_id=customer.pk, number_e164=NUMBER, now=NOW)
        counts.append(len(statements))
    assert counts == [1, 1]


# --- what suits -----------------------------------------------------------------------------------------------------
def test_the_tables_feed_the_rules(people: People, mrs_chen: Customer, shelves: dict[str, Offering]) -> None:
    people.holds(mrs_chen, shelves["plan-99"], term_end=date(2026, 12, 31))
    for month in (8, 9, 10):
        people.used(mrs_chen, date(2026, month, 1), 0.5, 20)
    people.told(mrs_chen, ago(days=2), kind="ticket", outcome="open")
    people.tag(mrs_chen, "reader")
    assert [(card.rule, card.offering_code) for card in cards(call_of(mrs_chen))] == [
        ("open_ticket", ""),
        ("smaller_plan", "plan-19"),  # never the withdrawn plan of 1 yuan
        ("contract_ends", "plan-99"),
    ]


def test_a_saving_is_promised_on_three_explained_bills(
    people: People, mrs_chen: Customer, shelves: dict[str, Offering]
) -> None:
    people.holds(mrs_chen, shelves["plan-99"])
    for month in (8, 9, 10):
        people.billed(mrs_chen, date(2026, month, 1), 0.5, 20, {"fee": 9900})
    (card,) = cards(call_of(mrs_chen))  # no pool: fees are named and nothing is promised
    assert (card.rule, "promise_fen" in card.facts) == ("smaller_plan", False)
    UsagePool.objects.create(made_at=ago(hours=5), rows=[[f"c{n}", 100, 1, 1000, 100, 1, 1000] for n in range(120)])
    forget_pool()
    (card,) = cards(call_of(mrs_chen))
    assert (card.rule, card.offering_code, card.facts["promise_fen"]) == ("better_plan", "plan-19", 8000)
    assert card.why_zh == (
        "按最近3个月账单，每月至少省80元：现为99.00/99.00/99.00元，改用plan-19套餐为19.00/19.00/19.00元。"
    )
    UsageMonth.objects.update(full=False)
    assert cards(call_of(mrs_chen)) == ()


def test_broadband_looks_at_the_whole_household(
    people: People, mrs_chen: Customer, zhang_san: Customer, shelves: dict[str, Offering]
) -> None:
    home = people.customer("陈家", kind="household")
    for member in (mrs_chen, zhang_san):
        Relationship.objects.create(a=member, b=home, role="member")
    assert [card.rule for card in cards(call_of(mrs_chen))] == ["broadband_at_home"]
    people.holds(zhang_san, shelves["fibre-300"])
    assert cards(call_of(mrs_chen)) == ()


def test_nobody_known_nothing_suggested_nothing_logged(shelves: dict[str, Offering]) -> None:
    assert shown(call_of(None)) == ()


def test_suggesting_costs_the_same_for_any_history_and_shelf(
    people: People, mrs_chen: Customer, zhang_san: Customer, shelves: dict[str, Offering]
) -> None:
    for customer in (mrs_chen, zhang_san):
        people.holds(customer, shelves["plan-99"])
        people.tag(customer, "reader")
    cards(call_of(mrs_chen))  # the pool is read once in a quarter of an hour
    with CaptureQueriesContext(connection) as before:
        cards(call_of(mrs_chen))
    Interaction.objects.bulk_create(
        Interaction(customer=zhang_san, at=ago(minutes=n), channel="voice", kind="complaint", outcome="open")
        for n in range(1_000)
    )
    Offering.objects.bulk_create(
        Offering(code=f"p{n}", family="mobile", kind="pack", name_en="p", name_zh="p", valid_from=date(2023, 1, 1))
        for n in range(200)
    )
    cards(call_of(mrs_chen))  # the shelf is read anew once
    with CaptureQueriesContext(connection) as after:
        cards(call_of(zhang_san))
    assert len(before) == len(after) <= 3


# --- shown and answered ---------------------------------------------------------------------------------------------
def test_a_card_is_logged_once_per_call(people: People, mrs_chen: Customer, shelves: dict[str, Offering]) -> None:
    people.told(mrs_chen, ago(days=2), kind="ticket", outcome="open")  # a card without an offering, too
    context = call_of(reader(people, mrs_chen))
    first, again = shown(context), shown(context)
    assert [card.offer_id for card in first] == [card.offer_id for card in again]
    assert [card.state for card in first] == ["shown", "shown"]
    assert Offer.objects.count() == 2
    shown(replace(context, call_id=some_call()))
    assert Offer.objects.count() == 4


def test_not_this_person_makes_cards_of_their_own(
    people: People, mrs_chen: Customer, zhang_san: Customer, shelves: dict[str, Offering]
) -> None:
    context = call_of(reader(people, mrs_chen))
    other = replace(context, customer_id=reader(people, zhang_san).pk)
    (first,), (second,) = shown(context), shown(other)
    assert first.offer_id != second.offer_id
    assert [card.offer_id for card in queries.shown(call_id=context.call_id, customer_id=zhang_san.pk)] == [
        second.offer_id
    ]


def test_yes_is_logged_once_and_stands_on_the_timeline(
    people: People, mrs_chen: Customer, shelves: dict[str, Offering]
) -> None:
    context = call_of(reader(people, mrs_chen))
    (card,) = shown(context)
    answer(card, context, "accepted")
    answer(card, context, "accepted")  # a double click
    offer = Offer.objects.get()
    assert (offer.state, offer.decided_at, offer.agent) == ("accepted", NOW, 7)
    row = Interaction.objects.get(kind="offer")
    assert (row.code, row.outcome, row.ref) == ("reading", "accepted", context.call_id)
    with pytest.raises(operations.UnableToDecide) as refusal:
        answer(card, context, "declined", "no_need")
    assert refusal.value.facts == {"state": "accepted"}
    assert shown(context)[0].state == "accepted"
    (told,) = queries.shown(call_id=context.call_id, customer_id=mrs_chen.pk)
    assert (told.title_zh, told.state) == ("reading套餐", "accepted")


def test_later_may_still_become_a_no(people: People, mrs_chen: Customer, shelves: dict[str, Offering]) -> None:
    context = call_of(reader(people, mrs_chen))
    (card,) = shown(context)
    answer(card, context, "later")
    answer(card, context, "declined", "too_expensive")
    assert Offer.objects.get().reason == "too_expensive"


@pytest.mark.parametrize(
    ("state", "reason"), [("declined", ""), ("declined", "because"), ("shown", ""), ("sold", ""), ("", "")]
)
def test_a_no_needs_a_reason_and_answers_are_few(
    people: People, mrs_chen: Customer, shelves: dict[str, Offering], state: str, reason: str
) -> None:
    context = call_of(reader(people, mrs_chen))
    (card,) = shown(context)
    with pytest.raises(Invalid):
        answer(card, context, state, reason)
    assert Offer.objects.get().state == "shown"


def test_another_call_s_offer_is_not_there(people: People, mrs_chen: Customer, shelves: dict[str, Offering]) -> None:
    context = call_of(reader(people, mrs_chen))
    (card,) = shown(context)
    with pytest.raises(NotFound):
        answer(card, context, "accepted", call_id=some_call())
    with pytest.raises(NotFound):
        answer(card, context, "accepted", offer_id=(card.offer_id or 0) + 1_000_000)
    assert Offer.objects.get().state == "shown"


def test_no_is_respected_in_this_call_and_the_next(
    people: People, mrs_chen: Customer, shelves: dict[str, Offering]
) -> None:
    context = call_of(reader(people, mrs_chen))
    (card,) = shown(context)
    answer(card, context, "declined", "no_need")
    (kept,) = shown(context)
    assert (kept.offer_id, kept.state) == (card.offer_id, "declined")  # the answered card stays in its place
    assert cards(call_of(mrs_chen)) == ()
    Offer.objects.update(shown_at=ago(days=31), decided_at=ago(days=30))
    assert [one.offering_code for one in cards(call_of(mrs_chen))] == ["reading"]


def test_wants_no_offers_is_kept_before_the_next_look(
    people: People, mrs_chen: Customer, shelves: dict[str, Offering]
) -> None:
    context = call_of(reader(people, mrs_chen))
    (card,) = shown(context)
    answer(card, context, "declined", "do_not_contact")
    assert "do_not_call" in rules(mrs_chen)
    assert set(DECLINES) >= {"do_not_contact"}


def test_refusals_and_pitches_reach_the_policy(
    people: People, mrs_chen: Customer, shelves: dict[str, Offering]
) -> None:
    def offered(days: int, state: str, call: Any = None, lane: str = "sales") -> None:
        Offer.objects.create(
            call=call or some_call(), customer=mrs_chen, action="content", lane=lane, rule=f"r{days}", rank=1,
            state=state, shown_at=ago(days=days), decided_at=ago(days=days),
        )  # fmt: skip

    present = some_call()
    offered(1, "accepted", call=present)
    offered(3, "later")
    offered(2, "declined", lane="service")  # a cheaper plan refused silences nothing
    offered(40, "declined")
    assert rules(mrs_chen, call_id=present) == set()
    assert rules(mrs_chen) == {"pitch_cap"}
    offered(60, "declined")
    assert rules(mrs_chen, call_id=present) == {"cooling_off"}


@pytest.mark.django_db(transaction=True)
def test_two_desks_answer_at_once_and_one_is_told(
    people: People, mrs_chen: Customer, shelves: dict[str, Offering]
) -> None:
    context = call_of(reader(people, mrs_chen))
    (card,) = shown(context)
    start, outcomes = threading.Barrier(2), []

    def press(state: str, reason: str) -> None:
        start.wait(timeout=10)
        try:
            answer(card, context, state, reason)
            outcomes.append("done")
        except operations.UnableToDecide:
            outcomes.append("refused")
        finally:
            connection.close()

    threads = [threading.Thread(target=press, args=said) for said in (("accepted", ""), ("declined", "no_need"))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=20)
    assert sorted(outcomes) == ["done", "refused"]
    assert Interaction.objects.filter(kind="offer").count() == 1


def test_the_pool_is_written_at_night_from_full_months_only(people: People, mrs_chen: Customer) -> None:
    for month in (5, 6, 7, 8, 9, 10):
        people.used(mrs_chen, date(2026, month, 1), month, 10 * month)
    UsageMonth.objects.filter(month=date(2026, 6, 1)).update(full=False)
    UsagePool.objects.create(made_at=ago(days=20), rows=[])
    assert build_pool(now=NOW) == 1
    (pool,) = UsagePool.objects.all()
    gb = 1024 * 1024
    assert pool.rows == [[str(mrs_chen.pk), 4800, 0, 8 * gb, 6000, 0, 10 * gb]]


def test_why_these_cards_is_written_down_once(people: People, mrs_chen: Customer, shelves: dict[str, Offering]) -> None:
    context = call_of(reader(people, mrs_chen))
    for _ in range(2):
        found = queries.suggest(context=context, policy=MAY, now=NOW)
        operations.show(context=context, suggestions=found.cards, decision=found.decision, now=NOW)
    decision = Arbitration.objects.get()
    assert (decision.led, decision.cell, decision.feasible) == ("content", "policy", ["content", "just_serve"])
    assert decision.ranked[0]["rule"] == "content" and decision.ranked[0]["priority_fen"] > 320
    assert ["more_data", "nothing_to_say"] in decision.dropped
    assert Offer.objects.get().decision == decision


def test_a_yes_is_a_success_when_it_was_ordered_and_kept(
    people: People, mrs_chen: Customer, shelves: dict[str, Offering]
) -> None:
    def accepted(code: str, days: int) -> Offer:
        return Offer.objects.create(
            call=some_call(), customer=mrs_chen, offering=shelves[code], action="content", lane="sales", rule=code,
            rank=1, state="accepted", shown_at=ago(days=days), decided_at=ago(days=days),
        )  # fmt: skip

    for code, days in (("reading", 40), ("data-5", 10), ("fibre-300", 35), ("plan-19", 20), ("plan-99", 3)):
        accepted(code, days)
    people.holds(mrs_chen, shelves["reading"], since=ago(days=39).date())
    people.holds(mrs_chen, shelves["data-5"], since=ago(days=9).date())
    people.holds(mrs_chen, shelves["fibre-300"], since=ago(days=33).date(), status="ended")
    people.holds(mrs_chen, shelves["plan-99"], since=date(2020, 1, 1))  # had it before: no order of this yes
    assert outcomes.label(now=NOW) == 4
    assert outcomes.label(now=NOW) == 0
    assert dict(Offer.objects.values_list("rule", "state")) == {
        "reading": "kept", "data-5": "ordered", "fibre-300": "undone", "plan-19": "undone", "plan-99": "accepted",
    }  # fmt: skip
    experience.forget()
    answers = experience.learned(now=NOW).answers
    assert (answers["reading"].kept, answers["fibre-300"].not_kept) == (1, 1)
    assert "plan-99" not in answers


def test_the_shelf_is_kept_until_somebody_changes_it(
    people: People, mrs_chen: Customer, shelves: dict[str, Offering]
) -> None:
    people.tag(mrs_chen, "reader")
    before = [card.offering_code for card in cards(call_of(mrs_chen))]
    with CaptureQueriesContext(connection) as statements:
        cards(call_of(mrs_chen))
    assert not any('FROM "customers_offering"' in one["sql"] for one in statements)
    Offering.objects.filter(code__in=before).update(valid_to=NOW.date())
    assert not set(before) & {card.offering_code for card in cards(call_of(mrs_chen))}
