"""Putting products and rivals' plans on the shelf: all rows of a file or none, each refusal with its row and place."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from itertools import permutations
from typing import Any, TypeVar

from django.db import connection, transaction
from django.db.models import Max
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from callcenter.foundation import audit
from callcenter.foundation.errors import Invalid
from customers.catalogue.keeping import OfferingVersion, RivalOffering
from customers.catalogue.models import Offering
from customers.catalogue.product_sheets import ProductSheet, read_product, read_rival
from customers.catalogue.reading import TariffRefused
from customers.catalogue.shelves import sheet_of
from customers.insight.models import Tag
from customers.insight.tags import DEFINITIONS

MOST_ROWS = 2_000
MOST_FAULTS = 20
Read = TypeVar("Read")


class UnableToStock(Invalid):
    """Rows that cannot be right; `facts["faults"]` are sentences with row and place. Nothing was changed."""

    code = "catalogue_refused"


def rows_of(text: str) -> list[Any]:
    """A JSON list, one JSON object, or one object a line. Raises UnableToStock."""
    stripped = text.strip().removeprefix("\ufeff")
    if not stripped:
        raise UnableToStock(_("There is nothing in it."), faults=[])
    try:
        whole = json.loads(stripped)
    except ValueError:
        return [_line(number, line) for number, line in enumerate(stripped.splitlines(), start=1) if line.strip()]
    return whole if isinstance(whole, list) else [whole]


@transaction.atomic
def stock(*, rows: Sequence[Any], author: str, note: str, now: datetime) -> int:
    """Make or change products at once; answers how many are new or different. Family and kind of a code never change.

    For the shell, where whoever keeps the house fills a shelf; people on the pages go through `changing.propose`.
    Raises UnableToStock.
    """
    sheets, standing = read_products(rows)
    changed = 0
    for sheet in sheets:
        before = standing.get(sheet.code)
        if before is not None and not differing(sheet, before):
            continue
        keep(code=sheet.code, fields=fields_of(sheet), note=note, author=author, now=now)
        changed += 1
    audit.write(actor=author, action="catalogue.stocked", subject=f"offerings:{changed}", now=now)
    return changed


def read_products(rows: Sequence[Any]) -> tuple[list[ProductSheet], dict[str, Offering]]:
    """The sheets, and what stands under their codes, with the shelf locked. Raises UnableToStock."""
    known = frozenset(Tag.objects.values_list("key", flat=True)) | frozenset(DEFINITIONS)
    sheets = _read(rows, lambda raw: read_product(raw, tags=known), key=lambda sheet: sheet.code)
    lock()
    standing = {one.code: one for one in Offering.objects.filter(code__in=[sheet.code for sheet in sheets])}
    _refuse(_misfits(sheets, standing))
    _refuse(_never(sheets))
    return sheets, standing


def differing(sheet: ProductSheet, before: Offering) -> dict[str, Any]:
    """The fields of the sheet that are not as they stand."""
    return {name: value for name, value in fields_of(sheet).items() if getattr(before, name) != value}


def keep(*, code: str, fields: Mapping[str, Any], note: str, author: str, now: datetime) -> Offering:
    """Write a product as it stands from now on, and the version that tells so. The shelf is locked by the caller."""
    kept, _made = Offering.objects.update_or_create(code=code, defaults=dict(fields))
    newest = OfferingVersion.objects.filter(code=code).aggregate(newest=Max("number"))["newest"] or 0
    OfferingVersion.objects.create(
        code=code, number=newest + 1, sheet=sheet_of(kept), note=note.strip()[:300], author=author, at=now
    )
    return kept


@transaction.atomic
def note_rivals(*, rows: Sequence[Any], author: str, today: date, now: datetime) -> int:
    """Keep rivals' plans as read today or before; an older reading never replaces a younger one. Raises UnableToStock."""
    sheets = _read(
        rows, lambda raw: read_rival(raw, today=today), key=lambda sheet: f"{sheet.operator}/{sheet.code}"
    )  # fmt: skip
    changed = 0
    for sheet in sheets:
        given = {
            "name_en": sheet.name_en, "name_zh": sheet.name_zh, "tariff": sheet.tariff, "source": sheet.source,
            "seen_on": sheet.seen_on, "expires_on": sheet.expires_on, "author": author, "at": now,
        }  # fmt: skip
        row = RivalOffering.objects.select_for_update().filter(operator=sheet.operator, code=sheet.code).first()
        if row is not None and row.seen_on > sheet.seen_on:
            continue
        RivalOffering.objects.update_or_create(operator=sheet.operator, code=sheet.code, defaults=given)
        changed += 1
    return changed


def _line(number: int, line: str) -> Any:
    try:
        return json.loads(line)
    except ValueError as why:
        sentence = _("Row {number}: no JSON ({why}).").format(number=number, why=why)
        raise UnableToStock(sentence, faults=[sentence]) from why


