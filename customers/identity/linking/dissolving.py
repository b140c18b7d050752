"""Merges whose evidence has vanished: those that linking made by itself are undone, those of people are flagged.

A merge parts its person in two. Its evidence has vanished when something that agreed when it was made agrees no more, and
no pair of records across the two sides reaches `STANDS_FROM_BITS`. Joining asks for 0 bits, undoing for less than the lower
end of the review band, −4: what lies between stays as it is, so that nothing goes to and fro over one line (hysteresis).
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from django.db import DatabaseError

from callcenter.foundation import masks
from callcenter.foundation.commands import command
from callcenter.foundation.errors import Refused
from customers.identity import sampling
from customers.identity.ledger import LINKING, Decision, MergeAudit
from customers.identity.linking.model import COMPARISONS
from customers.identity.linking.reading import FIELD, SHARED_BY, Merge, Shared, World
from customers.identity.linking.weighing import FLOOR_BITS, Record, Weighed, spoken_name
from customers.quality import alerting

log = logging.getLogger(__name__)

STANDS_FROM_BITS = -4.0  # the lower end of the review band
_WEIGHED = {(each.field, level.name) for each in COMPARISONS for level in each.levels}
_VALUES = tuple(each.field for each in COMPARISONS)


class TakeApart(Protocol):
    """`merging.unmerge`, or what does more besides."""

    def __call__(self, *, absorbed: UUID, actor: str, reason: str, now: datetime, may_relink: bool) -> object: ...


@dataclass(frozen=True, kw_only=True)
class Vanished:
    """A merge that nothing speaks for any more. `bits` of the strongest pair across, at least the floor of weighing.

    `lost` are fields that agreed and do not; `shared` is the identifier of too many people that did it, if one did.
    """

    merge: Merge
    bits: float
    lost: tuple[str, ...]
    shared: Shared | None

    @property
    def reason(self) -> str:
        by = f" (one {self.shared.key.kind} of {self.shared.people} people)" if self.shared else ""
        return f"evidence gone: {', '.join(self.lost)}{by}"


@dataclass(frozen=True, kw_only=True)
class Settled:
    """What became of merges without evidence: taken apart, flagged just now, and left for the next run by a failure."""

    undone: int
    flagged: int
    failed: int


def vanished(
    *, world: World, owners: Sequence[UUID], records: Sequence[Record], found: Weighed, stands_from: float = STANDS_FROM_BITS
) -> list[Vanished]:  # fmt: skip
    """Merges that stand without evidence, the latest first. `owners[i]` is the part record i is of."""
    if not world.merges:
        return []
    into = {one.absorbed: one.survivor for one in world.merges}
    strongest, agree = _across(into, owners, found)
    held: dict[UUID, list[Record]] = {}
    for owner, record in zip(owners, records, strict=True):
        held.setdefault(owner, []).append(record)
    sides = _Sides(into)
    told: list[Vanished] = []
    for merge in sorted(world.merges, key=lambda one: -one.decision):
        bits = strongest.get(merge.absorbed, FLOOR_BITS)
        if bits >= stands_from:
            continue
        ours, theirs = sides.of(merge.absorbed)
        first, second = ([each for part in side for each in held.get(part, ())] for side in (ours, theirs))
        if not (any(map(_speaks, first)) and any(map(_speaks, second))):
            continue  # a side of whom nothing is known is no evidence against anything
        still = agree[merge.absorbed] if merge.absorbed in agree else _namesakes(first, second)
        lost = _agreed(merge) - still - _equal(first, second)
        if lost:
            shared = _shared_by_both(world.shared.values(), ours, theirs, lost)
            told.append(Vanished(merge=merge, bits=bits, lost=tuple(sorted(lost)), shared=shared))
    return told


def settle(*, found: Sequence[Vanished], take_apart: TakeApart, may_undo: bool, now: datetime) -> Settled:
    """Undo what linking made by itself and flag the rest, a transaction a merge: one that fails leaves the others alone,
    and the next run comes to it again. Without `may_undo` all are flagged. Flags whose evidence is back go.
    """
    became: list[str] = []
    for one in found:
        try:
            became.append(_settle(one=one, take_apart=take_apart, may_undo=may_undo, now=now))
        except (Refused, DatabaseError):
            log.warning("merge %s without evidence could not be settled", one.merge.decision, exc_info=True)
            became.append("failed")
    sampling.lower_flags(but=[one.merge.decision for one in found])
    return Settled(undone=became.count("undone"), flagged=became.count("flagged"), failed=became.count("failed"))


@command
def _settle(*, one: Vanished, take_apart: TakeApart, may_undo: bool, now: datetime) -> str:
    standing = Decision.objects.filter(pk=one.merge.decision, closed_at__isnull=True)
    row = standing.select_for_update(no_key=True).first()
    if row is None:
        return "gone"  # somebody was faster
    confirmed = MergeAudit.objects.filter(decision=row, verdict=MergeAudit.Verdict.RIGHT).exists()
    if not may_undo or row.actor != LINKING or confirmed:
        is_new = sampling.flag(decision=row.pk, bits=one.bits, lost=one.lost, now=now)
        return "flagged" if is_new else "known"
    take_apart(absorbed=one.merge.absorbed, actor=LINKING, reason=one.reason, now=now, may_relink=True)
    if one.shared is not None:
        alerting.tell_shared(
            source=one.shared.source, code=code_of(one.shared), people=one.shared.people, most=SHARED_BY, now=now
        )
    return "undone"


def code_of(shared: Shared) -> str:
    """An identifier as an alert names it: its kind, and the value masked."""
    return alerting.shared_code(shared.key.kind, masks.identifier(kind=shared.key.kind, value=shared.clear))


class _Sides:
    """The two sides of each merge: whoever came along with the absorbed party, and all others of the person."""

    def __init__(self, into: Mapping[UUID, UUID]) -> None:
        self.came: dict[UUID, list[UUID]] = {}
        self.into = into
        for absorbed, survivor in into.items():
            self.came.setdefault(survivor, []).append(absorbed)

    def of(self, absorbed: UUID) -> tuple[set[UUID], set[UUID]]:
        """(All others, the absorbed party and its own)."""
        root = absorbed
        while root in self.into:
            root = self.into[root]
        theirs = self._under(absorbed)
        return self._under(root) - theirs, theirs

    def _under(self, part: UUID) -> set[UUID]:
        found, todo = set[UUID](), [part]
        while todo:
            one = todo.pop()
            found.add(one)
            todo += self.came.get(one, ())
        return found


def _across(
    into: Mapping[UUID, UUID], owners: Sequence[UUID], found: Weighed
) -> tuple[dict[UUID, float], dict[UUID, set[str]]]:
    """By merge (its absorbed party): the bits of the strongest pair across it, and the fields in which any pair agrees.

    Merges form a tree; a pair lies across exactly those that stand on the way from one of its parts to the other.
    """
    chain = _chains(into)
    strongest: dict[UUID, float] = {}
    agree: dict[UUID, set[str]] = {}
    for pair in found.pairs:
        one, other = owners[pair.a], owners[pair.b]
        if one == other or (one not in into and other not in into):
            continue
        (root, first), (other_root, second) = chain(one), chain(other)
        if root != other_root:
            continue
        fields = {str(each["field"]) for each in found.evidence(pair.a, pair.b) if each["bits"] > 0}
        for merge in first ^ second:
            strongest[merge] = max(strongest.get(merge, FLOOR_BITS), pair.bits)
            agree.setdefault(merge, set()).update(fields)
    return strongest, agree


def _chains(into: Mapping[UUID, UUID]) -> Callable[[UUID], tuple[UUID, frozenset[UUID]]]:
    """A part → the id its person lives under, and the absorbed parties on the way there."""
    known: dict[UUID, tuple[UUID, frozenset[UUID]]] = {}

    def chain(part: UUID) -> tuple[UUID, frozenset[UUID]]:
        if part not in known:
            way, root = set[UUID](), part
            while root in into:
                way.add(root)
                root = into[root]
            known[part] = root, frozenset(way)
        return known[part]

    return chain


def _agreed(merge: Merge) -> set[str]:
    """Fields that spoke for the merge when it was made, as far as linking weighs them."""
    told = {
        str(one["field"]) for one in merge.evidence
        if one.get("bits", 0) > 0 and (one.get("field"), one.get("agreement")) in _WEIGHED
    }  # fmt: skip
    return told | merge.at_both


def _equal(ours: Iterable[Record], theirs: Iterable[Record]) -> set[str]:
    """Fields with one value at both: what too many records have is never weighed, and may agree all the same."""
    first, second = list(ours), list(theirs)

    def values(records: list[Record], name: str) -> set[str]:
        return {value for one in records if (value := getattr(one, name))}

    return {name for name in _VALUES if values(first, name) & values(second, name)}


def _namesakes(ours: Iterable[Record], theirs: Iterable[Record]) -> set[str]:
    """The name, where nobody weighed a pair across and a surname is at both: it may well agree as it did."""
    first, second = ({spoken_name(one.name)[1] for one in side if one.name} for side in (ours, theirs))
    return {"name"} if first & second else set()


def _speaks(record: Record) -> bool:
    return any(getattr(record, name) for name in _VALUES)


def _shared_by_both(
    shared: Iterable[Shared], ours: Collection[UUID], theirs: Collection[UUID], lost: Collection[str]
) -> Shared | None:
    both = (
        one for one in shared
        if FIELD.get(one.key.kind) in lost and not one.parts.isdisjoint(ours) and not one.parts.isdisjoint(theirs)
    )  # fmt: skip
    return max(both, key=lambda one: (one.people, one.key), default=None)
