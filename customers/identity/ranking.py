"""Who is most likely meant when several people share an identifier. Pure."""

from __future__ import annotations

from datetime import datetime

_ROLES = {"user": 4.0, "holder": 3.0, "payer": 2.0, "contact": 1.0}
_HALF_LIFE_DAYS = 90.0


def score(*, role: str, verified: bool, last_seen_at: datetime | None, now: datetime) -> float:
    """Role (user 4, holder 3, payer 2, contact 1) + verified 1 + 2^(−days since last contact on it / 90)."""
    recency = 0.0
    if last_seen_at is not None:
        days = max((now - last_seen_at).total_seconds() / 86_400, 0.0)
        recency = 2.0 ** (-days / _HALF_LIFE_DAYS)
    return _ROLES.get(role, 0.0) + (1.0 if verified else 0.0) + recency
