"""The contact rules as data, read strictly: how often, when, how long to be silent after a no. Pure.

A field nobody knows, a limit of nothing, hours that end before they begin: refused with the place and the reason.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, time, timedelta
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from customers.catalogue.reading import Node, TariffRefused
from customers.offers.contact import calendars
from customers.offers.contact.calendars import HOLIDAY, WEEKEND, WORKDAY, Calendar, Notice, Span

SHIPPED = Path(__file__).resolve().parent / "rules.json"
CHANNELS = ("VOICE", "SMS", "PUSH", "EMAIL", "WECHAT", "IVR", "BILL", "COUNTER")
ANY = "ANY"
OVER = ("all", "action", "group")
FURTHEST = timedelta(days=366)  # past a calendar's end that a notice may reach


class RulesRefused(TariffRefused):
    """Contact rules that cannot be right."""


@dataclass(frozen=True, kw_only=True)
class Limit:
    """At most `n` marketing contacts in a window, counted by party and by number, or by household."""

    id: str
    direction: str  # out | in
    channel: str  # one of CHANNELS, or ANY
    over: str  # all | action | group
    reach: str  # each = party and number apart | household
    n: int
    window: timedelta
    by_day: bool  # the local calendar day of the number instead of a sliding window


@dataclass(frozen=True, kw_only=True)
class Hours:
    region: str  # "*" = every region without hours of its own
    channels: frozenset[str]
    days: frozenset[str]
    spans: tuple[Span, ...]


@dataclass(frozen=True, kw_only=True)
class Pause:
    """`n` refusals within a time silence the action, its group, or everything for `pause` from the last of them."""

    over: str
    n: int
    within: timedelta
    pause: timedelta


@dataclass(frozen=True, kw_only=True)
class Conflict:
    """Who was offered `a` hears nothing of `b` for a time, and the other way round."""

    a: str
    b: str
    apart: timedelta


@dataclass(frozen=True, kw_only=True)
class Rules:
    """One version of the contact rules."""

    version: int
    limits: tuple[Limit, ...]
    hours: tuple[Hours, ...]
    pauses: tuple[Pause, ...]
    conflicts: tuple[Conflict, ...]
    excluded_apart: timedelta  # between products that the catalogue does not let go together
    after_complaint: timedelta
    after_marketing_complaint: timedelta
    after_regulator: timedelta
    contacts_before: int  # earlier calls after which the next one is about an unsolved cause
    contacts_window: timedelta
    list_age: timedelta
    notices: tuple[Notice, ...] = ()

    @cached_property
    def calendars(self) -> Mapping[str, Calendar]:
        """The days of every region: those that come with the product, and what notices say of them."""
        days = dict(calendars.shipped())
        for notice in self.notices:
            days[notice.region] = days[notice.region].told(notice)
        return days

    def hours_for(self, region: str, channel: str) -> tuple[Hours, ...]:
        """The region's own hours; where it has none, those of everywhere."""
        fitting = [one for one in self.hours if channel in one.channels]
        own = tuple(one for one in fitting if one.region == region)
        return own or tuple(one for one in fitting if one.region == "*")


@cache
def shipped() -> Rules:
    """The rules that come with the product."""
    return read_rules(json.loads(SHIPPED.read_text(encoding="utf-8")), version=0)


def read_rules(raw: Mapping[str, Any], *, version: int) -> Rules:
    """Raises TariffRefused with the field and a sentence."""
    top = Node(raw, "")
    complaints, contacts = top.node("complaints"), top.node("contacts")
    rules = Rules(
        version=version,
        limits=tuple(_limit(node) for node in top.nodes("limits")),
        hours=tuple(_hours(node) for node in top.nodes("hours")),
        pauses=tuple(_pause(node) for node in top.nodes("pauses")),
        conflicts=tuple(_conflict(node) for node in top.nodes("conflicts")),
        excluded_apart=timedelta(days=top.whole("excluded_days", 30, least=1, most=366)),
        after_complaint=_days(complaints, "after_closed"),
        after_marketing_complaint=_days(complaints, "about_marketing"),
        after_regulator=_days(complaints, "to_regulator"),
        contacts_before=contacts.whole("before", least=1, most=100),
        contacts_window=_days(contacts, "days"),
        list_age=timedelta(hours=top.whole("list_hours", least=1, most=168)),
        notices=tuple(_notice(node) for node in top.nodes("notices")),
    )
    for node in (complaints, contacts, top):
        node.done()
    ids = [limit.id for limit in rules.limits]
    if len(set(ids)) < len(ids):
        raise RulesRefused("limits", "two limits have one id; a denial must name one of them.")
    if not any({"VOICE"} & one.channels for one in rules.hours):
        raise RulesRefused("hours", "no hours for calls: then nobody may ever be called; say when.")
    return rules


