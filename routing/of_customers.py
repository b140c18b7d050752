"""Calls by the customer they belong to: read and re-pointed when two customers turn out to be one."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from uuid import UUID

from django.db.models import Q

from routing.callback_models import Callback
from routing.callbacks import LIVE_CALLBACK
from routing.models import Call, ExcludedPair
from routing.states import ENDED_CALL


def open_calls(*, customer_id: UUID) -> list[UUID]:
    """Calls of this customer that are not over."""
    return list(Call.objects.filter(customer=customer_id).exclude(state__in=ENDED_CALL).values_list("pk", flat=True))


def numbers_of(*, calls: Iterable[UUID]) -> dict[UUID, str]:
    """By which number each of these calls came in; withheld ones are left out."""
    found = Call.objects.filter(pk__in=list(calls)).exclude(from_e164="")
    return dict(found.values_list("pk", "from_e164"))


def calls_of(*, customers: Collection[UUID], numbers: Collection[str] = ()) -> list[UUID]:
    """Every call of these customers, over or not, and those that came in by one of these numbers."""
    theirs = Q(customer__in=customers) | Q(from_e164__in=numbers) if numbers else Q(customer__in=customers)
    return list(Call.objects.filter(theirs).values_list("pk", flat=True))


def written(*, numbers: Collection[str]) -> list[str]:
    """These numbers as switches wrote them, blanks and all."""
    found = Call.objects.filter(from_e164__in=numbers).exclude(from_number="")
    return sorted(set(found.values_list("from_number", flat=True)))


def live_callbacks(*, calls: Iterable[UUID], numbers: Iterable[str]) -> list[UUID]:
    """Promises to ring these callers back that still stand."""
    theirs = Q(origin__in=list(calls)) | Q(number__in=list(numbers))
    return list(Callback.objects.filter(theirs, state__in=LIVE_CALLBACK).values_list("pk", flat=True))


def forget(*, customers: Collection[UUID], calls: Collection[UUID], numbers: Collection[str]) -> dict[str, int]:
    """Take out of calls and callbacks whose they were: numbers as they came, what switches told, facts, wishes.

    The calls stay as work that was done, with their times, and name nobody. Rows changed, by table.
    """
    theirs = Q(pk__in=calls) | Q(from_e164__in=numbers)
    blanked = {"from_number": "", "from_e164": "", "attributes": {}, "facts": {}}
    incoming = Call.objects.filter(theirs, direction="in").update(**blanked)
    outgoing = Call.objects.filter(Q(pk__in=calls) | Q(to_number__in=numbers)).exclude(direction="in")
    called = outgoing.update(**blanked, to_number="")
    promised = Callback.objects.filter(Q(origin__in=calls) | Q(number__in=numbers)).update(number="")
    apart = ExcludedPair.objects.filter(customer__in=customers).delete()[0]
    counts = {"routing_call": incoming + called, "routing_callback": promised, "routing_excludedpair": apart}
    return {table: count for table, count in counts.items() if count}
