"""What the catalogue refuses is said in Chinese as well: every sentence of the room, with the same gaps."""

from __future__ import annotations

import ast
from pathlib import Path
from string import Formatter

import pytest

from customers.catalogue.reading import TariffRefused
from customers.catalogue.refusals import CHINESE
from customers.catalogue.tariff import parse_tariff

ROOM = Path(__file__).resolve().parents[3] / "customers"
TELLERS = {"TariffRefused": 1, "RulesRefused": 1, "refuse": 1, "NotRatable": 0, "Sentence": 0}


def _told() -> set[str]:
    found = set()
    for file in (*(ROOM / "catalogue").glob("*.py"), ROOM / "offers/contact/terms.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                name = getattr(node.func, "id", getattr(node.func, "attr", ""))
                said = node.args[TELLERS[name] :][:1] if name in TELLERS else []
                found |= {one.value for one in said if isinstance(one, ast.Constant) and isinstance(one.value, str)}
    return found


def _gaps(sentence: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(sentence) if name}


def test_every_refusal_of_the_room_has_chinese_words_with_the_same_gaps() -> None:
    told = _told()
    assert len(told) > 80
    assert not sorted(told - CHINESE.keys())
    assert not [english for english, chinese in CHINESE.items() if _gaps(english) != _gaps(chinese)]


def test_a_refused_plan_tells_place_and_reason_in_both_languages() -> None:
    bucket = {"service": "voice", "amount": 100, "unit": "minute"}
    with pytest.raises(TariffRefused) as refused:
        parse_tariff({"code": "x", "fee": 100, "buckets": [bucket]})
    assert refused.value.placed("en").startswith("overage: voice (national) past its allowance has no price")
    assert refused.value.placed("zh-hans").startswith("overage: 语音（全国）超出套内后没有价格")
