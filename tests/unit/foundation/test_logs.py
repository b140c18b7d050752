"""What reaches the log keeps ids and loses people."""

from __future__ import annotations

import json
import logging
import sys
from typing import Any
from uuid import UUID

import pytest

from callcenter.foundation.logs import JsonFormatter, redact
from callcenter.foundation.middleware import request_id

CALL = UUID("0190a1b2-1234-7567-8901-123456789012")


@pytest.mark.parametrize(
    "personal",
    [
        "13800138000",
        "+8613800138000",
        "138 0013 8000",
        "138-0013-8000",
        "+1 202 555 0143 0199",
        "010-62771234",
        "11010519491231002X",
        "6222 0212 3456 7890",
        "6222021234567890123",
        "mrs.chen@example.cn",
    ],
)
def test_numbers_and_addresses_of_people_are_taken_out(personal: str) -> None:
    for text in (personal, f"caller {personal} waits", f"from_number='{personal}'", f"({personal})", f"tel:{personal}"):
        assert personal not in redact(text)
        assert personal[-4:] not in redact(text)


@pytest.mark.parametrize(
    "kept",
    [
        f"call {CALL} queued",
        f"call c_{CALL.hex} queued",
        "r_11111111222222223333333344444444",
        "at 2026-11-22 01:15:02.123456",
        "at 2026-11-22T01:15:02.123Z",
        'File "callcenter/live/hub.py", line 123, in _look',
        "23505 unique_violation",
        "user:17 key:ab12cd34",
    ],
)
def test_our_own_ids_instants_and_places_are_kept(kept: str) -> None:
    assert redact(kept) == kept


def test_the_detail_of_a_database_error_is_dropped_in_either_language() -> None:
    text = 'duplicate key value violates unique constraint "once"\nDETAIL:  Key (name)=(张三) already exists.\n详细信息: 张三'
    assert "张三" not in redact(text)
    assert "once" in redact(text)
    assert redact("DETAIL:  Key (note)=(张三\n李四) already exists.\n\nDuring") == "DETAIL: …\n\nDuring"


def line(**extra: Any) -> dict[str, Any]:
    record = logging.LogRecord("zhiyin", logging.INFO, "x.py", 1, "call from %s", ("13800138000",), None)
    record.__dict__.update(extra)
    parsed: dict[str, Any] = json.loads(JsonFormatter().format(record))
    return parsed


def test_a_line_is_json_with_the_requests_id_and_no_number() -> None:
    token = request_id.set("req-12345678")
    try:
        told = line(call=str(CALL), number="13800138000", wanted={"to": "13800138000"}, request=object())
    finally:
        request_id.reset(token)
    assert told["request"] == "req-12345678"
    assert told["call"] == str(CALL)
    assert "13800138000" not in json.dumps(told)


def test_an_exceptions_text_is_cleaned_too_and_stays_one_line() -> None:
    text = "no such number: 13800138000\nDETAIL:  Key (phone)=(张三)"
    try:
        raise ValueError(text)
    except ValueError:
        record = logging.LogRecord("zhiyin", logging.ERROR, "x.py", 1, "failed", (), sys.exc_info())
    written = JsonFormatter().format(record)
    assert "\n" not in written
    assert "13800138000" not in written
    assert "张三" not in written
    assert "ValueError" in written
