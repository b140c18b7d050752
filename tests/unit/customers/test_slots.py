"""A script says what was approved, with its slots filled, and nothing can be smuggled in or out."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from customers.offers.scripts import lines as shapes
from customers.offers.scripts import objections, samples, templates
from customers.offers.scripts.addressing import address
from customers.offers.scripts.lines import cue_faults, faults
from customers.offers.scripts.slots import SLOTS
from tests.thorough import examples


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
        "{{ fee }}",
        "{{ fee|upper }}",
        "{{ fee|money(1) }}",
        "{{ agent|money }}",
        "{{ may_sell }}",
        "{{ 9**9**9 }}",
        "{{ 'a' * 999999999 }}",
        "{{ agent() }}",
        "{{ agent.__class__ }}",
        "{{ agent['x'] }}",
        "{{ agent ~ queue }}",
        "{{ [agent] }}",
        "{{ {} }}",
        "{{ 1 if fee else 2 }}",
        "{{ agent or queue }}",
        "{{ agent|map('upper') }}",
        "{% set a = 1 %}{agent}",
        "{% include 'x' %}",
        "{% import 'os' as os %}",
        "{% macro x() %}{% endmacro %}",
        "{% call x() %}{% endcall %}",
        "{% block x %}{% endblock %}",
        "{% raw %}{{ x }}{% endraw %}",
        "{% filter upper %}x{% endfilter %}",
        "{# nothing #}",
        "{% if fee + 1 %}x{% endif %}",
        "{% if fee is defined %}x{% endif %}",
        "{% if range(9) %}x{% endif %}",
        "{% if agent.x %}x{% endif %}",
        "{% if secret %}x{% endif %}",
        "{% if fee > 1.5 %}x{% endif %}",
        "{% if fee %}" * 9 + "x" + "{% endif %}" * 9,
        "{% if fee %}x",
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
        [line("x") | {"when": "fee %}{% include 'x' %}{% if fee"}],
        [line("x") | {"else": "y"}],
        [line("x") | {"instead": "{{ fee|money }}"}],
        [line("x") | {"step": "No Name"}],
        [line("x") | {"step": "a"}, line("y") | {"step": "a"}],
        [line("x") | {"step": "a", "answers": [{"says": "Again", "to": "a"}]}],
        [line("x") | {"answers": [{"says": "Yes", "to": "nowhere"}]}],
        [line("x") | {"answers": [{"says": "Yes"}]}],
        [line("Only today!")],
        [line("永久有效")],
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
    text = "{customer_title}: {agent}, {queue}, {{ offer }}"
    assert (
        templates.render(text, values={}, language="en") == "dear customer: your adviser, customer service, this offer"
    )
    assert (
        templates.render(text, values={"agent": "  "}, language="zh-hans") == "尊敬的客户: 客服代表, 客服中心, 这项服务"
    )


def test_a_value_is_never_read_as_text() -> None:
    def said(value: str) -> str | None:
        return templates.render("{agent}!", values={"agent": value}, language="en")

    assert said("{queue} {{ agent }}{% if x %}") == "{queue} {{ agent }}{% if x %}!"
    assert said("Lin\n\tWei") == "Lin Wei!"
    assert len(said("x" * 9999) or "") == 121


def test_a_text_nobody_approved_is_not_said() -> None:
    assert templates.render("Hello {{ secret }}.", values={"secret": "42"}, language="en") is None


@settings(max_examples=examples(60))
@given(st.text(alphabet="{}%|# abcifelsndag_.()[]'\"*+0", max_size=60) | st.text(max_size=80))
def test_whatever_is_saved_renders(text: str) -> None:
    if text.strip() and not faults([line(text)]):
        for sample in samples.SAMPLES[:2]:
            templates.render(text, values=sample, language="zh")
        assert templates.slots_of(text) <= set(SLOTS)


def test_figures_are_the_engine_s_and_their_line_gives_way_without_them() -> None:
    saves = line("You save {{ saving|money }} a month.") | {"instead": "It may cost you less."}
    bound = line("It runs {{ contract|months }}.", "disclose", True) | {"when": "contract"}
    assert faults([saves, bound]) == []

    def told(language: str = "en", **values: Any) -> list[str]:
        return [one.text for one in shapes.said([saves, bound], values=values, language=language)]

    assert told(saving=3050, contract=12) == ["You save 30.50 yuan a month.", "It runs 12 months."]
    assert told("zh", saving=3000, contract=1) == ["You save 30元 a month.", "It runs 1个月."]
    assert told() == ["It may cost you less."]
    assert told(saving=3050, contract=12, may_sell=False) == ["You save 30.50 yuan a month."]
    assert shapes.binding([saves, bound], values={"contract": 12}, language="en") == (2,)
    assert shapes.binding([saves, bound], values={}, language="en") == ()


def test_steps_follow_the_customer_s_answers_and_lead_forward() -> None:
    script = [
        line("What is it?", "ask")
        | {"answers": [{"says": "Too slow", "to": "slow"}, {"says": "Too dear", "to": "dear"}]},
        line("Let me look at the line.", "explain") | {"step": "slow", "answers": [{"says": "Continue", "to": "end"}]},
        line("Let me look at the bill.", "explain") | {"step": "dear"},
        line("Goodbye.", "close") | {"step": "end"},
    ]
    assert faults(script) == []

    def places(*path: str) -> list[int]:
        return [one.number for one in shapes.said(script, values={}, language="en", path=path)]

    assert places() == [1]
    assert places("slow") == [1, 2]
    assert places("slow", "end") == [1, 2, 4]
    assert places("dear") == [1, 3, 4]
    assert places("nowhere") == [1]


def test_what_nobody_would_hear_is_not_saved() -> None:
    assert "never met" in samples.faults([line("Hi"), line("x") | {"when": "fee < 0 and fee > 1"}], language="en")[0].en
    never = samples.faults([line("Hi"), line("{% if agent > 3 %}x{% endif %}")], language="en")
    assert "no customer would ever hear" in never[0].en
    assert samples.faults([line("{{ fee|money }}") | {"when": "fee > 100000"}, line("Hi")], language="zh") == []


def test_both_languages_name_the_same_figures() -> None:
    english, chinese = [line("{{ fee|money }}", mandatory=True)], [line("月费")]
    apart = shapes.twin_faults(english, chinese, language="zh-hans")
    assert ["fee" in apart[0].en, "must be said" in apart[1].en] == [True, True]
    assert shapes.twin_faults(english, [line("月费{{ fee|money }}", mandatory=True)], language="zh-hans") == []


def test_objections_are_found_in_other_words() -> None:
    known = [
        objections.Answered(kind="too_dear", says="这个太贵了", answers=("我们看一下账单。",)),
        objections.Answered(kind="rival", says="I can get it cheaper elsewhere", answers=("May I see the offer?",)),
        objections.Answered(kind="think", says="我再考虑一下", answers=("当然可以。",)),
    ]

    def kinds(asked: str) -> list[str]:
        return [one.kind for one in objections.search(asked, known)]

    assert kinds("太贵")[0] == "too_dear"
    assert kinds("cheaper with somebody elsewhere")[0] == "rival"
    assert kinds("考虑考虑再说")[0] == "think"
    assert kinds("xylophone") == []
    assert len(kinds("")) == 3
    assert shapes.objection_faults([{"kind": "too_dear", "says": "贵", "answers": ["好"]}]) == []
    wrong: list[Any] = [
        "x",
        [{}],
        [{"kind": "x", "says": "a", "answers": ["b"]}],
        [{"kind": "rival", "says": "a", "answers": []}],
    ]
    for bad in wrong:
        assert shapes.objection_faults(bad)


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
