"""Identifiers: time-ordered UUIDs inside, opaque prefixed words outside (`c_…` call, `r_…` reservation, `a_…` agent)."""

from __future__ import annotations

import os
import struct
import time
from uuid import UUID

from callcenter.foundation.errors import NotFound
from callcenter.foundation.numbers import whole


def uuid7() -> UUID:
    """A time-ordered UUID (RFC 9562, version 7): new rows land at the right edge of the index, not all over it."""
    milliseconds = time.time_ns() // 1_000_000
    value = (milliseconds & 0xFFFF_FFFF_FFFF) << 80 | int.from_bytes(os.urandom(10), "big")
    value = value & ~(0xF << 76) | 0x7 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    return UUID(int=value)


def uuid7s(count: int) -> list[str]:
    """Many of them at once, in rising order, as 32 hex digits: the clock and the source of chance are asked once.

    What stands behind the milliseconds counts (RFC 9562, 6.2, method 1), and 62 bits of chance follow.
    """
    milliseconds = time.time_ns() // 1_000_000
    chance = struct.unpack(f"={count}Q", os.urandom(8 * count))
    return [
        f"{milliseconds + (n >> 12):012x}7{n & 0xFFF:03x}{bits & 0x3FFF_FFFF_FFFF_FFFF | 0x8000_0000_0000_0000:016x}"
        for n, bits in enumerate(chance)
    ]


def public(prefix: str, key: UUID | int) -> str:
    """`c_0190…` for a UUID, `a_17` for a number."""
    return f"{prefix}_{key.hex if isinstance(key, UUID) else key}"


def read_uuid(prefix: str, word: str) -> UUID:
    """The UUID inside `c_0190…`. Raises NotFound for anything else: a wrong id is an id that does not exist."""
    head, _, tail = word.partition("_")
    try:
        if head != prefix or len(tail) != 32:
            raise ValueError
        return UUID(hex=tail)
    except ValueError:
        raise NotFound(f"There is nothing here by the name {word[:60]!r}.") from None


def read_int(prefix: str, word: str) -> int:
    """The number inside `a_17`. Raises NotFound for anything else."""
    head, _, tail = word.partition("_")
    number = whole(tail) if head == prefix else None
    if number is None:
        raise NotFound(f"There is nothing here by the name {word[:60]!r}.")
    return number
