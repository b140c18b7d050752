"""The points and the levels of one customer as they came about, for the 360 page and the API."""

from __future__ import annotations

from uuid import UUID

from customers.insight.membership_models import LevelTerm, PointsEntry

MOST = 20


def entries(*, customer_id: UUID, most: int = MOST) -> list[PointsEntry]:
    """Movements of points, newest first. One statement."""
    return list(PointsEntry.objects.filter(customer=customer_id).order_by("-at", "-pk")[:most])


def terms(*, customer_id: UUID, most: int = MOST) -> list[LevelTerm]:
    """Levels held, newest first. One statement."""
    return list(LevelTerm.objects.filter(customer=customer_id).order_by("-since", "-pk")[:most])
