"""One line of the contract, and the problems that kinds of addresses share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from drf_spectacular.utils import OpenApiParameter

Json = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Operation:
    """One line of the contract. `answers` is status → shape and example; `problems` are codes of problems.CODES."""

    tag: str
    summary: str
    description: str = ""
    answers: Mapping[int | tuple[int, str], tuple[Any, Any]]  # the status, or it with a media type that is not JSON
    problems: tuple[str, ...] = ()
    example: Any = None  # of the request
    repeatable: bool = False  # takes Idempotency-Key
    conditional: bool = False  # takes If-Match
    query: tuple[OpenApiParameter, ...] = field(default=())


EVERYWHERE = ("unauthorised", "scope_missing", "rate_limited", "unavailable")
READS = (*EVERYWHERE, "not_found")
WRITES = (*READS, "malformed", "unsupported_type", "too_large", "invalid_field", "unknown_field")
COMMANDS = (*WRITES, "illegal_transition", "version_conflict", "in_progress", "idempotency_mismatch")
# Commands on what has no states of its own.
PLAIN_COMMANDS = (*WRITES, "in_progress", "idempotency_mismatch")


def parameter(name: str, text: str, *, kind: Any = str, words: Any = None, default: Any = None) -> OpenApiParameter:
    return OpenApiParameter(name, kind, description=text, enum=words, default=default)


def whole(name: str, text: str, *, least: int, most: int, default: int) -> OpenApiParameter:
    shape = {"type": "integer", "minimum": least, "maximum": most, "default": default}
    return OpenApiParameter(name, shape, description=text)


def patterned(
    name: str, text: str, pattern: str, *, location: Literal["query", "header"] = "query"
) -> OpenApiParameter:
    return OpenApiParameter(name, {"type": "string", "pattern": pattern}, location, description=text)


LIMIT = whole("limit", "1–200.", least=1, most=200, default=50)
WAIT = whole("wait", "0–25 seconds.", least=0, most=25, default=0)
CURSOR = r"^[^:]+:[0-9]{1,18}$"
