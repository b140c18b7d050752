"""Stored rows as the engine reads them: months with their sums and bill lines. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from customers.catalogue.forward_test import Transitions
from customers.catalogue.reconciliation import BilledMonth, BillLine
from customers.catalogue.usage import RAW, NotRatable, SumKey, UsageMonth

NATIONAL = "national"
POOL_MONTHS = 4  # three, and the one that followed

Month = tuple[str, date, int, int, int]  # customer, month, voice s, messages, data KB


def billed_month(
    *,
    month: date,
    voice_s: int,
    messages: int,
    data_kb: int,
    full: bool = True,
    sums: Iterable[Mapping[str, Any]] = (),
    lines: Iterable[Mapping[str, Any]] = (),
) -> BilledMonth:
    """A stored month. Raises NotRatable for a sum that stands twice or cannot have been used."""
    found = {
        SumKey("voice", NATIONAL, RAW): voice_s,
        SumKey("messages", NATIONAL, RAW): messages,
        SumKey("data", NATIONAL, RAW): data_kb,
    }
    for row in sums:
        key = SumKey(str(row["service"]), str(row.get("scope", NATIONAL)), str(row.get("rounding", RAW)))
        if key in found:
            raise NotRatable(
                "{service} ({scope}, {rounding}) stands twice in {month:%Y-%m}.",
                service=key.service,
                scope=key.scope,
                rounding=key.rounding,
                month=month,
            )
        found[key] = int(row["units"])
    return BilledMonth(
        usage=UsageMonth(sums=found, month=f"{month:%Y-%m}", full=full),
        lines=tuple(BillLine(kind=row["kind"], fen=row["fen"], text=row.get("text", "")) for row in lines),
    )


def pool_rows(months: Iterable[Month]) -> list[list[Any]]:
    """Rows of the pool from (customer, month, voice s, messages, data KB), sorted by customer and month.

    Only months that follow one another count: a gap starts anew.
    """
    rows: list[list[Any]] = []
    run: list[Month] = []
    for row in months:
        if run and (row[0] != run[-1][0] or _index(row[1]) != _index(run[-1][1]) + 1):
            run = []
        run.append(row)
        if len(run) >= POOL_MONTHS:
            *before, after = run[-POOL_MONTHS:]
            means = [sum(used) // len(before) for used in zip(*(month[2:] for month in before), strict=True)]
            rows.append([row[0], *means, *after[2:]])
    return rows


@dataclass(frozen=True, kw_only=True)
class Pool:
    """The pool as arrays: whose rows, and three means with the three sums that followed."""

    whose: NDArray[np.str_]
    figures: NDArray[np.float64]

    def without(self, customer: UUID | None) -> Transitions:
        """The pool, without the customer whose promise it tries."""
        others = self.figures[self.whose != str(customer)]
        return Transitions(before=others[:, :3], after=others[:, 3:])


def pool_of(rows: Sequence[Sequence[Any]]) -> Pool:
    """From stored rows."""
    figures = np.array([row[1:7] for row in rows], np.float64).reshape(-1, 6)
    return Pool(whose=np.array([row[0] for row in rows], dtype=np.str_), figures=figures)


def months_between(since: date, today: date) -> int:
    """Full months served."""
    return max(0, _index(today) - _index(since) - (today.day < since.day))


def _index(day: date) -> int:
    return day.year * 12 + day.month
