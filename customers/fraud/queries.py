"""Cases for those who decide them, and what one customer's page says."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from callcenter.foundation import masks
from customers.fraud.models import FraudCase
from customers.fraud.signals import BY_KEY, Signal


@dataclass(frozen=True, kw_only=True)
class Sign:
    """One sign of a case: which, how strong (0 … 1), and the numbers behind it."""

    signal: Signal
    strength: float
    evidence: dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Case:
    """A case as reviewers see it; name masked."""

    id: int
    customer_id: UUID
    masked_name: str
    region: str
    state: str
    score: float
    signs: tuple[Sign, ...]
    opened_at: datetime
    decided_by: str
    decided_at: datetime | None
    reason: str


def open_cases(*, most: int = 50) -> list[Case]:
    """What waits or was confirmed, the highest score first."""
    found = FraudCase.objects.exclude(state=FraudCase.State.CLEARED).select_related("customer")
    return [_case(row) for row in found.order_by("-score", "id")[:most]]


def closed_cases(*, most: int = 20) -> list[Case]:
    """What was cleared, newest first."""
    found = FraudCase.objects.filter(state=FraudCase.State.CLEARED).select_related("customer")
    return [_case(row) for row in found.order_by("-decided_at", "-pk")[:most]]


def case_of(*, customer_id: UUID) -> Case | None:
    """The case of a customer that waits or was confirmed; None where nothing is held against them."""
    found = FraudCase.objects.exclude(state=FraudCase.State.CLEARED).filter(customer=customer_id)
    row = found.select_related("customer").first()
    return None if row is None else _case(row)


def needs_check(*, customer_id: UUID) -> bool:
    """Whether whoever speaks with this customer verifies the identity first. Nothing more is told, nobody is accused."""
    return FraudCase.objects.filter(customer=customer_id).exclude(state=FraudCase.State.CLEARED).exists()


def _case(row: FraudCase) -> Case:
    return Case(
        id=row.pk, customer_id=row.customer_id, masked_name=masks.person(row.customer.name), region=row.customer.region,
        state=row.state, score=row.score, opened_at=row.opened_at, decided_by=row.decided_by,
        decided_at=row.decided_at, reason=row.reason,
        signs=tuple(
            Sign(signal=BY_KEY[one["kind"]], strength=one["strength"], evidence=one["evidence"])
            for one in row.evidence if one["kind"] in BY_KEY
        ),
    )  # fmt: skip
