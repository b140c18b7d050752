"""What a report is made of: plain values that a room hands over and the floor renders. Pure.

Words are codes, numbers are numbers: a stored report is read in either language, and to the same figures each time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

Cell = str | float | int | None | Mapping[str, str]  # a mapping holds a label by language
UNITS = ("", "share", "points", "seconds", "hours", "number", "day")


@dataclass(frozen=True, kw_only=True)
class Sentence:
    """A conclusion: the code of a sentence and what stands in its gaps, each with its unit."""

    code: str
    facts: Mapping[str, Cell] = field(default_factory=dict)
    units: Mapping[str, str] = field(default_factory=dict)
    kind: str = "sentence"


@dataclass(frozen=True, kw_only=True)
class Table:
    """Figures in columns; each column has a code for its head and a unit."""

    code: str
    columns: Sequence[tuple[str, str]]
    rows: Sequence[Sequence[Cell]]
    kind: str = "table"


@dataclass(frozen=True, kw_only=True)
class Bars:
    """Values with their 95 % intervals, one line each."""

    code: str
    unit: str
    rows: Sequence[tuple[Cell, float, float, float]]  # label, value, low, high
    kind: str = "bars"


Block = Sentence | Table | Bars


def stored(blocks: Sequence[Block]) -> list[dict[str, Any]]:
    """As JSON holds them."""
    return [asdict(one) for one in blocks]
