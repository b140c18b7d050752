"""The contact rules as people read them: versions, what counts now, how far the calendars reach."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from customers.offers.contact import terms
from customers.offers.models import ContactRules

SOON = timedelta(days=60)  # before a calendar ends somebody must bring it up to date
_LISTED = 20


@dataclass(frozen=True, kw_only=True)
class RulesView:
    """One version. `id` 0 is what came with the product."""

    id: int
    state: str  # shipped | proposed | approved | rejected
    note: str
    author: str
    approver: str
    effective_from: datetime | None
    rules: terms.Rules
    text: str  # as JSON, to start a proposal from


@dataclass(frozen=True, kw_only=True)
class Changes:
    """What the rules say no longer, and what they say now, as lines of JSON."""

    gone: tuple[str, ...]
    come: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class CalendarView:
    region: str
    last: date
    ends_soon: bool
    decreed_to: date | None  # set where moved days off after it are not published yet


def versions() -> tuple[RulesView, ...]:
    """The newest twenty, proposals among them."""
    return tuple(_view(row) for row in ContactRules.objects.order_by("-pk")[:_LISTED])


def in_force(*, now: datetime) -> RulesView:
    """The version that counts at `now`."""
    rows = ContactRules.objects.filter(state=ContactRules.State.APPROVED, effective_from__lte=now)
    newest = rows.order_by("-effective_from", "-pk").first()
    if newest is not None:
        return _view(newest)
    raw = json.loads(terms.SHIPPED.read_text(encoding="utf-8"))
    return RulesView(
        id=0, state="shipped", note="", author="", approver="", effective_from=None, rules=terms.shipped(), text=_text(raw)
    )  # fmt: skip


def version(*, rules_id: int) -> RulesView | None:
    row = ContactRules.objects.filter(pk=rules_id).first()
    return _view(row) if row else None


def changes(*, old: Mapping[str, Any], new: Mapping[str, Any]) -> Changes:
    """What one text of the rules says and the other does not, limit by limit, hours by hours, in the order it stands."""
    was, says = _statements(old), _statements(new)
    return Changes(gone=tuple(one for one in was if one not in says), come=tuple(one for one in says if one not in was))


def _statements(raw: Mapping[str, Any]) -> list[str]:
    return [
        f"{key}: {json.dumps(one, ensure_ascii=False, sort_keys=True)}"
        for key, value in sorted(raw.items())
        for one in (value if isinstance(value, list) else [value])
    ]


def calendar_ends(*, rules: terms.Rules, today: date) -> tuple[CalendarView, ...]:
    """How far each region's days are known under these rules: past the end nobody is contacted there."""
    return tuple(
        CalendarView(
            region=one.region,
            last=one.last,
            ends_soon=one.last - today <= SOON,
            decreed_to=one.decreed_to if one.decreed_to < one.last else None,
        )
        for one in rules.calendars.values()
    )


def _view(row: ContactRules) -> RulesView:
    return RulesView(
        id=row.pk,
        state=row.state,
        note=row.note,
        author=row.author,
        approver=row.approver,
        effective_from=row.effective_from,
        rules=terms.read_rules(row.rules, version=row.pk),
        text=_text(row.rules),
    )


def _text(raw: dict[str, Any]) -> str:
    """One limit a line, so that a proposal can be read beside what counts now."""
    parts = []
    for key, value in raw.items():
        if isinstance(value, list):
            inner = ",\n".join(f"    {json.dumps(one, ensure_ascii=False)}" for one in value)
            parts.append(f"  {json.dumps(key)}: [\n{inner}\n  ]" if value else f"  {json.dumps(key)}: []")
        else:
            parts.append(f"  {json.dumps(key)}: {json.dumps(value, ensure_ascii=False)}")
    return "{\n" + ",\n".join(parts) + "\n}"
