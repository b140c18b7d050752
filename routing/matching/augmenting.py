"""Who can be served together: matching by augmenting paths. Pure."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from typing import TypeVar

Right = TypeVar("Right", bound=Hashable)


def by_longest_idle(
    *, served: Sequence[int], wanted: Sequence[Sequence[int]], rank: Callable[[int], tuple[float, ...]]
) -> dict[int, int]:
    """Agent of each served caller: the longest idle agents who can cover them all, each with the oldest caller.

    Candidates come in the order of `rank`, longest idle first.
    """
    if len(served) == 1:
        return {served[0]: wanted[served[0]][0]}
    classes: dict[int, list[int]] = {}  # callers with one and the same tuple of candidates
    for index in served:
        classes.setdefault(id(wanted[index]), []).append(index)
    able: dict[int, list[int]] = {}  # agent → first caller of each class
    for callers in classes.values():
        for agent in wanted[callers[0]]:
            able.setdefault(agent, []).append(callers[0])
    # Agents with the same callers share one line, so that a class proved full is not searched again.
    lines: dict[tuple[int, ...], tuple[int, ...]] = {}

    def line_of(agent: int) -> tuple[int, ...]:
        firsts = tuple(able[agent])
        if firsts not in lines:
            lines[firsts] = tuple(sorted(caller for first in firsts for caller in classes[id(wanted[first])]))
        return lines[firsts]

    agents = sorted(able, key=rank)
    taken = augment((line_of(agent) for agent in agents), enough=len(served))
    return {caller: agents[rank] for caller, rank in taken.items()}


def augment(lists: Iterable[Sequence[Right]], enough: int | None = None) -> dict[Right, int]:
    """Match lefts to rights, each left in order having the first say: right → number of its left.

    A left is matched only if some rearrangement keeps every earlier one matched (augmenting paths, Kuhn 1955).
    Lists that are one object are searched once; a list that once had no path never gets one.
    """
    owner: dict[Right, int] = {}
    wanted: list[Sequence[Right]] = []
    start: dict[int, int] = {}  # list → its first right that may still be unmatched
    full: set[int] = set()
    for left, rights in enumerate(lists):
        wanted.append(rights)
        if id(rights) in full:
            continue
        at = start.get(id(rights), 0)
        while at < len(rights) and rights[at] in owner:
            at += 1
        start[id(rights)] = at
        if at < len(rights):
            owner[rights[at]] = left
        elif not _reroute(left, wanted, owner):
            full.add(id(rights))
        if len(owner) == enough:
            break
    return owner


def _reroute(left: int, wanted: Sequence[Sequence[Right]], owner: dict[Right, int]) -> bool:
    """Find the shortest way to shift earlier pairs so that `left` gets a right too, and shift them."""
    came_from: dict[Right, int] = {}
    holds = {held_by: right for right, held_by in owner.items()}
    searched: set[int] = set()
    queue = deque([left])
    while queue:
        here = queue.popleft()
        if id(wanted[here]) in searched:
            continue
        searched.add(id(wanted[here]))
        for right in wanted[here]:
            if right in came_from:
                continue
            came_from[right] = here
            if right not in owner:
                _shift(right, came_from, holds, owner)
                return True
            queue.append(owner[right])
    return False


def _shift(right: Right, came_from: Mapping[Right, int], holds: Mapping[int, Right], owner: dict[Right, int]) -> None:
    while True:
        left = came_from[right]
        owner[right] = left
        if left not in holds:
            return
        right = holds[left]
