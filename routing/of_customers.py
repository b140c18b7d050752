"""Calls by the customer they belong to: read and re-pointed when two customers turn out to be one."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from routing.models import Call
from routing.states import ENDED_CALL


def open_calls(*, customer_id: UUID) -> list[UUID]:
    """Calls of this customer that are not over."""
    return list(Call.objects.filter(customer=customer_id).exclude(state__in=ENDED_CALL).values_list("pk", flat=True))


def numbers_of(*, calls: Iterable[UUID]) -> dict[UUID, str]:
    """By which number each of these calls came in; withheld ones are left out."""
    found = Call.objects.filter(pk__in=list(calls)).exclude(from_e164="")
    return dict(found.values_list("pk", "from_e164"))
