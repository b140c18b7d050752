"""A name that people gave, for readers of two languages."""

from __future__ import annotations

import pytest

from callcenter.foundation.bilingual import spoken


@pytest.mark.parametrize(
    ("name", "en", "zh"),
    [
        ("Private customers / 个人客户", "Private customers", "个人客户"),
        ("个人客户 / Private customers", "Private customers", "个人客户"),
        ("Gold 金卡", "Gold 金卡", "Gold 金卡"),
        ("Fibre / TV", "Fibre / TV", "Fibre / TV"),
        ("宽带 / 电视", "宽带 / 电视", "宽带 / 电视"),
        ("5G/4G", "5G/4G", "5G/4G"),
        ("a / b / 三", "a / b / 三", "a / b / 三"),
        ("", "", ""),
    ],
)
def test_each_reader_sees_their_half_and_any_other_name_as_it_stands(name: str, en: str, zh: str) -> None:
    assert (spoken(name, language="en"), spoken(name, language="zh-hans")) == (en, zh)
