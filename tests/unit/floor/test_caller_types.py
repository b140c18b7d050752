"""Kinds of callers are read in words, also where a tag arose by itself."""

from __future__ import annotations

import pytest
from django.utils.translation import override

from callcenter.floor.caller_types import caller_type


@pytest.mark.parametrize(
    ("name", "english", "chinese"),
    [
        ("tag:likes:short_video", "Likes short video", "喜好：短视频"),
        ("tag:own_tag", "own_tag", "own_tag"),
        ("value:gold", "value: Gold", "价值：金卡"),
    ],
)
def test_a_kind_of_caller_in_words(name: str, english: str, chinese: str) -> None:
    with override("en"):
        assert caller_type(name) == english
    with override("zh-hans"):
        assert caller_type(name) == chinese
