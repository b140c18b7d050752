"""What of the API goes away, when, and what stands in its place: one table, told in every answer that it concerns.

The rules: `/api/v1` only grows, so an entry comes with its successor, and stands twelve months at least before its end.
Headers: `Deprecation` (RFC 9745), `Sunset` (RFC 8594), `Link` to the documentation. The contract marks the operation, and each
use is counted by key.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from prometheus_client import Counter

LEAST = timedelta(days=365)
USES = Counter("zhiyin_deprecated_requests_total", "Requests that use what goes away", ["what", "key"])
_DOCS = "/api/docs/"


@dataclass(frozen=True, kw_only=True)
class Going:
    """One address or field that goes away."""

    since: date  # the day on which its successor stood beside it
    until: date  # the first day on which it may be gone
    instead: str  # a sentence for the contract: what to use

    def __post_init__(self) -> None:
        if self.until - self.since < LEAST:
            raise ValueError("What goes away stands for twelve months at least beside its successor.")


# `operation`, or `operation.field` of its body or query. Operations by the names of the contract.
TABLE: Mapping[str, Going] = {}


def concerned(operation: str, fields: Collection[str]) -> Iterator[tuple[str, Going]]:
    """The entries that a request of this operation with these fields uses."""
    for name in (operation, *(f"{operation}.{field}" for field in fields)):
        if name in TABLE:
            yield name, TABLE[name]


def headers(going: Collection[Going]) -> dict[str, str]:
    """What the answer says: since the first of them, until the first of them. None where nothing goes away."""
    if not going:
        return {}
    since, until = min(one.since for one in going), min(one.until for one in going)
    return {
        "Deprecation": f"@{int(_midnight(since).timestamp())}",
        "Sunset": _midnight(until).strftime("%a, %d %b %Y %H:%M:%S GMT"),
        "Link": f'<{_DOCS}>; rel="deprecation"; type="text/html", <{_DOCS}>; rel="sunset"; type="text/html"',
    }


def note(operation: str) -> str:
    """What the contract adds to the description of an operation; "" where nothing of it goes away."""
    names = [name for name in TABLE if name == operation or name.startswith(f"{operation}.")]
    said = (f"`{name}` goes away on {TABLE[name].until.isoformat()}: {TABLE[name].instead}" for name in sorted(names))
    return " ".join(said)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=UTC)
