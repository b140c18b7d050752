"""Structured logs: one JSON object a line, ids only; a personal value never belongs in a message.

Where one slips in all the same (a driver's error text, a typed number), the last step before the line is written takes
it out: what looks like a phone, card or identity number, an e-mail address, or the DETAIL of a database error.
"""

from __future__ import annotations

import json
import logging
import re
from datetime import UTC, datetime
from typing import Any

from callcenter.foundation.middleware import request_id

_STANDARD = frozenset(logging.LogRecord("", 0, "", 0, "", (), None).__dict__) | {"message", "asctime", "taskName"}

# Our own ids and instants hold long runs of digits too: they are matched first, and kept.
_PERSONAL = re.compile(
    r"""
    (?P<keep>
        \b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b      # UUID
      | \b(?:[a-z]{1,3}_)?[0-9a-f]{32,64}\b                                   # c_…, digests
      | \b\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?)?               # instants
      | \bline\ \d+\b | \b0x[0-9a-f]+\b                                       # places in programs
    )
  | [\w.+-]+@[\w-]+(?:\.[\w-]+)+                                              # e-mail
  | \+?\d{1,4}[ -]\d{3,4}[ -]\d{4}(?:[ -]\d{4})*                              # numbers written in groups
  | \+?\d{7,}[Xx]?                                                            # any long run of digits
    """,
    re.VERBOSE,
)
# PostgreSQL repeats the row's values there: `Key (phone)=(…) already exists.`
# A value may hold newlines: all goes, up to the error's next part.
_DETAIL = re.compile(
    r"(DETAIL|CONTEXT|详细信息|上下文):.*?(?=\n\n|\n(?:HINT|LINE|CONTEXT|提示|上下文)\b|\Z)", re.DOTALL
)


def redact(text: str) -> str:
    """The text without what looks personal."""
    text = _DETAIL.sub(r"\1: …", text)
    return _PERSONAL.sub(lambda found: found.group("keep") or "…", text)


def _clean(value: Any) -> Any:
    """The same for what hangs on a record, however deep."""
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, dict):
        return {str(key): _clean(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_clean(inner) for inner in value]
    return value if value is None or isinstance(value, (bool, int, float)) else redact(str(value))


class JsonFormatter(logging.Formatter):
    """`logger.info("call queued", extra={"call": …})` becomes one line with time, level, logger, request and extras."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, tz=UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": redact(record.getMessage()),
        }
        if request_id.get():
            line["request"] = request_id.get()
        # Django hangs the request itself on its records: an object, and full of what nobody asked to log.
        extras = {key: value for key, value in record.__dict__.items() if key not in _STANDARD and key != "request"}
        line |= _clean(extras)
        if record.exc_info:
            line["exception"] = redact(self.formatException(record.exc_info))
        return json.dumps(line, ensure_ascii=False)
