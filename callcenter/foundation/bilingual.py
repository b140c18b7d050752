"""Names that people give, written in both languages as `Private customers / 个人客户`: each reader sees their own."""

from __future__ import annotations

import re

_BETWEEN = re.compile(r"\s+/\s+")
_CHINESE = re.compile(r"[\u4e00-\u9fff]")


def spoken(name: str, *, language: str) -> str:
    """The half of a name in the reader's language; a name in one language, or of another shape, as it stands."""
    halves = _BETWEEN.split(name)
    chinese = [half for half in halves if _CHINESE.search(half)]
    if len(halves) != 2 or len(chinese) != 1:
        return name
    (other,) = (half for half in halves if half not in chinese)
    return chinese[0] if language.startswith("zh") else other
