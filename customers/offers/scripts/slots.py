"""What a script may name: each slot with its kind, and who produces it. Figures come from the engine alone. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from customers.offers.wording import Text


class Kind(StrEnum):
    """What a slot holds; all but text are said through the filter of the same name."""

    TEXT = "text"
    MONEY = "money"  # fen
    MONTHS = "months"
    DATE = "date"
    GB = "gb"  # KB
    FLAG = "flag"  # for conditions only


@dataclass(frozen=True, kw_only=True)
class Slot:
    """`missing` is said where a text has no value; without one the line gives way."""

    name: str
    kind: Kind
    producer: str  # where the value comes from, for authors
    missing: Text | None = None


Value = str | int | bool

_ALL = (
    Slot(name="agent", kind=Kind.TEXT, producer="desk", missing=Text(en="your adviser", zh="客服代表")),
    Slot(name="customer_title", kind=Kind.TEXT, producer="identity", missing=Text(en="dear customer", zh="尊敬的客户")),
    Slot(name="queue", kind=Kind.TEXT, producer="desk", missing=Text(en="customer service", zh="客服中心")),
    Slot(name="offer", kind=Kind.TEXT, producer="catalogue", missing=Text(en="this offer", zh="这项服务")),
    Slot(name="plan", kind=Kind.TEXT, producer="catalogue.held"),
    Slot(name="fee", kind=Kind.MONEY, producer="catalogue.fee"),
    Slot(name="saving", kind=Kind.MONEY, producer="claim.promise"),
    Slot(name="penalty", kind=Kind.MONEY, producer="tariff.penalty"),
    Slot(name="one_off", kind=Kind.MONEY, producer="tariff.one_off"),
    Slot(name="contract", kind=Kind.MONTHS, producer="tariff.contract"),
    Slot(name="contract_ends", kind=Kind.DATE, producer="holding.term_end"),
    Slot(name="data_used", kind=Kind.GB, producer="usage.data"),
    Slot(name="throttled", kind=Kind.FLAG, producer="tariff.throttle"),
    Slot(name="may_sell", kind=Kind.FLAG, producer="contact_policy"),
    Slot(name="known", kind=Kind.FLAG, producer="identity"),
)
SLOTS: dict[str, Slot] = {slot.name: slot for slot in _ALL}
FILTERS: dict[str, Kind] = {kind.value: kind for kind in Kind if kind not in {Kind.TEXT, Kind.FLAG}}
