"""Segments of customers as a filter of paths: who stands in one now, as the path store knows callers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import get_language

import customers.segments.queries
import customers.segments.standing
from callcenter.foundation.bilingual import spoken
from callcenter.foundation.errors import NotFound
from callcenter.foundation.numbers import whole
from ivr.paths.operations import caller_of


@dataclass(frozen=True, kw_only=True)
class Chosen:
    """The segment that the address names."""

    id: int
    name: str
    callers: frozenset[int]


def offered() -> tuple[tuple[int, str], ...]:
    """Every segment in use: number and name."""
    return tuple((one.pk, _name(one.name)) for one in customers.segments.queries.segments())


def chosen(text: str, *, now: datetime) -> Chosen | None:
    """Its customers at this moment; None where the address names no segment that there is."""
    number = whole(text)
    if number is None:
        return None
    try:
        segment, _versions = customers.segments.queries.segment(segment_id=number)
        found = customers.segments.standing.everybody(segment_id=segment.pk, now=now)
    except NotFound:
        return None
    return Chosen(
        id=segment.pk,
        name=_name(segment.name),
        callers=frozenset(number for who in found if (number := caller_of(who)) is not None),
    )


def _name(name: str) -> str:
    return spoken(name, language=get_language() or "en")
