"""Conditions in words, as the customer page gives them for a reason."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils.translation import override

from callcenter.backoffice.conditions import in_words
from customers.insight import tags
from customers.insight.tag_rules import RULES
from customers.segments.grammar import parse

SAID: list[tuple[dict[str, Any], str, str]] = [
    (RULES[tags.SENIOR], "Age ≥ 60 years", "年龄 ≥ 60 岁"),
    (
        {"any": [{"not": {"field": "age", "op": "is_missing"}}, RULES[tags.LIGHT_USER]]},
        "not (Age is not known) or (Data, mean of 3 months < 1 GB and Talk, mean of 3 months < 60 minutes)",
        "非 (年龄 未知) 或 (近三月平均流量 < 1 GB 且 近三月平均通话 < 60 分钟)",
    ),
    (
        {"count": "complaint", "days": 90, "op": ">=", "value": 2, "channel": "voice"},
        "Complaints (Telephone call) in 90 days ≥ 2",
        "投诉 (电话) 90天内 ≥ 2",
    ),
    (
        {"field": "level", "op": "in", "value": ["gold", "silver"]},
        "Membership level is one of Gold, Silver",
        "会员等级 属于 金卡, 银卡",
    ),
]


def test_tags_products_and_relations_are_said_by_name() -> None:
    home = {"related": "household", "any": [{"field": "tags", "op": "has_any", "value": ["vip", "gamer"]}]}
    tree = {
        "all": [home, {"field": "plan", "op": "=", "value": "plan-59"}, {"field": "region", "op": "=", "value": "vip"}]
    }
    names = {"vip": "Very dear", "plan-59": "All you need"}
    with override("en"):
        assert in_words(parse(tree), names=names) == (
            "somebody else in the household for whom Tags has any of Very dear, gamer and Main plan = All you need"
            " and Region = vip"
        )


@pytest.mark.parametrize(("tree", "english", "chinese"), SAID)
def test_a_condition_is_said_in_the_reader_s_language(tree: dict[str, Any], english: str, chinese: str) -> None:
    with override("en"):
        assert in_words(parse(tree)) == english
    with override("zh-hans"):
        assert in_words(parse(tree)) == chinese


def test_money_is_said_in_yuan() -> None:
    with override("en"):
        told = in_words(parse({"field": "bill_fen", "op": "between", "value": [5_000, 12_050]}))
    assert told.endswith("between 50 yuan and 120.5 yuan")
