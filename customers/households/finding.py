"""Groups out of what people share. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import combinations
from uuid import UUID

from customers.households.rules import GroupRule

Shared = Mapping[str, Mapping[str, frozenset[UUID]]]  # signal → what is shared → who shares it


@dataclass(frozen=True, kw_only=True)
class Group:
    """People who belong together. `because`: signal → how many of them share such a thing; `heads` who pays."""

    kind: str
    role: str
    members: frozenset[UUID]
    because: dict[str, int]
    strength: float  # the weakest tie that holds it together
    heads: frozenset[UUID] = field(default=frozenset())


def shared(told: Iterable[tuple[str, str, UUID]]) -> Shared:
    """What two or more share, by signal."""
    held: dict[str, dict[str, set[UUID]]] = defaultdict(lambda: defaultdict(set))
    for signal, what, customer in told:
        held[signal][what].add(customer)
    return {
        signal: {what: frozenset(people) for what, people in by_what.items() if len(people) > 1}
        for signal, by_what in held.items()
    }


def find(*, told: Shared, rule: GroupRule) -> list[Group]:
    """Every group of one rule, the strongest first; ties by their smallest member."""
    groups = _chained(told, rule) if rule.chained else _of_one_thing(told, rule)
    return sorted(groups, key=lambda group: (-group.strength, min(group.members)))


def _of_one_thing(told: Shared, rule: GroupRule) -> Iterator[Group]:
    for signal, weight in rule.weights.items():
        for what, people in told.get(signal, {}).items():
            if weight >= rule.needs and rule.least <= len(people) <= min(rule.most, rule.at_most_sharing):
                yield Group(
                    kind=rule.kind, role=rule.role, members=people, because={signal: len(people)}, strength=weight,
                    heads=_heads(rule, {(signal, what)}, people),
                )  # fmt: skip


def _chained(told: Shared, rule: GroupRule) -> Iterator[Group]:
    """Pairs that reach what is needed, joined; a group that grows beyond the most is nobody's household."""
    ties: dict[tuple[UUID, UUID], set[tuple[str, str]]] = defaultdict(set)
    for signal in rule.weights:
        for what, people in told.get(signal, {}).items():
            if len(people) <= rule.at_most_sharing:
                for pair in combinations(sorted(people), 2):
                    ties[pair].add((signal, what))
    strong = {pair: _strength(things, rule) for pair, things in ties.items()}
    strong = {pair: strength for pair, strength in strong.items() if strength >= rule.needs}
    for members in _joined(strong):
        if not rule.least <= len(members) <= rule.most:
            continue
        inside = {pair: strength for pair, strength in strong.items() if pair[0] in members}
        things = {thing for pair in inside for thing in ties[pair]}
        because = {signal: len(_sharing(signal, inside, ties)) for signal in sorted({name for name, _what in things})}
        yield Group(
            kind=rule.kind, role=rule.role, members=members, because=because, strength=min(inside.values()),
            heads=_heads(rule, things, members),
        )  # fmt: skip


def _strength(things: Iterable[tuple[str, str]], rule: GroupRule) -> float:
    """Each signal counts once, however often two people share such a thing."""
    return sum(rule.weights[signal] for signal in {name for name, _what in things})


def _sharing(
    signal: str, pairs: Iterable[tuple[UUID, UUID]], ties: Mapping[tuple[UUID, UUID], set[tuple[str, str]]]
) -> set[UUID]:
    return {who for pair in pairs if any(name == signal for name, _what in ties[pair]) for who in pair}


def _heads(rule: GroupRule, things: Iterable[tuple[str, str]], members: frozenset[UUID]) -> frozenset[UUID]:
    named = {what for signal, what in things if signal == rule.heads}
    return frozenset(who for who in members if str(who) in named)


def _joined(pairs: Iterable[tuple[UUID, UUID]]) -> Iterator[frozenset[UUID]]:
    """Connected components."""
    parent: dict[UUID, UUID] = {}

    def root(one: UUID) -> UUID:
        while parent.setdefault(one, one) != one:
            parent[one] = parent[parent[one]]
            one = parent[one]
        return one

    for a, b in pairs:
        parent[root(a)] = root(b)
    groups: dict[UUID, set[UUID]] = defaultdict(set)
    for one in list(parent):
        groups[root(one)].add(one)
    return (frozenset(members) for members in groups.values())
