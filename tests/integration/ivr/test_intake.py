"""Path events come late, twice, in the wrong order and broken: the path is the same and nothing is dropped silently."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from ivr import queries
from ivr.flows import operations as flow_operations
from ivr.flows import queries as flow_queries
from ivr.flows.operations import UnableToPublish
from ivr.intake.operations import close, close_silent, take
from ivr.models import FlowVersion, PathEvent, QuarantinedEvent, Session
from tests.integration.ivr.story import NINE, asks_for_bill, call_of, said

pytestmark = pytest.mark.django_db
TEN = NINE + timedelta(hours=1)


@pytest.fixture(autouse=True)
def _menus() -> None:
    flow_operations.publish_shipped(now=NINE - timedelta(days=30))


def test_a_path_is_stored_and_its_reason_is_known() -> None:
    results = take(items=asks_for_bill("chen"), now=TEN)

    assert {one.result for one in results} == {"stored"}
    intent = queries.intent_of(call_id=call_of("chen"))
    assert (intent.code, intent.label_en, intent.label_zh, intent.basis) == (
        "bill_question",
        "Question about a bill",
        "账单疑问",
        "path",
    )
    path = queries.path_of(call_id=call_of("chen"))
    assert path is not None
    assert [(step.node, step.key, step.seconds) for step in path.steps] == [
        ("language", "1", 4.0),
        ("main", "1", 5.0),
        ("billing", "5", 7.0),
        ("queue_billing", "", 2.0),
    ]
    assert path.steps[2].label_zh == "话费查询"
    assert path.outcome == "agent"
    assert path.ended_at == NINE + timedelta(seconds=18)
    assert queries.session_id(source="main-trunk", external_id="chen") == call_of("chen")


def test_any_order_any_batches_and_any_repetition_give_the_same_row() -> None:
    take(items=asks_for_bill("chen"), now=TEN)
    wanted = Session.objects.values("path", "outcome", "reason", "node", "started_at", "ended_at").get()
    chance = random.Random(7)
    for number in range(12):
        name = f"again-{number}"
        events = asks_for_bill(name) * 2
        chance.shuffle(events)
        while events:
            batch, events = events[:3], events[3:]
            take(items=batch, now=TEN)
        got = Session.objects.filter(pk=call_of(name)).values(*wanted).get()
        assert got == wanted
        assert PathEvent.objects.filter(session_id=call_of(name)).count() == 8


def test_the_same_event_again_is_a_duplicate_and_another_story_is_set_aside() -> None:
    first = said("chen", 0, "enter", "main", seq=1)
    other = said("chen", 0, "enter", "billing", seq=1)

    assert [one.result for one in take(items=[first, first], now=TEN)] == ["stored", "duplicate"]
    assert take(items=[first], now=TEN)[0].result == "duplicate"
    refused = take(items=[other], now=TEN)[0]
    assert (refused.result, refused.code) == ("quarantined", "other_content")
    assert PathEvent.objects.count() == 1
    kept = QuarantinedEvent.objects.get()
    assert (kept.call, kept.payload["node"]) == (call_of("chen"), "billing")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"kind": "dance"}, "unknown_kind"),
        ({"t": NINE + timedelta(hours=2)}, "time_in_future"),
        ({"t": NINE - timedelta(days=8)}, "too_late"),
        ({"t": NINE.replace(tzinfo=None)}, "time_without_zone"),
        ({"node": "n" * 65}, "field_too_long"),
        ({"node": "ma\x00in"}, "bad_text"),
        ({"node": ""}, "node_missing"),
        ({"seq": -1}, "bad_sequence"),
        ({"seq": 2**40}, "bad_sequence"),
        ({"detail": {"word": "x" * 5000}}, "bad_detail"),
        ({"detail": {"word": "\x00"}}, "bad_detail"),
        ({"source": "s" * 60}, "field_too_long"),
        ({"kind": "\x00"}, "unknown_kind"),
    ],
)
def test_one_bad_item_is_set_aside_with_a_sentence_and_never_sinks_the_batch(
    change: dict[str, object], code: str
) -> None:
    bad = replace(said("chen", 1, "enter", "main"), **change)  # type: ignore[arg-type]

    results = take(items=[said("chen", 0, "enter", "language"), bad], now=TEN)

    assert results[0].result == "stored"
    assert (results[1].result, results[1].code) == ("quarantined", code)
    assert results[1].sentence.endswith(".")
    assert QuarantinedEvent.objects.get().code == code


def test_a_node_that_is_in_no_definition_is_stored_and_said_so() -> None:
    result = take(items=[said("chen", 0, "enter", "brand_new")], now=TEN)[0]

    assert (result.result, result.code) == ("stored", "node_not_in_definition")
    assert queries.path_of(call_id=call_of("chen")).steps[0].label_en == "brand_new"  # type: ignore[union-attr]


def test_a_name_that_belongs_to_another_call_is_set_aside() -> None:
    take(items=[said("chen", 0, "enter", "main")], now=TEN)

    result = take(items=[said("chen", 1, "enter", "main", call_id=call_of("somebody else"))], now=TEN)[0]

    assert (result.result, result.code) == ("quarantined", "other_call")
    assert Session.objects.count() == 1


def test_long_numbers_keyed_in_are_never_stored() -> None:
    take(
        items=[said("chen", 0, "key", "card_number", "6222020200112233"), said("chen", 1, "key", "main", "1")], now=TEN
    )

    assert set(PathEvent.objects.values_list("key", flat=True)) == {"•" * 16, "1"}
    assert "6222" not in repr(list(Session.objects.values()))


def test_the_first_word_about_the_end_stands() -> None:
    take(items=asks_for_bill("chen")[:5], now=TEN)

    close(call_id=call_of("chen"), outcome="agent", at=NINE + timedelta(seconds=12))
    close(call_id=call_of("chen"), outcome="hangup", at=NINE + timedelta(minutes=5))

    session = Session.objects.get()
    assert (session.outcome, session.ended_at) == ("agent", NINE + timedelta(seconds=12))


def test_closing_a_call_nobody_reported_is_nothing() -> None:
    close(call_id=call_of("unknown"), outcome="hangup", at=NINE)

    assert not Session.objects.exists()


def test_a_late_event_changes_a_closed_path_and_its_revision() -> None:
    events = asks_for_bill("chen")
    take(items=events[:4] + events[5:], now=TEN)
    assert Session.objects.get().revision == 0

    take(items=[events[4]], now=TEN + timedelta(hours=3))

    session = Session.objects.get()
    assert session.revision == 1
    assert [visit[0] for visit in session.path] == ["language", "main", "billing", "queue_billing"]


def test_half_an_hour_of_silence_closes_with_an_unknown_end_and_the_next_event_opens_again() -> None:
    take(items=asks_for_bill("chen")[:3], now=NINE + timedelta(minutes=1))
    last = NINE + timedelta(seconds=4)

    assert close_silent(now=last + timedelta(minutes=29)) == 0
    assert close_silent(now=last + timedelta(minutes=30)) == 1
    session = Session.objects.get()
    assert (session.outcome, session.ended_at) == ("unknown", last)

    take(items=[said("chen", 1900, "key", "main", "1")], now=TEN)
    session.refresh_from_db()
    assert (session.outcome, session.ended_at) == ("", None)


def test_a_batch_costs_the_same_number_of_statements_for_one_call_and_for_fifty() -> None:
    def statements(batch: list[object]) -> int:
        with CaptureQueriesContext(
            connection,
        ) as counted:
            take(items=batch, now=TEN)  # type: ignore[arg-type]
        return len(counted)

    take(items=asks_for_bill("warm"), now=TEN)
    one = statements(list(asks_for_bill("one")))
    fifty = statements([event for number in range(50) for event in asks_for_bill(f"many-{number}")])

    assert fifty == one


def test_a_new_version_retires_the_former_and_the_same_again_changes_nothing() -> None:
    first = flow_queries.published(key="operator")
    assert flow_operations.publish_shipped(now=NINE).number == first.number == 1
    content = flow_queries.shipped()
    content["nodes"][0]["timeout_s"] = 9

    second = flow_operations.publish(
        key="operator", names=("Operator", "运营商"), entries=["10011"], definition=content, now=NINE
    )

    assert (second.number, second.effective_from) == (2, NINE)
    assert list(FlowVersion.objects.order_by("number").values_list("state", flat=True)) == ["retired", "published"]


def test_a_broken_flow_is_refused_and_the_published_one_stands() -> None:
    content = flow_queries.shipped()
    content["nodes"][0]["choices"][0]["target"] = "nowhere"

    with pytest.raises(UnableToPublish, match=r"node 'language', field 'choices/1/target'.*'nowhere'") as refused:
        flow_operations.publish(key="operator", names=("a", "b"), entries=[], definition=content, now=NINE)

    assert refused.value.facts["faults"][0]["node"] == "language"
    assert flow_queries.published(key="operator").number == 1


def test_what_was_published_can_never_be_edited() -> None:
    version = FlowVersion.objects.get()
    version.definition = {**version.definition, "root": "main"}

    with pytest.raises(IntegrityError, match="never changes"), transaction.atomic():
        version.save()
