"""What a switch is told in English, its engineer reads in Chinese."""

from __future__ import annotations

import re

import pytest
from django.utils.translation import override

from callcenter.telephony.dialects import words
from callcenter.telephony.inspecting import ApiRequest
from callcenter.telephony.pages.inspector import ANSWERS, SENTENCES, seen
from callcenter.telephony.problems import CODES

CHINESE = re.compile(r"[\u4e00-\u9fff]")


def _seen(sentence: str, code: str = "", answer: str = "") -> tuple[str, str, str]:
    row = seen([ApiRequest(sentence=sentence, code=code, answer=answer, status=422)])[0]
    return row.does, row.reason, row.verbatim


@pytest.mark.parametrize(
    ("english", "chinese"),
    [
        ("There is no queue 'biling' in main.", "路由域 main 中没有队列 'biling'。"),
        ("/from: This field is required.", "/from: 该字段是必填项。"),
        ("/by: 'me' is none of caller, agent, network.", "/by: 'me' 不是可选的值；可选：caller, agent, network。"),
        ("A request of this dialect holds the field CallSid.", "这种方言的请求必须带字段 CallSid。"),
    ],
)
def test_a_known_reason_keeps_what_stands_in_it(english: str, chinese: str) -> None:
    with override("zh-hans"):
        assert _seen(english, "invalid_field") == ("", chinese, "")
    with override("en"):
        assert _seen(english, "invalid_field") == ("", english, "")


def test_an_unknown_reason_stands_behind_the_meaning_of_its_code() -> None:
    with override("zh-hans"):
        _, reason, verbatim = _seen("A vendor's own words.", "unknown_queue")
    assert CHINESE.search(reason)
    assert verbatim == "A vendor's own words."


def test_all_that_is_said_has_its_chinese() -> None:
    known = {one.__name__.lower() for one in words.Answer.__args__} | {"dialplan"}
    assert set(ANSWERS) == known - {"again"}
    with override("zh-hans"):
        said = [str(one) for one in (*SENTENCES.known, *ANSWERS.values())]
        meanings = [_seen("A vendor's own words.", code)[1] for code in CODES]
    assert [one for one in said + meanings if not CHINESE.search(one)] == []
