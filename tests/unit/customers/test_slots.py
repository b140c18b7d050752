"""A script says what was approved, with four slots filled, and nothing can be smuggled in or out."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from customers.offers.scripts.addressing import address
from customers.offers.scripts.slots import SLOTS, cue_faults, faults, fill


def line(text: str, stage: str = "greet", mandatory: Any = False) -> dict[str, Any]:
    return {"stage": stage, "text": text, "mandatory": mandatory}


@pytest.mark.parametrize(
    "text",
    [
        "Good morning {customer_title}, this is {agent} of {queue}.",
        "您好，{customer_title}，我是{agent}。",
        "May I tell you about {offer}? It takes 2 minutes.",
        "请问您的身份证后4位？",
        "通话将被录音。",
    ],
)
def test_plain_words_and_known_slots_are_saved(text: str) -> None:
    assert faults([line(text)]) == []


@pytest.mark.parametrize(
    "text",
    [
        "{{ customer }}",
        "{{ x.__class__ }}",
        "{% for i in range(9) %}{% endfor %}",
        "{agent.__class__.__mro__}",
        "{agent!r:>99999}",
        "{0}",
        "{}",
        "{customer_name}",
        "{password}",
        "{ agent }",
        "{agent",
        "agent}",
        "{{agent}}",
        "{AGENT}",
        "<script>alert(1)</script>",
        "<b>{agent}</b>",
        "a\x00b",
        "line\nbreak",
        "${agent}{",
        "#{'{'}",
    ],
)
def test_hostile_texts_are_refused(text: str) -> None:
    assert faults([line(text)])


@pytest.mark.parametrize(
    "text",
    ["You save 30 yuan.", "每月省30元", "只要９.９元", "八折优惠", "50% off", "10 GB more", "24 months", "合约24个月"],
)
def test_figures_come_from_the_card_never_from_the_text(text: str) -> None:
    assert "figure" in faults([line(text)])[0].en
    assert faults([line(text)])[0].zh.startswith("第1行")


@pytest.mark.parametrize(
    "lines",
    [
        [],
        [line("x")] * 41,
        "text",
        None,
        [["greet"]],
        [{"stage": "greet", "text": "x"}],
        [line("x") | {"when": "1==1"}],
        [line("x", stage="shout")],
        [line("x", mandatory="yes")],
        [line("  ")],
        [{"stage": "greet", "text": 5, "mandatory": False}],
        [line("x" * 501)],
    ],
)
def test_shapes_that_are_no_script(lines: Any) -> None:
    assert faults(lines)


def test_the_cue_obeys_too() -> None:
    assert cue_faults("") == []
    assert cue_faults("Greet, then {offer}") == []
    assert cue_faults("{customer}")[0].en.startswith("Cue: ")


def test_a_missing_value_reads_neutral_in_both_languages() -> None:
    text = "{customer_title}: {agent}, {queue}, {offer}"
    assert fill(text, values={}, language="en") == "dear customer: your adviser, customer service, this offer"
    assert fill(text, values={"agent": "  "}, language="zh-hans") == "尊敬的客户: 客服代表, 客服中心, 这项服务"


def test_a_value_is_never_read_as_text() -> None:
    assert fill("{agent}!", values={"agent": "{queue} {agent}"}, language="en") == "{queue} {agent}!"
    assert fill("{agent}", values={"agent": "Lin\n\tWei"}, language="en") == "Lin Wei"
    assert len(fill("{agent}", values={"agent": "x" * 9999}, language="en")) == 120


def test_a_slot_nobody_knows_is_said_as_nothing() -> None:
    assert fill("Hello {secret}.", values={"secret": "42"}, language="en") == "Hello ."


@given(st.text(max_size=80), st.dictionaries(st.sampled_from(sorted(SLOTS)), st.text(max_size=20)))
def test_whatever_is_saved_renders_without_a_placeholder(text: str, values: dict[str, str]) -> None:
    if not faults([line(text)]):
        shown = fill(text, values={slot: value.replace("{", "") for slot, value in values.items()}, language="zh")
        assert "{" not in shown


@pytest.mark.parametrize(
    ("name", "title", "language", "said"),
    [
        ("陈美", "ms", "zh-hans", "陈女士"),
        ("欧阳娜娜", "ms", "zh", "欧阳女士"),
        ("张三", "", "zh-hans", ""),
        ("John Smith", "mr", "zh-hans", "先生"),
        ("John Smith", "mr", "en", "sir"),
        ("陈美", "ms", "en", "madam"),
        ("", "", "en", ""),
    ],
)
def test_addressing_tells_no_more_than_the_mask(name: str, title: str, language: str, said: str) -> None:
    assert address(name=name, title=title, language=language) == said
