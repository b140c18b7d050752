"""A month of one customer as another system tells it: what was used, in named units, and the bill as sent. Pure.

Strict as plans are: another unit, a month that has not closed, a sum told twice are refused with the place and a sentence.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Any

from customers.catalogue.accounts import NATIONAL
from customers.catalogue.reading import Node, TariffRefused
from customers.catalogue.terms import BASE_UNIT, SERVICES, UNITS
from customers.catalogue.usage import MAX_UNITS, RAW

MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])")
ROUNDING = re.compile(r"raw|event:[1-9]\d{0,6}")
_FEN = 2**40


@dataclass(frozen=True, kw_only=True)
class UsageRow:
    """One closed month. Base units; `sums` and `lines` as they are stored."""

    number: str  # as told
    month: date  # its first day
    voice_s: int
    messages: int
    data_kb: int
    bill_fen: int
    full: bool
    sums: list[dict[str, Any]]
    lines: list[dict[str, Any]]


def read_usage(raw: object, *, today: date) -> UsageRow:
    """Raises TariffRefused."""
    top = Node(raw, "")
    number = top.text("number").strip()
    if not number:
        top.refuse("number", "say whose month it is.")
    month = _month(top, today)
    told: dict[tuple[str, str, str], int] = {}
    for node in top.nodes("usage"):
        key, units = _used(node)
        if key in told:
            node.refuse(
                "service",
                "{service} ({scope}, {rounding}) stands here twice.",
                service=key[0],
                scope=key[1],
                rounding=key[2],
            )
        told[key] = units
    lines = [_line(node) for node in top.nodes("lines")]
    row = UsageRow(
        number=number, month=month, full=top.flag("full", True), lines=lines, bill_fen=sum(one["fen"] for one in lines),
        voice_s=told.pop(("voice", NATIONAL, RAW), 0), messages=told.pop(("messages", NATIONAL, RAW), 0),
        data_kb=told.pop(("data", NATIONAL, RAW), 0),
        sums=[
            {"service": service, "scope": scope, "rounding": rounding, "units": units}
            for (service, scope, rounding), units in sorted(told.items())
        ],
    )  # fmt: skip
    top.done()
    return row


def missing_between(months: list[date]) -> list[date]:
    """Months that nobody told, between the first and the last of these."""
    if not months:
        return []
    first, last = min(months), max(months)
    every = [date(index // 12, index % 12 + 1, 1) for index in range(_index(first), _index(last) + 1)]
    return [month for month in every if month not in set(months)]


def _index(day: date) -> int:
    return day.year * 12 + day.month - 1


def _month(top: Node, today: date) -> date:
    text = top.text("month")
    if not MONTH.fullmatch(text):
        top.refuse("month", 'a month like "2018-11" is needed, not {found}.', found=repr(text))
    month = date.fromisoformat(f"{text}-01")
    if month >= today.replace(day=1):
        top.refuse("month", "{text} has not closed: a part of a month is never rated.", text=text)
    return month


def _used(node: Node) -> tuple[tuple[str, str, str], int]:
    service = node.one_of("service", SERVICES)
    scope, rounding = node.text("scope", NATIONAL), node.text("rounding", RAW)
    unit = node.one_of("unit", tuple(UNITS), BASE_UNIT[service])
    if UNITS[unit][0] != service:
        own = ", ".join(name for name, (of, _size) in UNITS.items() if of == service)
        node.refuse("unit", "{unit} does not measure {service}; use {own}.", unit=unit, service=service, own=own)
    if not ROUNDING.fullmatch(rounding):
        node.refuse(
            "rounding",
            '"{rounding}" is no rounding; it is raw, or event:60 for calls rounded up one by one.',
            rounding=rounding,
        )
    units = node.number("amount") * UNITS[unit][1]
    if units > MAX_UNITS:
        node.refuse("amount", "nobody uses so much in a month.")
    node.done()
    return (service, scope, rounding), -(-units.numerator // units.denominator)


def _line(node: Node) -> dict[str, Any]:
    line = {
        "kind": node.text("kind"),
        "fen": node.whole("fen", least=-_FEN, most=_FEN),
        "text": node.text("text", "")[:120],
    }
    node.done()
    if not line["kind"]:
        raise TariffRefused(
            node.at("kind"), "a line of a bill has a kind: fee, voice, messages, data, discount, or its own."
        )
    return line
