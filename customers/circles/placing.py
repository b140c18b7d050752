"""Our customers in the circles of all who talk: their roles and what makes them. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from customers.circles import finding, standing
from customers.circles.finding import Circles, Floats, Ints
from customers.circles.renumbering import Talk

HALF_LIFE_DAYS = 30
_STRANGER_SEED = 1  # of the random beginners shown for comparison


@dataclass(frozen=True, kw_only=True)
class Known:
    """What we know of a customer: expected margin in fen, whether marketing may ask, whether they left or fall away."""

    value_fen: int
    may_ask: bool
    is_leaving: bool


@dataclass(frozen=True, kw_only=True)
class Member:
    """One customer in a circle; fields as in `models.CircleMember`."""

    customer_id: UUID
    role: str
    standing: float
    value_rank: float
    influence_rank: float
    core_rank: float
    spread_rank: float
    reach: float
    begins: int | None
    neighbours: int
    neighbours_leaving: float


@dataclass(frozen=True, kw_only=True)
class Circle:
    """A circle with at least one customer. `numbers` counts strangers too; `closeness` 0 … 1."""

    numbers: int
    closeness: float
    value_fen: int
    members: tuple[Member, ...]


@dataclass(frozen=True, kw_only=True)
class Placed:
    """All circles with a customer, and how many people beginners would reach, chosen in three ways."""

    circles: tuple[Circle, ...] = ()
    spread: Mapping[str, float] = field(default_factory=dict)


def place(talks: Sequence[Talk], *, owners: Mapping[str, UUID], known: Mapping[UUID, Known]) -> Placed:
    """Circles of everybody who talks; told are those that hold our customers."""
    numbers = sorted({end for one in talks for end in (one.a, one.b)})
    if not numbers:
        return Placed()
    at = {number: place for place, number in enumerate(numbers)}
    a, b = np.array([at[one.a] for one in talks]), np.array([at[one.b] for one in talks])
    calls = np.array([2.0 ** (one.at / HALF_LIFE_DAYS) for one in talks])
    trade = finding.one_way(a, b, len(numbers))
    people = ~(trade[a] | trade[b])
    found = finding.find(a=a[people], b=b[people], calls=calls[people], nodes=len(numbers))
    who = [owners.get(number) for number in numbers]
    facts = [known.get(one) if one else None for one in who]
    return _told(found, who, _Columns.of(facts, np.array([one is not None for one in who])))


@dataclass(frozen=True, kw_only=True)
class _Columns:
    ours: NDArray[np.bool_]
    value: Floats
    may_ask: NDArray[np.bool_]
    leaving: NDArray[np.bool_]

    @classmethod
    def of(cls, facts: Sequence[Known | None], ours: NDArray[np.bool_]) -> _Columns:
        return cls(
            ours=ours,
            value=np.array([float(one.value_fen) if one else 0.0 for one in facts]),
            may_ask=np.array([bool(one and one.may_ask) for one in facts]),
            leaving=np.array([bool(one and one.is_leaving) for one in facts]),
        )


def _told(found: Circles, who: Sequence[UUID | None], known: _Columns) -> Placed:
    among = known.ours & (found.circle >= 0)
    influence = standing.pagerank(found.ties)
    ranked = {
        "value_rank": standing.ranks(known.value, among),
        "influence_rank": standing.ranks(influence, among),
        "core_rank": standing.ranks(standing.core_numbers(found.ties).astype(np.float64), among),
        "spread_rank": standing.ranks(standing.spread(found), among),
    }
    stands = np.where(among, sum(ranked.values()) / len(ranked), -1.0)
    word = standing.Word.of(found.ties)
    first = standing.beginners(word, may_ask=known.may_ask & among)
    columns = ranked | {
        "standing": stands,
        "reach": word.bound,
        "neighbours_leaving": standing.share_of_neighbours(found.ties, known.leaving),
    }
    members = _members(found, who, among, known, columns, first)
    close = standing.closeness(found)
    sizes = np.bincount(found.circle[found.circle >= 0], minlength=found.count)
    return Placed(
        circles=tuple(
            Circle(numbers=int(sizes[circle]), closeness=float(close[circle]), members=tuple(own),
                   value_fen=int(known.value[among & (found.circle == circle)].sum()))
            for circle, own in sorted(members.items())
        ),
        spread=_compared(word, first, influence, known.may_ask & among),
    )  # fmt: skip


def _members(
    found: Circles, who: Sequence[UUID | None], among: NDArray[np.bool_], known: _Columns, columns: Mapping[str, Any],
    first: Ints,
) -> dict[int, list[Member]]:  # fmt: skip
    keys = set(finding.key_people(found, standing=columns["standing"]).tolist())
    seeds = set(finding.seeds(found, may_ask=known.may_ask & among).tolist())
    begins = {int(node): place for place, node in enumerate(first, 1)}
    degree = np.diff(found.ties.indptr)
    told: dict[int, list[Member]] = {}
    for node in np.flatnonzero(among).tolist():
        customer = who[node]
        assert customer is not None  # among ours
        role = "seed" if node in seeds else "key" if node in keys else "member"
        own = Member(
            customer_id=customer, role=role, begins=begins.get(node), neighbours=int(degree[node]),
            **{name: round(float(values[node]), 4) for name, values in columns.items()},
        )  # fmt: skip
        told.setdefault(int(found.circle[node]), []).append(own)
    return told


def _compared(word: standing.Word, first: Ints, influence: Floats, may_ask: NDArray[np.bool_]) -> dict[str, float]:
    """Expected people reached by as many beginners: chosen greedily, by influence alone, by lot."""
    asked = np.flatnonzero(may_ask)
    if not len(first):
        return {}
    loudest = asked[np.argsort(-influence[asked], kind="stable")[: len(first)]]
    lot = np.random.default_rng(_STRANGER_SEED).permutation(asked)[: len(first)]
    return {
        name: round(word.reached(nodes), 1)
        for name, nodes in (("greedy", first), ("pagerank", loudest), ("random", lot))
    }
