"""Points as lots: each was earned on a day and runs out on a day; what is spent is taken from the oldest first. Pure.

An entry and the one that takes it back cancel out. What adds points and has a day to run out is a lot; anything else says
how much is gone: what was spent or ran out (less than nothing), and what was put right when customers came apart (more).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

REVERSE = "reverse"
UNMERGE = "unmerge:"  # begins the references of what was put right when customers came apart
_REVERSES = "entry:"  # a REVERSE's reference names the entry that it takes back


@dataclass(frozen=True, kw_only=True)
class Movement:
    """One entry of the ledger, as `PointsEntry` keeps it. `returns`: it goes back to whoever is restored by an unmerge."""

    id: int
    kind: str
    points: int
    expires_at: datetime | None
    ref: str
    returns: bool = False


@dataclass(frozen=True, kw_only=True)
class Lot:
    """Points left of what came at once."""

    entry: int
    left: int
    expires_at: datetime
    returns: bool = False


def reversal_of(entry: int) -> str:
    """The reference under which an entry is taken back, once."""
    return f"{_REVERSES}{entry}"


def reversed_by(ref: str) -> int | None:
    """The entry that a REVERSE with this reference takes back."""
    told = ref.removeprefix(_REVERSES)
    return int(told) if told != ref and told.isdecimal() else None


def standing(movements: Iterable[Movement]) -> list[Movement]:
    """What counts: neither taken back, nor itself a taking back of something among these."""
    told = list(movements)
    known = {one.id for one in told}
    back = {reversed_by(one.ref) for one in told if one.kind == REVERSE} & known
    return [one for one in told if one.id not in back and not (one.kind == REVERSE and reversed_by(one.ref) in back)]


def lots(movements: Iterable[Movement]) -> list[Lot]:
    """What is left of each lot, the next to run out first."""
    counted = standing(movements)
    return taken(_lots(counted), _gone(counted))


def split(*, kept: Sequence[Movement], returned: Sequence[Movement], since: Sequence[Movement]) -> int:
    """How many of the points gone `since` two ledgers were one belong to the one that is returned; never more than it had.

    Each side first pays for what was gone before, from its own lots; then what came since is the kept one's.
    """
    recent = standing(since)
    held = [*lots(kept), *_lots(recent), *(replace(lot, returns=True) for lot in lots(returned))]
    held.sort(key=lambda lot: (lot.expires_at, lot.entry))
    before = sum(lot.left for lot in held if lot.returns)
    return before - sum(lot.left for lot in taken(held, _gone(recent)) if lot.returns)


def taken(held: Sequence[Lot], gone: int) -> list[Lot]:
    """The lots without the first `gone` points of them."""
    left = []
    for lot in held:
        used = min(lot.left, max(gone, 0))
        gone -= used
        if lot.left > used:
            left.append(replace(lot, left=lot.left - used))
    return left


def _lots(movements: Iterable[Movement]) -> list[Lot]:
    found = [
        Lot(entry=one.id, left=one.points, expires_at=one.expires_at, returns=one.returns)
        for one in movements
        if one.expires_at is not None and one.points > 0
    ]
    return sorted(found, key=lambda lot: (lot.expires_at, lot.entry))


def _gone(movements: Iterable[Movement]) -> int:
    return -sum(one.points for one in movements if one.expires_at is None or one.points < 0)
