"""The desk's keys: what stands on the screen together never claims one key twice."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import callcenter.console

TEMPLATES = Path(callcenter.console.__file__).parent / "templates" / "console"
IN_A_CALL = (
    "parts/call", "parts/state_menu", "pop/identity", "pop/offers", "pop/script", "pop/objections", "pop/timeline",
    "pop/ring", "pop/wrap_up",
)  # fmt: skip
_KEY = re.compile(r'data-key="([^"]+)"')


def _keys(name: str) -> set[str]:
    return set(_KEY.findall((TEMPLATES / f"{name}.html").read_text()))


def test_no_two_parts_of_the_screen_claim_one_key() -> None:
    """Within a part the stage of the call chooses; two parts are there at once, and the first would win."""
    claims = Counter(key for name in IN_A_CALL for key in _keys(name))
    assert claims and [key for key, times in claims.items() if times > 1] == []


def test_each_key_of_these_parts_is_among_the_ones_looked_at() -> None:
    named = {path.relative_to(TEMPLATES).with_suffix("").as_posix() for path in TEMPLATES.rglob("*.html")}
    bearing = {name for name in named if _keys(name)}
    assert bearing == {name for name in IN_A_CALL if _keys(name)} | {"parts/idle"}
