"""Every code that can reach an integrator is explained on the page of error codes."""

from __future__ import annotations

import re
from pathlib import Path

from callcenter.foundation import errors
from callcenter.telephony.problems import CODES

ROOT = Path(__file__).resolve().parents[3]
# What an item of a batch may be told, beside the codes of whole requests.
OF_ITEMS = {"unreadable", "too_old"}
# Never on the API: a form of our own pages.
ELSEWHERE = {"agent_not_free", "forbidden", "refused"}


def test_no_code_is_unexplained() -> None:
    sources = [
        *(ROOT / "routing" / "operations").rglob("*.py"),
        *(ROOT / "callcenter" / "telephony").rglob("*.py"),
        ROOT / "callcenter" / "call_flow.py",
        ROOT / "callcenter" / "foundation" / "idempotency.py",
    ]
    used = {code for path in sources for code in re.findall(r'code="([a-z_]+)"', path.read_text("utf-8"))}
    own = {kind.code for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, errors.Refused)}
    assert "illegal_transition" in own
    assert (used | own) - OF_ITEMS - ELSEWHERE <= set(CODES)


def test_codes_and_status_agree_with_the_refusals() -> None:
    for kind in (errors.NotFound, errors.Conflict, errors.Gone, errors.Invalid, errors.Unavailable):
        assert CODES[kind.code][0] == kind.status
