"""Joining records into persons: the strongest pair first, and never across a guard. Pure.

Connected components over pairs above a threshold join whole families through one shared telephone. Here a pair joins
two groups only if nothing in the groups speaks against it (design: best-first merging under constraints).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

WORST_PAIR_BITS = -11.0
MOST_RECORDS = 30  # a person with more records than this is looked at by a person
REVIEW_FROM_BITS = 6.0  # a join this strong that a guard refused is worth a look


@dataclass(frozen=True, kw_only=True)
class Pair:
    """Two records (by number) that may be one person. `bits`: log2 of the odds, prior included."""

    a: int
    b: int
    bits: float


@dataclass(frozen=True, kw_only=True)
class Guards:
    """What may speak against a join. Records are numbered 0 … n−1.

    `source[i]` is the source of record i; sources in `single` hold one record a person at most. For other sources a
    second record costs `repeat_bits[source]`. `document[i]` is a valid id number, "" unknown. `kind[i]`: parties of
    two kinds are never one. `apart` are pairs of groups (their first records) that somebody declared not the same.
    """

    source: Sequence[str]
    single: frozenset[str] = frozenset()
    repeat_bits: Mapping[str, float] = field(default_factory=dict)
    document: Sequence[str] = ()
    kind: Sequence[str] = ()
    apart: frozenset[tuple[int, int]] = frozenset()


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """A pair that was strong enough and still not joined, and why: for the review queue."""

    pair: Pair
    why: str  # one_per_source | ids_differ | worst_pair | kinds | apart | size


@dataclass(frozen=True, kw_only=True)
class Clusters:
    """`group[i]` is the smallest record number of the person record i belongs to; `joins` are the pairs that joined."""

    group: list[int]
    joins: list[Pair]
    refused: list[Refusal]


def join(
    *, records: int, pairs: Iterable[Pair], guards: Guards, at_least: float = 0.0, start: Iterable[Sequence[int]] = ()
) -> Clusters:
    """Best-first: pairs by falling weight, ties by number; each joins its two groups unless a guard refuses.

    `start` are groups that stand already (records of one customer). Pairs under `at_least` bits join nothing.
    """
    ordered = sorted(pairs, key=lambda pair: (-pair.bits, pair.a, pair.b))
    work = _Work(records, ordered, guards)
    for group in start:
        for other in group[1:]:
            work.unite(group[0], other)
    joins: list[Pair] = []
    refused: list[Refusal] = []
    for pair in ordered:
        if pair.bits < at_least:
            break
        a, b = work.find(pair.a), work.find(pair.b)
        if a == b:
            continue
        why = work.refuses(a, b, pair, at_least)
        if not why:
            work.unite(a, b)
            joins.append(pair)
        elif pair.bits >= REVIEW_FROM_BITS:
            refused.append(Refusal(pair=pair, why=why))
    return Clusters(group=[work.find(i) for i in range(records)], joins=joins, refused=refused)


def learn_repeat_bits(*, pairs: Iterable[Pair], source: Sequence[str], sure: float = 12.0) -> dict[str, float]:
    """What a second record of one source says about a pair, learnt from pairs that are sure anyway.

    log2 of (pairs seen inside the source ÷ pairs expected if sources met at random), at most 0, with half a pair added
    for caution. A source that never repeats a person earns a strong word against; one that often does, none: evidence,
    not law.
    """
    met = [(source[pair.a], source[pair.b]) for pair in pairs if pair.bits >= sure]
    held: dict[str, int] = {}
    inside: dict[str, int] = {}
    for first, second in met:
        held[first] = held.get(first, 0) + 1
        held[second] = held.get(second, 0) + 1
        if first == second:
            inside[first] = inside.get(first, 0) + 1
    expected = {name: len(met) * (ends / (2 * len(met))) ** 2 for name, ends in held.items()}
    return {name: min(0.0, math.log2((inside.get(name, 0) + 0.5) / (expected[name] + 0.5))) for name in held}


class _Work:
    """Groups under way, with what the guards ask of them."""

    def __init__(self, records: int, pairs: list[Pair], guards: Guards) -> None:
        self.guards = guards
        self.parent = list(range(records))
        self.members: list[list[int]] = [[i] for i in range(records)]
        self.bits: dict[tuple[int, int], float] = {(min(p.a, p.b), max(p.a, p.b)): p.bits for p in pairs}

    def find(self, record: int) -> int:
        root = record
        while self.parent[root] != root:
            root = self.parent[root]
        while self.parent[record] != root:
            self.parent[record], record = root, self.parent[record]
        return root

    def unite(self, one: int, other: int) -> None:
        one, other = self.find(one), self.find(other)
        if one == other:
            return
        root, gone = min(one, other), max(one, other)
        self.parent[gone] = root
        self.members[root] += self.members[gone]
        self.members[gone] = []

    def refuses(self, one: int, other: int, pair: Pair, at_least: float) -> str:
        """ "" if nothing speaks against it."""
        ours, theirs = self.members[one], self.members[other]
        guards = self.guards
        if len(ours) + len(theirs) > MOST_RECORDS:
            return "size"
        if guards.kind and guards.kind[one] != guards.kind[other]:
            return "kinds"
        if guards.apart and any((min(a, b), max(a, b)) in guards.apart for a in ours for b in theirs):
            return "apart"
        if guards.document and _ids_differ(guards.document, ours, theirs):
            return "ids_differ"
        shared = {guards.source[i] for i in ours} & {guards.source[i] for i in theirs}
        if shared & guards.single:
            return "one_per_source"
        if sum(guards.repeat_bits.get(source, 0.0) for source in shared) + pair.bits < at_least:
            return "one_per_source"
        if self._worst(ours, theirs) < WORST_PAIR_BITS:
            return "worst_pair"
        return ""

    def _worst(self, ours: list[int], theirs: list[int]) -> float:
        """The weakest weighed pair across; pairs that nobody weighed share nothing and say nothing."""
        return min((self.bits.get((min(a, b), max(a, b)), 0.0) for a in ours for b in theirs), default=0.0)


def _ids_differ(document: Sequence[str], ours: list[int], theirs: list[int]) -> bool:
    """Two id numbers that are more than a slip of one sign apart belong to two people."""
    first = {document[i] for i in ours if document[i]}
    second = {document[i] for i in theirs if document[i]}
    return bool(first and second) and not any(within_one_slip(a, b) for a in first for b in second)


def within_one_slip(one: str, other: str) -> bool:
    """Equal, or one sign wrong, missing, too many, or two neighbours swapped (Damerau distance ≤ 1)."""
    if one == other:
        return True
    if abs(len(one) - len(other)) > 1:
        return False
    start = next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    left, right = one[start:], other[start:]
    return (
        left[1:] == right[1:]
        or left[1:] == right
        or left == right[1:]
        or (len(left) > 1 and len(right) > 1 and left[:2] == right[1::-1] and left[2:] == right[2:])
    )


def pairwise_f1(*, group: Sequence[object], truth: Sequence[object]) -> tuple[float, float, float]:
    """Precision, recall and F1 over pairs of records put together by `group` and by `truth`."""

    def pairs(labels: Iterable[object]) -> int:
        counts: dict[object, int] = {}
        for label in labels:
            counts[label] = counts.get(label, 0) + 1
        return sum(n * (n - 1) // 2 for n in counts.values())

    both, found, true = pairs(zip(group, truth, strict=True)), pairs(group), pairs(truth)
    if not both:
        return 0.0, 0.0, 0.0
    return both / found, both / true, 2 * both / (found + true)
