"""Who of several is most likely meant."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from customers.identity.ranking import score

NOW = datetime(2026, 11, 22, 2, tzinfo=UTC)


@pytest.mark.parametrize(
    ("role", "verified", "days", "expected"),
    [
        ("user", True, 0, 6.0),
        ("user", False, 90, 4.5),
        ("holder", False, None, 3.0),
        ("payer", True, 180, 3.25),
        ("contact", False, -3, 2.0),  # a clock ahead of ours counts as today
        ("neighbour", False, None, 0.0),
    ],
)
def test_role_then_proof_then_recency(role: str, verified: bool, days: int | None, expected: float) -> None:
    seen = None if days is None else NOW - timedelta(days=days)
    assert score(role=role, verified=verified, last_seen_at=seen, now=NOW) == pytest.approx(expected)
