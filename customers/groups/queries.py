"""Profiles of groups from the facts: who holds a product, has a tag, or stands in a segment, by age, region, circle …"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from callcenter.foundation.errors import Invalid
from customers.groups import formulas
from customers.segments.asking import understood
from customers.segments.compilers import Dialect, compiled
from customers.segments.counting import asked

_BANDS = ((18, "–17"), (25, "18–24"), (35, "25–34"), (45, "35–44"), (55, "45–54"), (65, "55–64"), (200, "65–"))
_AGE = "CASE " + " ".join(f"WHEN f.age < {until} THEN '{name}'" for until, name in _BANDS) + " ELSE '' END"
_CIRCLE = "CASE WHEN f.circle IS NULL THEN 'alone' WHEN f.circle_role = '' THEN 'member' ELSE f.circle_role END"
_BAND_PLACE = {name: place for place, (_until, name) in enumerate(_BANDS)}
# What a group may be looked at by: constants of ours, in the words of both databases.
BY: dict[str, str] = {
    "age": _AGE, "region": "f.region", "circle": _CIRCLE, "level": "f.level", "value_tier": "f.value_tier",
    "lifecycle": "f.lifecycle", "channel": "f.channel", "motive": "f.motive", "plan": "f.plan", "kind": "f.kind",
}  # fmt: skip


def _largest_first(row: tuple[str, int, int]) -> tuple[int, str]:
    return -row[1], row[0]


def _by_age(row: tuple[str, int, int]) -> tuple[int, str]:
    return _BAND_PLACE.get(row[0], len(_BANDS)), row[0]


_ORDER = {"age": _by_age}


@dataclass(frozen=True, kw_only=True)
class Cell:
    """One category. Shares 0 … 1; all but the name is None where it must not be shown."""

    name: str
    count: int | None
    share: float | None
    low: float | None
    high: float | None
    base: float | None  # share of everybody
    index: float | None


@dataclass(frozen=True, kw_only=True)
class Profile:
    """A group beside everybody, as of the mirror's or the facts' age."""

    group: int
    everybody: int
    cells: tuple[Cell, ...]
    is_hidden: bool  # some cells are not shown
    as_of: datetime | None


def profile(*, tree: Any, by: str, now: datetime) -> Profile:
    """Profile those who match a condition. Raises Invalid for a condition or a category nobody knows, or a group below ten."""
    if by not in BY:
        raise Invalid(_("Choose one of the categories of the list."), field="/by")
    node = understood(tree)

    def sql(dialect: Dialect, now: datetime) -> tuple[str, dict[str, Any]]:
        made = compiled(node, dialect=dialect, now=now, prefix="q", is_filter=True)
        counts = f"count(*), count(*) FILTER (WHERE {made.sql})"
        return f"SELECT {BY[by]} AS cell, {counts} FROM {dialect.facts} AS f GROUP BY 1 ORDER BY 1", made.values  # noqa: S608

    found, as_of, _engine = asked(sql, now)
    rows = sorted(
        ((str(name), int(base), int(count)) for name, base, count in found), key=_ORDER.get(by, _largest_first)
    )
    everybody, group = sum(base for _name, base, _count in rows), sum(count for _name, _base, count in rows)
    if group < formulas.SMALLEST:
        raise Invalid(_("This group is smaller than ten: nothing is shown of it."), field="/group")
    unseen = formulas.hidden([count for _name, _base, count in rows])
    cells = [
        _cell(name, count, group, base / everybody, is_hidden=place in unseen)
        for place, (name, base, count) in enumerate(rows)
    ]
    return Profile(group=group, everybody=everybody, cells=tuple(cells), is_hidden=bool(unseen), as_of=as_of)


def _cell(name: str, count: int, group: int, base: float, *, is_hidden: bool) -> Cell:
    if is_hidden:
        return Cell(name=name, count=None, share=None, low=None, high=None, base=None, index=None)
    share, (low, high) = count / group, formulas.wilson(count, group)
    return Cell(
        name=name, count=count, share=share, low=low, high=high, base=base, index=formulas.index(share, base)
    )  # fmt: skip
