"""Sets of states and roles as conditions of statements written by hand: spelled once, from `states`."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from routing.states import GUEST, HOLDING_RESERVATION, LIVE_RESERVATION, Role


def one_of(column: str, values: Iterable[StrEnum]) -> str:
    """`column` is ours, never input."""
    return f"{column} IN ({', '.join(repr(value.value) for value in sorted(values))})"


# Of a reservation, by its columns.
LIVE = one_of("state", LIVE_RESERVATION)
HOLDING = one_of("state", HOLDING_RESERVATION)
PRIMARY = one_of("role", [Role.PRIMARY])
GUESTS = one_of("role", GUEST)