def _days(node: Node, key: str) -> timedelta:
    return timedelta(days=node.whole(key, least=0, most=3660))


def _limit(node: Node) -> Limit:
    window = node.one_of("window", ("sliding", "day"), "sliding")
    limit = Limit(
        id=node.text("id"),
        direction=node.one_of("direction", ("out", "in")),
        channel=node.one_of("channel", (*CHANNELS, ANY)),
        over=node.one_of("over", OVER, "all"),
        reach=node.one_of("reach", ("each", "household"), "each"),
        n=node.whole("n", least=1, most=1000),
        window=timedelta(days=node.whole("days", least=1, most=366)),
        by_day=window == "day",
    )
    if limit.by_day and limit.window != timedelta(days=1):
        node.refuse("days", "a limit by calendar day counts one day.")
    node.done()
    return limit


def _hours(node: Node) -> Hours:
    spans = []
    for index, pair in enumerate(node.value("spans")):
        try:
            start, end = (time.fromisoformat(word) for word in pair)
        except (TypeError, ValueError):
            node.refuse("spans", 'span {number} must be two times like ["09:00", "12:00"].', number=index + 1)
        if end <= start:
            node.refuse("spans", "{end} is not after {start}: nobody could be reached then.", end=end, start=start)
        spans.append((start, end))
    if not spans:
        node.refuse("spans", "hours need at least one span.")
    if any(later[0] < earlier[1] for earlier, later in zip(sorted(spans), sorted(spans)[1:], strict=False)):
        node.refuse("spans", "two spans overlap.")
    hours = Hours(
        region=node.text("region"),
        channels=_words(node, "channels", CHANNELS),
        days=_words(node, "days", (WORKDAY, WEEKEND, HOLIDAY)),
        spans=tuple(spans),
    )
    node.done()
    return hours


def _words(node: Node, key: str, known: tuple[str, ...]) -> frozenset[str]:
    found = frozenset(node.texts(key))
    if found - set(known):
        node.refuse(
            key, "{listed} is not one of {known}.", listed=", ".join(sorted(found - set(known))), known=", ".join(known)
        )
    return found


def _pause(node: Node) -> Pause:
    pause = Pause(
        over=node.one_of("over", OVER),
        n=node.whole("n", least=1, most=100),
        within=_days(node, "days"),
        pause=_days(node, "pause"),
    )
    node.done()
    return pause


def _conflict(node: Node) -> Conflict:
    conflict = Conflict(a=node.text("a"), b=node.text("b"), apart=_days(node, "days"))
    node.done()
    return conflict


def _notice(node: Node) -> Notice:
    region = node.one_of("region", tuple(calendars.shipped()))
    calendar, decreed_to = calendars.shipped()[region], node.day("decreed_to", None)
    if decreed_to:
        _within(node, "decreed_to", decreed_to, calendar.first, calendar.last + FURTHEST)
    marked: dict[date, str] = {}
    for kind in (HOLIDAY, WORKDAY):
        for day in _dates(node, kind):
            _within(node, kind, day, calendar.first, max(calendar.last, decreed_to or date.min))
            if marked.setdefault(day, kind) != kind:
                node.refuse(kind, "{day} is both a holiday and a working day.", day=day)
    node.done()
    return Notice(region=region, marked=marked, decreed_to=decreed_to)


def _dates(node: Node, key: str) -> list[date]:
    try:
        return [date.fromisoformat(word) for word in node.texts(key, ())]
    except ValueError:
        node.refuse(key, 'days like "2027-02-06" are needed.')


def _within(node: Node, key: str, day: date, first: date, last: date) -> None:
    if not first <= day <= last:
        node.refuse(key, "{day} lies outside {first} to {last}.", day=day, first=first, last=last)
