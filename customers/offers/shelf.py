"""What is on sale, kept in the process until somebody changes the catalogue."""

from __future__ import annotations

import json
from datetime import date
from functools import lru_cache
from threading import Lock
from uuid import UUID

from django.db.models import Q, TextField
from django.db.models.functions import Cast

from customers.catalogue.models import Offering
from customers.catalogue.tariffs import allowance_of
from customers.offers.facts import Product

_PRODUCT = (
    "code", "family", "kind", "name_en", "name_zh", "fee_fen", "margin_fen", "terms", "tagged", "suiting", "barred",
    "valid_from", "valid_to", "united", "needed", "unfit",
)  # fmt: skip
_AS_TEXT = {
    name: Cast(column, TextField())
    for name, column in (
        ("terms", "tariff"),
        ("tagged", "tags"),
        ("suiting", "suits"),
        ("barred", "not_for"),
        ("united", "parts"),
        ("needed", "requires"),
        ("unfit", "excludes"),
    )
}
_lock = Lock()
_kept: tuple[UUID, date, tuple[Product, ...]] | None = None


def on_sale(*, stamp: UUID | None, today: date) -> tuple[Product, ...]:
    """By code. `stamp` is the catalogue's at this moment; without one (nobody has written yet) nothing is kept."""
    global _kept
    kept = _kept
    if kept is not None and kept[:2] == (stamp, today):
        return kept[2]
    found = _read(today)
    if stamp is not None:
        with _lock:
            _kept = (stamp, today, found)
    return found


def _read(today: date) -> tuple[Product, ...]:
    on_shelf = Offering.objects.filter(_sold_on(today)).annotate(
        **_AS_TEXT
    )  # so that what was read once is known again
    return tuple(product(*row) for row in on_shelf.order_by("code").values_list(*_PRODUCT))


def _sold_on(today: date) -> Q:
    return Q(valid_from__lte=today) & (Q(valid_to=None) | Q(valid_to__gt=today))


@lru_cache(maxsize=4_096)
def product(
    code: str,
    family: str,
    kind: str,
    name_en: str,
    name_zh: str,
    fee_fen: int,
    margin_fen: int | None,
    terms: str,
    tags: str,
    suits: str,
    not_for: str,
    valid_from: date,
    valid_to: date | None,
    parts: str,
    requires: str = "[]",
    excludes: str = "[]",
    earlier: str = "[]",
) -> Product:
    """A stored offering as the rules see it."""
    return Product(
        code=code,
        family=family,
        kind=kind,
        name_en=name_en,
        name_zh=name_zh,
        fee_fen=fee_fen,
        margin_fen=margin_fen,
        allowance=allowance_of(terms),
        terms=terms,
        tags=frozenset(json.loads(tags)),
        suits=frozenset(json.loads(suits)),
        not_for=frozenset(json.loads(not_for)),
        valid_from=valid_from,
        valid_to=valid_to,
        parts=frozenset(json.loads(parts)),
        requires=frozenset(json.loads(requires)),
        excludes=frozenset(json.loads(excludes)),
        earlier=tuple((date.fromisoformat(until), terms) for until, terms in json.loads(earlier)),
    )
