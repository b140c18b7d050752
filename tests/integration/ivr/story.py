"""Mrs Chen, Zhang San and others in the menus: path events as a switch sends them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid5

from ivr.results import PathEventIn

NINE = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)  # nine in the morning at the site
_NAMES = UUID("0d2d9c1c-6d0a-4b8e-8f5e-3f1d7c2b9a10")


def call_of(name: str) -> UUID:
    return uuid5(_NAMES, name)


def said(name: str, seconds: float, kind: str, node: str = "", key: str = "", **more: object) -> PathEventIn:
    """One event of the call of this name, seconds after nine."""
    facts: dict[str, object] = {
        "call_id": call_of(name),
        "source": "main-trunk",
        "external_id": name,
        "t": NINE + timedelta(seconds=seconds),
        "kind": kind,
        "node": node,
        "key": key,
    }
    return PathEventIn(**(facts | more))  # type: ignore[arg-type]


def asks_for_bill(name: str, at: float = 0) -> list[PathEventIn]:
    """Language, main menu, bills, a charge not recognised: then the queue."""
    return [
        said(name, at, "enter", "language"),
        said(name, at + 4, "key", "language", "1"),
        said(name, at + 4, "enter", "main"),
        said(name, at + 9, "key", "main", "1"),
        said(name, at + 9, "enter", "billing"),
        said(name, at + 16, "key", "billing", "5"),
        said(name, at + 16, "enter", "queue_billing"),
        said(name, at + 18, "transfer", "queue_billing"),
    ]