def _read(rows: Sequence[Any], read: Callable[[Any], Read], *, key: Callable[[Read], str]) -> list[Read]:
    if len(rows) > MOST_ROWS:
        raise UnableToStock(_("More than {n} rows at once.").format(n=MOST_ROWS), faults=[])
    found, faults, seen = [], [], set()
    for number, raw in enumerate(rows, start=1):
        try:
            sheet = read(raw)
        except TariffRefused as why:
            faults.append(_("Row {number}: {why}").format(number=number, why=why.placed(get_language() or "en")))
            continue
        if key(sheet) in seen:
            faults.append(_("Row {number}: {code} stands here twice.").format(number=number, code=key(sheet)))
        seen.add(key(sheet))
        found.append(sheet)
    _refuse(faults)
    return found


def _misfits(sheets: Sequence[ProductSheet], standing: dict[str, Offering]) -> list[str]:
    """What only the shelf can tell: another kind under the same code, a bundle of what does not exist."""
    faults = []
    arriving = {sheet.code for sheet in sheets}
    named = {one for sheet in sheets for one in (*sheet.parts, *_codes(sheet.requires), *_codes(sheet.excludes))}
    missing = named - arriving
    missing -= set(Offering.objects.filter(code__in=missing).values_list("code", flat=True))
    for number, sheet in enumerate(sheets, start=1):
        before = standing.get(sheet.code)
        if before is not None and (before.family, before.kind) != (sheet.family, sheet.kind):
            faults.append(
                _("Row {number}: {code} is a {kind} of {family}; another product needs another code.").format(
                    number=number, code=sheet.code, kind=before.kind, family=before.family
                )
            )
        faults += [
            _("Row {number}: parts: there is no product {part}.").format(number=number, part=part)
            for part in sorted(set(sheet.parts) & missing)
        ]
        faults += [
            _("Row {number}: {field}: there is no product {part}.").format(number=number, field=field, part=part)
            for field, codes in (("requires", sheet.requires), ("excludes", sheet.excludes))
            for part in _codes(codes)
            if part in missing
        ]
    return faults


def _never(sheets: Sequence[ProductSheet]) -> list[str]:
    """What could never be sold: a need that in the end needs itself, or parts that exclude each other."""
    mine = {sheet.code: sheet for sheet in sheets}
    others = list(Offering.objects.exclude(code__in=mine).values_list("code", "family", "kind", "requires", "excludes"))
    needs = {code: set(requires) for code, _family, _kind, requires, _excludes in others}
    needs |= {sheet.code: set(sheet.requires) for sheet in sheets}
    can = {code for code, named in needs.items() if not named or any(":" in one for one in named)}
    while more := {code for code, named in needs.items() if code not in can and named & can}:
        can |= more
    bars = {code: ({code, f"{family}:{kind}"}, set(excludes)) for code, family, kind, _requires, excludes in others}
    bars |= {one.code: ({one.code, f"{one.family}:{one.kind}"}, set(one.excludes)) for one in sheets}
    faults = []
    for number, sheet in enumerate(sheets, start=1):
        if sheet.code not in can:
            faults.append(
                _("Row {number}: requires: in the end {code} needs itself.").format(number=number, code=sheet.code)
            )
        for one, other in permutations([part for part in sheet.parts if part in bars], 2):
            if bars[one][1] & bars[other][0]:
                faults.append(
                    _("Row {number}: parts: {one} does not go with {other}.").format(
                        number=number, one=one, other=other
                    )
                )
    return faults


def _refuse(faults: Sequence[str]) -> None:
    if faults:
        raise UnableToStock(" ".join(faults[:MOST_FAULTS]), faults=list(faults[:MOST_FAULTS]))


def _codes(named: Sequence[str]) -> list[str]:
    """Those that are codes; "mobile:plan" names a family and a kind."""
    return [one for one in named if ":" not in one]


def fields_of(sheet: ProductSheet) -> dict[str, Any]:
    """A sheet as an offering's fields."""
    return {
        "family": sheet.family, "kind": sheet.kind, "name_en": sheet.name_en, "name_zh": sheet.name_zh,
        "summary_en": sheet.summary_en, "summary_zh": sheet.summary_zh, "fee_fen": sheet.fee_fen,
        "margin_fen": sheet.margin_fen, "tariff": sheet.tariff, "tags": list(sheet.tags), "suits": list(sheet.suits),
        "not_for": list(sheet.not_for), "parts": list(sheet.parts), "requires": list(sheet.requires),
        "excludes": list(sheet.excludes), "valid_from": sheet.valid_from,
        "valid_to": sheet.valid_to,
    }  # fmt: skip


def lock() -> None:
    """One who stocks at a time: versions are numbered in a row."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('catalogue', 20261122))")
