"""Every code that can reach an integrator is explained on the page of error codes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.db import InternalError
from django.test import RequestFactory

from callcenter.foundation import errors
from callcenter.telephony.problems import CODES, handler

ROOT = Path(__file__).resolve().parents[3]
# What an item of a batch may be told, beside the codes of whole requests.
OF_ITEMS = {"unreadable", "too_old"}
# Never on the API: a form of our own pages.
ELSEWHERE = {"agent_not_free", "forbidden", "refused"}


def test_no_code_is_unexplained() -> None:
    sources = [
        *(ROOT / "routing" / "operations").rglob("*.py"),
        *(ROOT / "callcenter" / "telephony").rglob("*.py"),
        *(ROOT / "callcenter" / "hall").glob("*.py"),
        ROOT / "callcenter" / "foundation" / "idempotency.py",
    ]
    used = {code for path in sources for code in re.findall(r'code="([a-z_]+)"', path.read_text("utf-8"))}
    own = {kind.code for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, errors.Refused)}
    assert "illegal_transition" in own
    assert (used | own) - OF_ITEMS - ELSEWHERE <= set(CODES)


def test_codes_and_status_agree_with_the_refusals() -> None:
    for kind in (errors.NotFound, errors.Conflict, errors.Gone, errors.Invalid, errors.Unavailable):
        assert CODES[kind.code][0] == kind.status


@pytest.mark.parametrize(("sqlstate", "status"), [("25P03", 503), ("25P04", 503), ("XX000", None)])
def test_a_transaction_cut_off_for_standing_still_is_to_be_repeated(sqlstate: str, status: int | None) -> None:
    """A starved web process: the database gave its transaction up, and a switch is told when to come back."""
    error = InternalError("terminating connection due to idle-in-transaction timeout")
    error.__cause__ = type("Cut", (Exception,), {"sqlstate": sqlstate})()
    response = handler(error, {"request": RequestFactory().get("/api/v1/calls")})
    assert (response.status_code if response is not None else None) == status
    assert status is None or (response is not None and response["Retry-After"] == "2")
