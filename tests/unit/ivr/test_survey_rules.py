"""Who is asked after a call, what may be answered, and what a form must say."""

from __future__ import annotations

import json
from copy import deepcopy
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.flows.definition import Label
from ivr.surveys import forms, rules
from ivr.surveys.forms import BadAnswer, Question
from ivr.surveys.operations import SHIPPED
from ivr.surveys.rules import Case, Channel, Plan, Reached, Reason

NOW = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
CALL = UUID(int=7)
VOICE = Plan(
    key="voice", form="after_agent", channel=Channel.VOICE, reached=Reached.AGENT, share=1.0, quiet_days=30,
    least_talk_s=20, open_hours=72,
)  # fmt: skip
LINK = replace(VOICE, key="link", channel=Channel.LINK)
TALKED = Case(call=CALL, reached=Reached.AGENT, talk_s=90, ended_by="agent", has_number=True, last_asked=None)


def reason(case: Case, *plans: Plan, rule: str = "") -> tuple[str, str]:
    found = rules.decide(case=case, plans=plans, forbids=lambda _: rule, now=NOW)
    return found.reason.value, found.plan.key if found.plan else ""


def test_who_is_asked_and_why_not() -> None:
    gone = replace(TALKED, ended_by="caller")
    assert reason(TALKED, VOICE, LINK) == ("invited", "voice")
    assert reason(gone, VOICE, LINK) == ("invited", "link")  # nobody on the line: a message instead
    assert reason(gone, VOICE) == ("caller_left", "")
    assert reason(replace(gone, has_number=False), VOICE, LINK) == ("no_number", "")
    assert reason(replace(TALKED, talk_s=19), VOICE) == ("too_short", "")
    assert reason(replace(TALKED, last_asked=NOW - timedelta(days=29)), VOICE) == ("lately", "")
    assert reason(replace(TALKED, last_asked=NOW - timedelta(days=30)), VOICE) == ("invited", "voice")
    assert reason(TALKED, replace(VOICE, share=0.0)) == ("not_drawn", "")
    assert reason(TALKED, LINK, rule="quiet_hours") == ("policy", "")
    assert reason(replace(TALKED, reached=Reached.MENUS), VOICE, LINK) == ("no_plan", "")


def test_the_reason_told_is_the_one_of_the_plan_that_came_furthest() -> None:
    gone = replace(TALKED, ended_by="caller", last_asked=NOW)
    assert reason(gone, LINK, VOICE) == reason(gone, VOICE, LINK) == ("lately", "")


def test_a_share_of_calls_is_drawn_evenly_and_always_the_same() -> None:
    calls = [uuid5(CALL, str(number)) for number in range(4_000)]
    drawn = {call for call in calls if rules.draw(call, "link") < 0.3}
    assert 0.27 < len(drawn) / len(calls) < 0.33
    assert drawn == {call for call in calls if rules.draw(call, "link") < 0.3}
    assert len(drawn & {call for call in calls if rules.draw(call, "other") < 0.3}) < 0.5 * len(drawn)


def question(kind: str) -> Question:
    empty = Label(en="", zh="")
    return Question(key="q", kind=kind, text=empty, low=empty, high=empty)


@given(st.one_of(st.integers(), st.text(max_size=6), st.booleans(), st.none(), st.floats()))
def test_whatever_is_said_is_a_value_of_the_scale_or_refused_with_a_sentence(said: object) -> None:
    for kind, scale in forms.SCALES.items():
        try:
            value = forms.read_answer(question(kind), said)
        except BadAnswer:
            continue
        assert scale.least <= int(value) <= scale.most


@pytest.mark.parametrize(
    ("kind", "said", "value"),
    [
        ("scale5", "5", 5), ("scale5", 1, 1), ("recommend", "10#", 10), ("yes_no", "2", 0), ("yes_no", "yes", 1),
        ("comment", " 好 ", "好"),
    ],
)  # fmt: skip
def test_keys_and_words_become_values(kind: str, said: object, value: object) -> None:
    assert forms.read_answer(question(kind), said) == value


@pytest.fixture
def shipped() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((SHIPPED / "after_agent.json").read_text("utf-8"))
    return loaded


def test_the_shipped_forms_can_be_asked() -> None:
    for file in SHIPPED.glob("*.json"):
        assert forms.faults(json.loads(file.read_text("utf-8"))) == []


def test_a_form_that_cannot_be_asked_says_all_that_is_wrong(shipped: dict[str, Any]) -> None:
    bad = deepcopy(shipped)
    bad["questions"][0]["text"]["zh"] = " "
    bad["questions"][0]["high"] = {}
    bad["questions"][1]["key"] = "agent"
    bad["questions"].append({"key": "Bad Key", "kind": "stars", "text": {"en": "x", "zh": "x"}})
    said = "\n".join(forms.faults(bad))
    for part in (
        "`text` is missing in zh",
        "`high` is missing in en",
        "Two questions",
        "“Bad Key”",
        "its kind is one of",
    ):
        assert part in said
    assert forms.faults([]) == ["A form is an object with key, name and questions."]
    assert forms.faults({"key": "x", "name": {"en": "x", "zh": "x"}}) == ["The form has no list of questions."]


def test_the_enum_of_reasons_covers_every_refusal() -> None:
    """The order of the reasons is the order in which a plan asks: the furthest one is what would have to change."""
    order = list(Reason)
    asked = [Reason.TOO_SHORT, Reason.CALLER_LEFT, Reason.NO_NUMBER, Reason.LATELY, Reason.NOT_DRAWN, Reason.POLICY]
    assert [one for one in order if one in asked] == asked
