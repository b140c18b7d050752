"""The on/off plan of paired matching: fixed in advance, counterbalanced, nobody's choice. Pure.

Days are cut into blocks of 30 minutes; within a day they go A B B A, and every second day B A A B, so that each half
hour of the day is on as often as off, and no trend of a day or of days leans to one side. A call belongs to the block
in which it arrived, whenever it was answered.
"""

from __future__ import annotations

from datetime import datetime
from zlib import crc32
from zoneinfo import ZoneInfo

BLOCK_MIN = 30
_ABBA = (True, False, False, True)


def is_on(*, at: datetime, queue: str, zone: ZoneInfo) -> bool:
    """Whether calls of this queue that arrive at this instant are paired. Published in advance: anybody can compute it."""
    local = at.astimezone(zone)
    block = (local.hour * 60 + local.minute) // BLOCK_MIN
    mirrored = (local.toordinal() + crc32(queue.encode())) % 2 == 1
    return _ABBA[block % 4] != mirrored
