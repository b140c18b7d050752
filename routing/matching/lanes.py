"""The emergency lane: strict, with a cap, so that a flood of alarms cannot take the whole floor. Pure.

Callers of a lane stand before everybody else while their queue holds fewer agents than its share allows. Beyond that
they stand where their place puts them, as everybody does: nobody is idle for the sake of the cap.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from routing.matching.floor import Floor
from routing.matching.rules import WaitingCall


@dataclass(frozen=True, kw_only=True)
class Lane:
    """One emergency queue at this instant, in agents."""

    cap: int  # may be with its callers by right of the lane; at least one
    held: int  # are with them already: ringing, talking, wrapping up

    @property
    def room(self) -> int:
        return max(0, self.cap - self.held)


def lane(queue: int, floor: Floor) -> Lane | None:
    """None for an ordinary queue."""
    rule = floor.roster.queues.get(queue)
    if rule is None or not rule.emergency_share:
        return None
    cap = max(1, int(rule.emergency_share * floor.willing(queue)))
    return Lane(cap=cap, held=floor.insight.held.get(queue, 0))


def in_order(calls: Sequence[WaitingCall], floor: Floor) -> list[WaitingCall]:
    """The order of service: lanes first as far as they have room, everybody else by place."""
    line = sorted(calls, key=lambda call: call.place)
    room = {queue: found.room for queue in {call.queue for call in line} if (found := lane(queue, floor)) is not None}
    if not room:
        return line
    first, behind, taken = [], [], Counter[int]()
    for call in line:
        if taken[call.queue] < room.get(call.queue, 0):
            taken[call.queue] += 1
            first.append(call)
        else:
            behind.append(call)
    return first + behind
