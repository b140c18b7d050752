"""The catalogue as people read it: what is on the shelf, how it came there, and what rivals sell."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from callcenter.foundation.errors import NotFound
from customers.catalogue.keeping import EarlierTerms, OfferingChange, OfferingVersion, RivalOffering
from customers.catalogue.models import Offering


@dataclass(frozen=True, kw_only=True)
class ShelfRow:
    code: str
    family: str
    kind: str
    name_en: str
    name_zh: str
    fee_fen: int
    margin_fen: int | None
    valid_from: date
    valid_to: date | None
    suits: tuple[str, ...]
    not_for: tuple[str, ...]
    state: str  # sold | coming | withdrawn


@dataclass(frozen=True, kw_only=True)
class Version:
    number: int
    note: str
    author: str
    at: datetime


@dataclass(frozen=True, kw_only=True)
class Change:
    """A price or terms that wait: for a second person, or for their day."""

    id: int
    code: str
    name_en: str
    name_zh: str
    is_new: bool
    state: str  # proposed | approved | rejected | in_force
    holds_from: date | None  # None: a correction
    note: str
    author: str
    approver: str
    proposed_at: datetime
    before: dict[str, Any]  # sheets; {} for a new product
    after: dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class ProductPage:
    row: ShelfRow
    sheet: dict[str, Any]
    text: str  # the sheet as JSON, to be changed and saved
    versions: tuple[Version, ...]
    changes: tuple[Change, ...]  # that wait
    earlier: tuple[tuple[date, dict[str, Any]], ...]  # (until, terms), the newest first


@dataclass(frozen=True, kw_only=True)
class RivalRow:
    id: int
    operator: str
    code: str
    name_en: str
    name_zh: str
    fee_fen: int
    source: str
    seen_on: date
    expires_on: date
    is_fresh: bool


def shelf(*, today: date) -> tuple[ShelfRow, ...]:
    """All products, sold ones first within their family."""
    rows = [_row(one, today) for one in Offering.objects.all()]
    order = {"sold": 0, "coming": 1, "withdrawn": 2}
    return tuple(sorted(rows, key=lambda row: (row.family, order[row.state], row.kind, row.fee_fen, row.code)))


def product(*, code: str, today: date) -> ProductPage:
    """One product with its past. Raises NotFound."""
    found = Offering.objects.filter(code=code).first()
    if found is None:
        raise NotFound("There is no such product.")
    versions = OfferingVersion.objects.filter(code=code).order_by("-number")[:50]
    return ProductPage(
        row=_row(found, today),
        sheet=sheet_of(found),
        changes=changes(code=code),
        earlier=tuple(EarlierTerms.objects.filter(offering=found).order_by("-until").values_list("until", "tariff")),
        text=json.dumps(sheet_of(found), ensure_ascii=False, indent=2),
        versions=tuple(Version(number=one.number, note=one.note, author=one.author, at=one.at) for one in versions),
    )


def changes(*, code: str = "") -> tuple[Change, ...]:
    """What waits, of one product or of all: for a second person first, then by day. Two statements."""
    waiting = OfferingChange.objects.filter(state__in=["proposed", "approved"], **({"code": code} if code else {}))
    rows = list(waiting.order_by("-state", "holds_from", "code"))
    standing = {one.code: one for one in Offering.objects.filter(code__in=[row.code for row in rows])}
    return tuple(_change(row, standing.get(row.code)) for row in rows)


def _change(row: OfferingChange, standing: Offering | None) -> Change:
    before = {} if standing is None else sheet_of(standing)
    after = standing or Offering(code=row.code)
    for name, value in row.values.items():
        setattr(after, name, value)
    return Change(
        id=row.pk, code=row.code, name_en=after.name_en, name_zh=after.name_zh, is_new=not before, state=row.state,
        holds_from=row.holds_from, note=row.note, author=row.author, approver=row.approver,
        proposed_at=row.proposed_at, before=before, after=sheet_of(after),
    )  # fmt: skip


def rival(*, rival_id: int) -> dict[str, Any]:
    """One rival's plan in the form that `product_sheets.read_rival` takes. Raises NotFound."""
    one = RivalOffering.objects.filter(pk=rival_id).first()
    if one is None:
        raise NotFound("There is no such plan.")
    return {
        "operator": one.operator, "code": one.code, "name": {"en": one.name_en, "zh": one.name_zh},
        "tariff": one.tariff, "source": one.source, "seen_on": one.seen_on.isoformat(),
        "expires_on": one.expires_on.isoformat(),
    }  # fmt: skip


def rivals(*, today: date) -> tuple[RivalRow, ...]:
    """Fresh ones first."""
    rows = [
        RivalRow(
            id=one.pk, operator=one.operator, code=one.code, name_en=one.name_en, name_zh=one.name_zh,
            fee_fen=int(one.tariff.get("fee", 0)), source=one.source, seen_on=one.seen_on, expires_on=one.expires_on,
            is_fresh=today < one.expires_on,
        )
        for one in RivalOffering.objects.all()
    ]  # fmt: skip
    return tuple(sorted(rows, key=lambda row: (not row.is_fresh, row.operator, row.fee_fen, row.code)))


def _row(one: Offering, today: date) -> ShelfRow:
    withdrawn = one.valid_to is not None and one.valid_to <= today
    return ShelfRow(
        code=one.code, family=one.family, kind=one.kind, name_en=one.name_en, name_zh=one.name_zh, fee_fen=one.fee_fen,
        margin_fen=one.margin_fen, valid_from=one.valid_from, valid_to=one.valid_to, suits=tuple(one.suits),
        not_for=tuple(one.not_for), state="withdrawn" if withdrawn else "coming" if one.valid_from > today else "sold",
    )  # fmt: skip


def sheet_of(one: Offering) -> dict[str, Any]:
    """The form that `product_sheets.read_product` takes."""
    sheet: dict[str, Any] = {
        "code": one.code, "family": one.family, "kind": one.kind, "name": {"en": one.name_en, "zh": one.name_zh},
        "summary": {"en": one.summary_en, "zh": one.summary_zh}, "margin_fen": one.margin_fen, "tags": one.tags,
        "suits": one.suits, "not_for": one.not_for, "parts": one.parts, "requires": one.requires,
        "excludes": one.excludes, "valid_from": one.valid_from.isoformat(),
        "valid_to": one.valid_to.isoformat() if one.valid_to else None, "tariff": one.tariff,
    }  # fmt: skip
    return {key: value for key, value in sheet.items() if value not in (None, [])}
