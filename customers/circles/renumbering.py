"""The same person behind a new number: found by whom both talk with, proposed, never merged. Pure.

Cosine of the two contact sets, between numbers that fell silent and numbers that appeared about then; only mutual bests
with at least three contacts in common count. A pair found renames the old number, and the search runs again: people whose friends
changed their numbers too are found in the second pass (measured on IEEE VAST 2008: four of five, then the fifth).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

LEAST_LIKENESS = 0.6
LEAST_CONTACTS = 3  # in common: with fewer, likeness is chance
# An old number still rings now and then, a new one was tried before: a fifth of the use on the wrong side is forgiven.
FORGIVEN = 0.2
MARGIN = 0.2  # of the span looked at: later than so much after its begin is new, earlier before its end is given up
OVERLAP = 0.1  # of the span: both numbers may be in use for so long
PASSES = 4


@dataclass(frozen=True, kw_only=True)
class Talk:
    """One call or message between two numbers. `at` in days from any fixed instant."""

    a: str
    b: str
    at: float


@dataclass(frozen=True, kw_only=True)
class Renumbered:
    """An old number and the new one of probably the same person. `likeness` 0 … 1; `shared` contacts of both."""

    old: str
    new: str
    likeness: float
    shared: int
    at: float  # when the new number appeared
    found_in_pass: int


@dataclass(kw_only=True)
class _Use:
    at: list[float]
    contacts: dict[str, int]
    first: float = 0.0  # the bulk of the use lies between these two
    last: float = 0.0


def renumbered(talks: Sequence[Talk], *, least: float = LEAST_LIKENESS) -> list[Renumbered]:
    """Every pair of numbers that are probably one person before and after a change; the likeliest first."""
    if not talks:
        return []
    begins, ends = min(one.at for one in talks), max(one.at for one in talks)
    names: dict[str, str] = {}
    found: list[Renumbered] = []
    for turn in range(1, PASSES + 1):
        fresh = _pass(talks, names, begins=begins, ends=ends, least=least, turn=turn, done=found)
        if not fresh:
            break
        found += fresh
        names |= {one.old: one.new for one in fresh}
    return sorted(found, key=lambda one: (-one.likeness, one.old))


def _pass(
    talks: Iterable[Talk], names: dict[str, str], *, begins: float, ends: float, least: float, turn: int,
    done: list[Renumbered],
) -> list[Renumbered]:  # fmt: skip
    use = _used(talks, names)
    known = {one.old for one in done} | {one.new for one in done}
    open_ = {name: one for name, one in use.items() if name not in known and len(one.contacts) >= LEAST_CONTACTS}
    # a number seen from the start is not new, one in use to the end is not given up
    margin = (ends - begins) * MARGIN
    silent = {name: one for name, one in open_.items() if one.last < ends - margin}
    appeared = {name: one for name, one in open_.items() if one.first > begins + margin}
    likeness = _alike(silent, appeared, (ends - begins) * OVERLAP)
    best_new = _best(likeness, 0)
    best_old = _best(likeness, 1)
    pairs = []
    for (old, new), value in likeness.items():
        if value >= least and best_new[old] == new and best_old[new] == old:
            shared = len(silent[old].contacts.keys() & appeared[new].contacts.keys())
            pairs.append(
                Renumbered(old=old, new=new, likeness=value, shared=shared, at=appeared[new].first, found_in_pass=turn)
            )
    return pairs


def _used(talks: Iterable[Talk], names: dict[str, str]) -> dict[str, _Use]:
    """When each number was used and with whom. A contact who changed the number is one contact."""
    use: dict[str, _Use] = {}
    for one in talks:
        for own, other in ((one.a, one.b), (one.b, one.a)):
            held = use.setdefault(own, _Use(at=[], contacts={}))
            held.at.append(one.at)
            named = names.get(other, other)
            held.contacts[named] = held.contacts.get(named, 0) + 1
    for held in use.values():
        held.at.sort()
        forgiven = int(len(held.at) * FORGIVEN)
        held.first, held.last = held.at[forgiven], held.at[-1 - forgiven]
    return use


def _alike(silent: dict[str, _Use], appeared: dict[str, _Use], overlap: float) -> dict[tuple[str, str], float]:
    """Cosine of contact sets, of pairs whose times fit and that share at least one contact."""
    by_contact: dict[str, list[str]] = {}
    for name, one in appeared.items():
        for contact in one.contacts:
            by_contact.setdefault(contact, []).append(name)
    dots: dict[tuple[str, str], int] = {}
    for old, one in silent.items():
        for contact in one.contacts:
            for new in by_contact.get(contact, ()):
                if new != old and appeared[new].first >= one.last - overlap:
                    dots[old, new] = dots.get((old, new), 0) + 1
    return {
        (old, new): shared / math.sqrt(len(silent[old].contacts) * len(appeared[new].contacts))
        for (old, new), shared in dots.items()
        if shared >= LEAST_CONTACTS
    }


def _best(likeness: dict[tuple[str, str], float], side: int) -> dict[str, str]:
    """Each number's likeliest partner; ties by name, so that a run repeats."""
    best: dict[str, tuple[float, str]] = {}
    for pair, value in likeness.items():
        own, other = pair[side], pair[1 - side]
        if own not in best or (value, other) > best[own]:
            best[own] = (value, other)
    return {own: other for own, (_value, other) in best.items()}
