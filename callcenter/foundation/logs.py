"""Structured logs: one JSON object a line, ids only; a personal value never belongs in a message."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime

from callcenter.foundation.middleware import request_id

_STANDARD = frozenset(logging.LogRecord("", 0, "", 0, "", (), None).__dict__) | {"message", "asctime", "taskName"}


class JsonFormatter(logging.Formatter):
    """`logger.info("call queued", extra={"call": …})` becomes one line with time, level, logger, request and extras."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "at": datetime.fromtimestamp(record.created, tz=UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if request_id.get():
            line["request"] = request_id.get()
        line |= {key: value for key, value in record.__dict__.items() if key not in _STANDARD and key != "request"}
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, default=str, ensure_ascii=False)
