"""Texts of cells as days, times, amounts and words; each refusal names the field. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime, timedelta, tzinfo
from decimal import Decimal, InvalidOperation

from customers.imports.refusals import Wrong, gettext_noop

_DAY = re.compile(r"(\d{4})[-/.年]?(\d{1,2})[-/.月]?(\d{1,2})日?(?:[ T]00:00(?::00)?)?")
_YES = frozenset({"1", "true", "yes", "y", "是", "整月"})
_NO = frozenset({"0", "false", "no", "n", "否"})
_MOST_FEN = 10**12


def day(field: str, text: str) -> date:
    """2026-03-01, 2026/3/1, 20260301 or 2026年3月1日."""
    found = _DAY.fullmatch(text)
    try:
        if found is None:
            raise ValueError
        return date(int(found[1]), int(found[2]), int(found[3]))
    except ValueError:
        raise Wrong(field, gettext_noop("“%(value)s” is no date. Write it as 1980-03-01."), value=text[:40]) from None


def past(field: str, text: str, *, zone: tzinfo, today: date) -> datetime:
    """A day with its time, no later than tomorrow. Without an offset it is meant in `zone`."""
    try:
        found = datetime.fromisoformat(text.replace("/", "-"))
    except ValueError:
        raise Wrong(
            field, gettext_noop("“%(value)s” is no time. Write it as 2026-03-01 14:30."), value=text[:40]
        ) from None
    if found.date() > today + timedelta(days=1):
        raise Wrong(field, gettext_noop("“%(value)s” has not come yet."), value=text[:40])
    return found if found.tzinfo else found.replace(tzinfo=zone)


def whole(field: str, text: str, *, least: int, most: int) -> int:
    """A whole number between two bounds."""
    if not re.fullmatch(r"-?\d{1,15}", text) or not least <= int(text) <= most:
        raise Wrong(
            field, gettext_noop("“%(value)s” is no whole number from %(least)s to %(most)s."), value=text[:40], least=least,
            most=most,
        )  # fmt: skip
    return int(text)


def fen(field: str, text: str) -> int:
    """Yuan with at most two places, as fen; never negative."""
    try:
        amount = Decimal(text.replace(",", "").removeprefix("¥").removeprefix("￥").removesuffix("元").strip()) * 100
    except InvalidOperation:
        amount = Decimal(-1)
    if not amount.is_finite() or amount != amount.to_integral_value() or not 0 <= amount <= _MOST_FEN:
        raise Wrong(field, gettext_noop("“%(value)s” is no amount in yuan. Write it as 59 or 59.90."), value=text[:40])
    return int(amount)


def number(field: str, text: str) -> str:
    """A number that is never negative, with at most six places, as it is written in figures."""
    plain = text.replace(",", "")
    if not re.fullmatch(r"\d{1,15}(\.\d{1,6})?", plain):
        raise Wrong(field, gettext_noop("“%(value)s” is no number. Write it as 120 or 0.5."), value=text[:40])
    return plain


def flag(field: str, text: str) -> bool:
    """Yes or no."""
    if (folded := text.casefold()) in _YES | _NO:
        return folded in _YES
    raise Wrong(field, gettext_noop("“%(value)s” is neither yes nor no. Write 1 or 0."), value=text[:40])


def word(field: str, text: str, known: Mapping[str, str]) -> str:
    """A word of a closed list, in any of its spellings: `known` is spelling → word."""
    found = known.get(text.casefold())
    if found is None:
        listed = ", ".join(dict.fromkeys(known.values()))
        raise Wrong(
            field, gettext_noop("“%(value)s” is not known as a value of “%(field)s”. It may be: %(known)s."),
            value=text[:40], field=field, known=listed,
        )  # fmt: skip
    return found


def short(field: str, text: str, most: int) -> str:
    """A text of at most so many signs."""
    if len(text) > most:
        raise Wrong(
            field, gettext_noop("The value has %(length)s characters; “%(field)s” may have %(most)s."), length=len(text),
            field=field, most=most,
        )  # fmt: skip
    return text
