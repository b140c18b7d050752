"""A product or a rival's plan read from JSON, strictly: what cannot be right is refused with its place and a sentence.

Pure. Terms are those of docs/tariff-format.md; a row looks as docs/operations/catalogue.md tells.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from customers.catalogue import tariffs
from customers.catalogue.reading import Node, TariffRefused

FAMILIES = ("mobile", "broadband", "tv", "content", "device", "service")
KINDS = ("plan", "pack", "content", "device", "bundle", "service")
CODE = re.compile(r"[a-z0-9][a-z0-9-]{1,47}")
EXPIRES_AFTER = timedelta(days=30)  # a rival's plan nobody has looked at since says nothing


@dataclass(frozen=True, kw_only=True)
class ProductSheet:
    """One product as it will stand on the shelf. Money in fen."""

    code: str
    family: str
    kind: str
    name_en: str
    name_zh: str
    summary_en: str
    summary_zh: str
    fee_fen: int
    margin_fen: int | None
    tariff: dict[str, Any]
    tags: tuple[str, ...]
    suits: tuple[str, ...]
    not_for: tuple[str, ...]
    parts: tuple[str, ...]  # codes in a bundle
    requires: tuple[str, ...]  # codes or "family:kind"; one of them must be there with it
    excludes: tuple[str, ...]  # codes or "family:kind"; none of them may
    valid_from: date
    valid_to: date | None


@dataclass(frozen=True, kw_only=True)
class RivalSheet:
    """A rival's plan as somebody read it: where, and on which day."""

    operator: str
    code: str
    name_en: str
    name_zh: str
    tariff: dict[str, Any]
    source: str
    seen_on: date
    expires_on: date


def read_product(raw: object, *, tags: frozenset[str]) -> ProductSheet:
    """`tags` are those that exist. Raises TariffRefused."""
    top = Node(raw, "")
    names, summary = _names(top), top.node("summary")
    terms, cost = _terms(top), None
    if top.has("cost_fen"):
        cost = top.whole("cost_fen")
    fee = int(terms.get("fee", 0))
    sheet = ProductSheet(
        code=_code(top, "code"),
        family=top.one_of("family", FAMILIES),
        kind=top.one_of("kind", KINDS),
        name_en=names["en"],
        name_zh=names["zh"],
        summary_en=summary.text("en", "")[:300],
        summary_zh=summary.text("zh", "")[:300],
        fee_fen=fee,
        margin_fen=_margin(top, fee, cost),
        tariff=terms,
        tags=top.texts("tags", []),
        suits=top.texts("suits", []),
        not_for=top.texts("not_for", []),
        parts=top.texts("parts", []),
        requires=top.texts("requires", []),
        excludes=top.texts("excludes", []),
        **_validity(top),
    )
    for node in (summary, top):
        node.done()
    _check(sheet, top, tags)
    return sheet


def read_rival(raw: object, *, today: date) -> RivalSheet:
    """Raises TariffRefused: no source, seen in the future, or terms that cannot be rated."""
    top = Node(raw, "")
    names, terms = _names(top), _terms(top)
    seen = top.day("seen_on", None)
    if seen is None:
        top.refuse("seen_on", "say on which day the terms were read.")
    if seen > today:
        top.refuse("seen_on", "{seen} has not come yet.", seen=seen)
    source = top.text("source").strip()
    if not source:
        top.refuse("source", "a rival's plan needs its source: an address or the title of the sheet.")
    expires = top.day("expires_on", seen + EXPIRES_AFTER)
    if expires is None or expires <= seen:
        top.refuse("expires_on", "{expires} is not after {seen}.", expires=expires, seen=seen)
    sheet = RivalSheet(
        operator=top.text("operator").strip()[:64], code=_code(top, "code"), name_en=names["en"], name_zh=names["zh"],
        tariff=terms, source=source[:300], seen_on=seen, expires_on=min(expires, seen + EXPIRES_AFTER),
    )  # fmt: skip
    if not sheet.operator:
        top.refuse("operator", "say whose plan it is.")
    top.done()
    _rated("plan", terms)
    return sheet


