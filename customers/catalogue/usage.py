"""What was used in a month, as sums; call records are never needed again.

Each rounding that a live plan needs is a sum of its own: "raw" (units as used) and "event:60" (each call rounded up
to 60 s, then summed). A month's block (Per.MONTH) is found from "raw".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from customers.catalogue.reading import Node, Sentence, TariffRefused
from customers.catalogue.terms import BASE_UNIT, SERVICES, Per, Rounding

MAX_UNITS = 2**36  # 64 TB of data, two thousand years of talk: more is no usage but an error
RAW = "raw"

Int64 = NDArray[np.int64]


class NotRatable(Sentence):
    """This usage cannot be rated on this plan; the sentence says what is missing."""


class SumKey(NamedTuple):
    service: str
    scope: str  # destination, place or time class, as the tariffs name it
    rounding: str  # RAW, or "event:<block>"


def rounding_id(rounding: Rounding) -> str:
    """The stored sum that a rounding is found from."""
    return f"event:{rounding.block}" if rounding.per is Per.EVENT and rounding.block > 1 else RAW


@dataclass(frozen=True, kw_only=True)
class UsageMonth:
    """One subscription's month. A use that has no sum was not made."""

    sums: Mapping[SumKey, int]  # base units
    month: str | None = None  # "2018-11"
    full: bool = True  # closed, and no activation, suspension or plan change in it

    def __post_init__(self) -> None:
        for key, units in self.sums.items():
            if not 0 <= units <= MAX_UNITS:
                raise NotRatable(
                    "{units} {unit}s of {service} cannot have been used.",
                    units=repr(units),
                    unit=BASE_UNIT.get(key.service, "units"),
                    service=key.service,
                )


@dataclass(frozen=True, kw_only=True)
class UsageBlock:
    """The same for many customers: one column of int64 base units for each sum, all of one length."""

    sums: Mapping[SumKey, Int64]
    month: str | None = None
    size: int = field(init=False)

    def __post_init__(self) -> None:
        sizes = {len(column) for column in self.sums.values()}
        if len(sizes) != 1:
            raise NotRatable("The columns of a block need one length.")
        for key, column in self.sums.items():
            if column.dtype != np.int64:
                raise NotRatable(
                    "{service} ({scope}) is {dtype}; sums are int64.",
                    service=key.service,
                    scope=key.scope,
                    dtype=column.dtype,
                )
            if column.size and (column.min() < 0 or column.max() > MAX_UNITS):
                raise NotRatable(
                    "{service} ({scope}) holds a sum that cannot have been used.", service=key.service, scope=key.scope
                )
        object.__setattr__(self, "size", sizes.pop())

    def part(self, start: int, stop: int) -> Mapping[SumKey, Int64]:
        return {key: column[start:stop] for key, column in self.sums.items()}

    def row(self, index: int) -> UsageMonth:
        return UsageMonth(month=self.month, sums={key: int(column[index]) for key, column in self.sums.items()})


def usage_month(rows: Iterable[object], *, month: str | None = None, full: bool = True) -> UsageMonth:
    """Reads {"service", "scope", "unit", "rounding", "units"} rows; refuses other units, doubles and negatives."""
    sums: dict[SumKey, int] = {}
    for index, raw in enumerate(rows):
        node = Node(raw, f"usage[{index}]")
        service = node.one_of("service", SERVICES)
        unit = node.text("unit", BASE_UNIT[service])
        if unit != BASE_UNIT[service]:
            node.refuse(
                "unit",
                "{service} is counted in {base}s, not in {unit}s.",
                service=service,
                base=BASE_UNIT[service],
                unit=unit,
            )
        key = SumKey(service, node.text("scope", "national"), node.text("rounding", RAW))
        if key in sums:
            raise TariffRefused(
                node.path,
                "{service} ({scope}, {rounding}) stands here twice.",
                service=service,
                scope=key.scope,
                rounding=key.rounding,
            )
        sums[key] = node.whole("units", most=MAX_UNITS)
        node.done()
    return UsageMonth(sums=sums, month=month, full=full)


def usage_of(
    *, seconds: int = 0, messages: int = 0, kb: int = 0, event_block: int = 60, scope: str = "national",
    month: str | None = None, full: bool = True,
) -> UsageMonth:  # fmt: skip
    """A month told in words, of one scope; `seconds` are of calls that last whole blocks."""
    voice = -(-seconds // event_block) * event_block
    return UsageMonth(
        month=month,
        full=full,
        sums={
            SumKey("voice", scope, RAW): seconds,
            SumKey("voice", scope, f"event:{event_block}"): voice,
            SumKey("messages", scope, RAW): messages,
            SumKey("data", scope, RAW): kb,
        },
    )
