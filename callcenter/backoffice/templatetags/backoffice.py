"""Words of the back office."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import template
from django.utils.translation import get_language

from callcenter.backoffice import import_words
from callcenter.backoffice.insight_words import EVIDENCE, WEEKDAYS
from callcenter.backoffice.words import LINES, PARTIES, PURPOSES, SHARES, TIED, TIES, WORDS
from customers.segments.fields import FIELDS

register = template.Library()


@register.filter
def said(code: object) -> str:
    """A code in the reader's language; what has no word is shown as it is."""
    return str(WORDS.get(str(code), code))


@register.filter
def count(number: int) -> str:
    """A whole number with its thousands apart."""
    return f"{number:,}"


@register.filter
def import_state(code: str) -> str:
    """Where an import stands."""
    return str(import_words.STATES.get(code, code))


@register.filter
def import_field(field: str) -> str:
    """What a column of a file can mean."""
    return str(import_words.FIELDS.get(field) or WORDS.get(field, field))


@register.filter
def line_kind(kind: str) -> str:
    """What a subscription is of."""
    return str(LINES.get(kind, kind))


@register.filter
def party_role(role: str) -> str:
    """What somebody is to an account or a subscription."""
    return str(PARTIES.get(role, role))


@register.filter
def shares(signal: str) -> str:
    """What people of a proposed group share."""
    return str(SHARES.get(signal, signal))


@register.filter
def gate(one: Mapping[str, Any]) -> str:
    """Why a delivery is held."""
    return import_words.gate(one, import_field(str(one.get("field", ""))))


@register.filter
def purpose(code: str) -> str:
    """What somebody agreed to or refused."""
    return str(PURPOSES.get(code, code))


@register.filter
def tie(role: str) -> str:
    """What a customer is to another party: pays for, lives in …"""
    return str(TIES.get(role, role))


@register.filter
def tied(role: str) -> str:
    """What another party is to the customer: paid by, member …"""
    return str(TIED.get(role, role))


@register.filter
def yuan(fen: int | None) -> str:
    """An amount in yuan without fen; a dash for what is not known."""
    return "–" if fen is None else f"¥{fen / 100:,.0f}"


@register.filter
def percent(share: float | None) -> str:
    """A share as whole per cent; a dash for what is not known."""
    return "–" if share is None else f"{100 * share:.0f} %"


@register.filter
def weekday(number: int) -> str:
    """An ISO weekday, short."""
    return str(WEEKDAYS.get(number, number))


@register.filter
def fact(key: str) -> str:
    """The name of a fact that conditions ask for."""
    one = FIELDS.get(key)
    return key if one is None else one.zh if get_language() == "zh-hans" else one.en


@register.filter
def evidence(text: str) -> str:
    """Why a computation gave a tag: `lift=2.3 times=14` in words; what people wrote stays as it is."""
    parts = [part.partition("=") for part in text.split(" ")]
    if not all(value and key in EVIDENCE for key, _sign, value in parts):
        return text
    return " · ".join(str(EVIDENCE[key]) % value for key, _sign, value in parts)
