"""The event log as integrators read it: by cursor, in publishing order, without a gap."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from fnmatch import fnmatchcase
from functools import reduce
from operator import or_
from typing import Any

from django.db import connection
from django.db.models import Max, Min, Q

import routing.queries
from callcenter.foundation.errors import Gone, Invalid
from callcenter.foundation.models import Event
from callcenter.foundation.numbers import whole
from callcenter.telephony import answers, tail
from routing.states import LIVE_RESERVATION

Json = dict[str, Any]
_ALL = 100_000  # more than a domain can hold alive


@dataclass(frozen=True, kw_only=True)
class Reader:
    """Who reads what: one domain, some types (all if empty), `limit` events at a time."""

    domain: str
    types: tuple[str, ...]
    limit: int


def cursor(domain: str, seq: int) -> str:
    """`main:1042`: after the 1042nd published event, as the domain `main` sees it."""
    return f"{domain}:{seq}"


def newest() -> int:
    """The number published last; 0 before the first."""
    return tail.newest_number()


def position(text: str, *, domain: str) -> int:
    """The number behind a cursor. Raises Invalid for what is none, Gone (cursor_expired) for one no longer kept."""
    prefix, _, digits = text.rpartition(":")
    number = whole(digits) if prefix == domain else None
    if number is not None and (news := tail.here()) is not None and news.floor <= number <= news.position:
        return number  # most who ask were here a moment ago
    kept = Event.objects.aggregate(first=Min("feed_seq"), last=Max("feed_seq"))
    first, last = kept["first"] or 1, kept["last"] or 0
    if not text:
        return first - 1
    if number is None:
        raise Invalid(f"`after` is a cursor like {cursor(domain, last)}.", field="/after")
    if not first - 1 <= int(number) <= last:
        raise Gone(
            "Events at this cursor are not kept (any more): take a snapshot and go on from its cursor.",
            code="cursor_expired",
            sync="/api/v1/sync",
        )
    return int(number)


def rows(reader: Reader, *, after: int) -> tuple[list[Event], int]:
    """The next events after a number, and the number up to which nothing is missing."""
    last = newest()  # read first: what is published meanwhile belongs to the next page
    told = Event.objects.filter(feed_seq__gt=after, feed_seq__lte=last, domain=reader.domain)
    if reader.types:
        told = told.filter(_of_types(reader.types))
    found = list(told.order_by("feed_seq")[: reader.limit])
    full = len(found) == reader.limit
    return found, (found[-1].feed_seq or 0) if full else max(last, after)


def is_for(reader: Reader, row: Event) -> bool:
    """Whether this event is among those a reader asked for."""
    return row.domain == reader.domain and (
        not reader.types or any(fnmatchcase(row.type, word) for word in reader.types)
    )


def page(reader: Reader, *, after: int) -> Json:
    """The next events after a number, and the cursor to ask with next."""
    found, upto = rows(reader, after=after)
    return told(reader, found, upto)


def told(reader: Reader, found: list[Event], upto: int) -> Json:
    """These events as a page, up to a number."""
    return {
        "events": [{"cursor": cursor(reader.domain, row.feed_seq or 0)} | answers.event(row) for row in found],
        "next": cursor(reader.domain, upto),
    }


def page_and_let_go(reader: Reader, after: int) -> Json:
    """`page` from a thread of its own that gives its connection back at once."""
    try:
        return page(reader, after=after)
    finally:
        connection.close()


def _of_types(types: Collection[str]) -> Q:
    def one(word: str) -> Q:
        return Q(type__startswith=word[:-1]) if word.endswith(".*") else Q(type=word)

    return reduce(or_, (one(word) for word in types))


def snapshot(*, domain: str, now: datetime) -> Json:
    """All that lives in a domain, and the cursor behind it. Inside one frozen transaction."""
    return {
        "cursor": cursor(domain, newest()),
        "at": answers.instant(now),
        "calls": [answers.call(view) for view in routing.queries.live_calls(domain=domain, limit=_ALL)],
        "reservations": [
            answers.reservation(view)
            for view in routing.queries.reservations(
                domain=domain, agent_id=None, states=tuple(sorted(LIVE_RESERVATION)), limit=_ALL
            )
        ],
        "agents": [answers.agent(view) for view in routing.queries.agents(domain=domain)],
    }