def _names(top: Node) -> dict[str, str]:
    node = top.node("name")
    found = {language: node.text(language).strip()[:120] for language in ("en", "zh")}
    for language, name in found.items():
        if not name:
            node.refuse(language, "a name in both languages is needed.")
    node.done()
    return found


def _code(top: Node, key: str) -> str:
    code = top.text(key)
    if not CODE.fullmatch(code):
        top.refuse(key, '"{code}" is no code: 2 to 48 small letters, digits and hyphens.', code=code)
    return code


def _terms(top: Node) -> dict[str, Any]:
    raw = top.value("tariff")
    if not isinstance(raw, Mapping):
        top.refuse("tariff", "the terms are an object in braces.")
    return dict(raw)


def _margin(top: Node, fee: int, cost: int | None) -> int | None:
    """What is left of the fee: entered, or the fee less the cost. Both must agree."""
    entered = top.whole("margin_fen", least=-(2**40), most=2**40) if top.has("margin_fen") else None
    if cost is None:
        margin = entered
    else:
        margin = fee - cost
        if entered is not None and entered != margin:
            top.refuse(
                "margin_fen",
                "{entered} is not the fee less the cost ({margin}); leave one of them out.",
                entered=entered,
                margin=margin,
            )
    if margin is not None and margin > fee:
        top.refuse("margin_fen", "{margin} is more than the fee of {fee}.", margin=margin, fee=fee)
    return margin


def _validity(top: Node) -> dict[str, Any]:
    start, end = top.day("valid_from", None), top.day("valid_to", None)
    if start is None:
        top.refuse("valid_from", "say from which day it is sold.")
    if end is not None and end <= start:
        top.refuse("valid_to", "{end} is not after {start}: it would never be sold.", end=end, start=start)
    return {"valid_from": start, "valid_to": end}


def _check(sheet: ProductSheet, top: Node, tags: frozenset[str]) -> None:
    both = set(sheet.suits) & set(sheet.not_for)
    if both:
        top.refuse("not_for", "{listed} cannot be among those it suits as well.", listed=", ".join(sorted(both)))
    unknown = (set(sheet.suits) | set(sheet.not_for)) - tags
    if unknown:
        top.refuse("suits", "no such tag: {listed}.", listed=", ".join(sorted(unknown)))
    if (sheet.kind == "bundle") != bool(sheet.parts):
        top.refuse("parts", "a bundle names the products in it, and nothing else does.")
    if sheet.code in sheet.parts or len(sheet.parts) == 1:
        top.refuse("parts", "a bundle is made of two other products or more.")
    _check_company(sheet, top)
    _rated(sheet.kind, sheet.tariff)


def _check_company(sheet: ProductSheet, top: Node) -> None:
    """What it needs beside it and what it does not go with."""
    for key, named in (("requires", sheet.requires), ("excludes", sheet.excludes)):
        for one in named:
            family, kinded, kind = one.partition(":")
            if not (family in FAMILIES and kind in KINDS if kinded else CODE.fullmatch(one)):
                top.refuse(
                    key, '"{one}" is neither the code of a product nor a family with a kind, as mobile:plan.', one=one
                )
            if one == sheet.code or one in sheet.parts:
                top.refuse(key, "{one} is the product itself or a part of it.", one=one)
    both = set(sheet.requires) & set(sheet.excludes)
    if both:
        top.refuse("excludes", "{listed} cannot be needed as well.", listed=", ".join(sorted(both)))


def _rated(kind: str, terms: Mapping[str, Any]) -> None:
    """The engine's own word on the terms, with its path under `tariff`."""
    try:
        tariffs.check(kind="pack" if kind == "pack" else "plan", tariff=terms)
    except TariffRefused as why:
        raise TariffRefused(f"tariff.{why.path}" if why.path else "tariff", why.sentence, **why.gaps) from why
