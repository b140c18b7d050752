"""The batch over the customers we hold: what is sure is merged, what is doubtful waits for a person, and what was merged
here on evidence that has vanished is undone. Nothing else moves.

A re-run proposes again only what it still sees; decisions of people (merged, not the same) outlive every run.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from callcenter.foundation.commands import command
from callcenter.foundation.errors import Refused
from customers.identity import generic, merging, sampling
from customers.identity.ledger import LINKING, Decision, Proposal
from customers.identity.linking import dissolving, reading
from customers.identity.linking.clustering import Clusters, Guards, Pair, Refusal, join, learn_repeat_bits
from customers.identity.linking.dissolving import Settled, TakeApart
from customers.identity.linking.model import VERSION
from customers.identity.linking.weighing import Weighed, weigh
from customers.identity.models import Customer
from customers.identity.normalise import is_valid_id_document
from customers.quality import alerting
from customers.quality.models import Source

REVIEW_FROM_BITS = -4.0  # between here and 0 a person decides


class MakeOne(Protocol):
    """`merging.merge`, or what does more besides."""

    def __call__(
        self, *, one: UUID, other: UUID, actor: str, reason: str, now: datetime, evidence: Sequence[dict[str, Any]]
    ) -> merging.Merged: ...


@dataclass(frozen=True, kw_only=True)
class Linked:
    """What a run did. `skipped` are merges that were refused when their turn came (somebody was faster).

    `settled` is what became of earlier merges whose evidence has vanished.
    """

    records: int
    pairs: int
    merged: int
    proposed: int
    gone: int
    skipped: int
    shared: int  # identifiers held by too many people to join anybody
    settled: Settled


def link(
    *, now: datetime, merge: bool = True, single: Iterable[str] = (), engine: str = "duckdb",
    make_one: MakeOne = merging.merge, take_apart: TakeApart = merging.unmerge,
) -> Linked:  # fmt: skip
    """Look at every individual: undo merges of its own whose evidence has vanished, merge what is sure, propose the rest.

    Without `merge` nobody becomes one or two by it: all is put before people. `single` are sources that declare one record
    a person, besides those described so; `engine` is duckdb or spark; `make_one` merges two, `take_apart` undoes a merge. Raises
    Unavailable without the packages of the engine.
    """
    world = reading.read()
    owners, records, sources = world.records()
    found = weigh(records, engine=engine)
    gone_stale = dissolving.vanished(world=world, owners=owners, records=records, found=found)
    settled = dissolving.settle(found=gone_stale, take_apart=take_apart, may_undo=merge, now=now)
    generic.propose(found=world.shared.values(), now=now)
    alerting.end_shared(but=[dissolving.code_of(one) for one in world.shared.values()], now=now)
    homes = reading.homes(set(owners))
    documents = [record.document if is_valid_id_document(record.document) else "" for record in records]
    guards = Guards(
        source=sources, single=_single(single), document=documents, apart=_apart(owners),
        repeat_bits=learn_repeat_bits(pairs=found.pairs, source=sources),
    )  # fmt: skip
    clusters = join(records=len(records), pairs=found.pairs, guards=guards, start=_standing(owners, homes))
    joined: list[tuple[int, float]] = []
    skipped = 0
    doubtful = list(_doubtful(found, clusters))
    for pair in clusters.joins:
        if not merge:
            doubtful.append(Refusal(pair=pair, why="band"))
        elif (decision := _merge(owners, pair, found, make_one, now)) is not None:
            joined.append((decision, pair.bits))
        else:
            skipped += 1
    sampling.draw(joins=joined, now=now)
    people = [homes.get(owner, owner) for owner in owners]
    proposed, gone = propose(told=_told(people, doubtful, found), now=now)
    return Linked(
        records=len(records), pairs=len(found.pairs), merged=len(joined), proposed=proposed, gone=gone, skipped=skipped,
        shared=len(world.shared), settled=settled,
    )  # fmt: skip


def _single(told: Iterable[str]) -> frozenset[str]:
    declared = Source.objects.filter(one_record_per_person=True).values_list("code", flat=True)
    return frozenset(told) | frozenset(declared)


@command
def propose(*, told: Sequence[dict[str, Any]], now: datetime) -> tuple[int, int]:
    """Put pairs into the review queue, those too that were put off or had gone, and drop those that nothing speaks for.

    Answers how many are new and how many are gone. What a person decided stays decided.
    """
    known = {(row.a_id, row.b_id): row for row in Proposal.objects.filter(model=VERSION)}
    apart = set(
        Decision.objects.filter(kind=Decision.Kind.CANNOT_LINK, closed_at__isnull=True).values_list(
            "survivor", "absorbed"
        )
    )
    fresh = [one for one in told if (one["a_id"], one["b_id"]) not in apart]
    before = Proposal.objects.count()
    Proposal.objects.bulk_create(
        (Proposal(at=now, model=VERSION, **one) for one in fresh), ignore_conflicts=True, batch_size=500
    )
    seen = {(one["a_id"], one["b_id"]) for one in fresh}
    _ask_again(known, fresh)
    vanished = [row.pk for pair, row in known.items() if row.state == Proposal.State.OPEN and pair not in seen]
    gone = Proposal.objects.filter(pk__in=vanished).update(
        state=Proposal.State.GONE, decided_by=LINKING, decided_at=now
    )
    return Proposal.objects.count() - before, gone


def _ask_again(known: Mapping[tuple[UUID, UUID], Proposal], told: Iterable[dict[str, Any]]) -> None:
    """Pairs that were put off, had gone, or are two again, and are seen anew; nobody holds them apart any more."""
    for one in told:
        row = known.get((one["a_id"], one["b_id"]))
        if row is not None and row.state != Proposal.State.OPEN:
            said = {name: one[name] for name in ("bits", "why", "evidence")}
            asked = Proposal.objects.filter(pk=row.pk, state=row.state)
            asked.update(state=Proposal.State.OPEN, decided_by="", decided_at=None, **said)


def _apart(owners: list[UUID]) -> frozenset[tuple[int, int]]:
    """Pairs that somebody declared not the same, by record numbers; `owners[i]` is the part that record i is of."""
    numbers: dict[UUID, list[int]] = {}
    for number, owner in enumerate(owners):
        numbers.setdefault(owner, []).append(number)
    told = Decision.objects.filter(kind=Decision.Kind.CANNOT_LINK, closed_at__isnull=True)
    return frozenset(
        (min(a, b), max(a, b))
        for one, other in told.values_list("survivor", "absorbed")
        for a in numbers.get(one, ())
        for b in numbers.get(other, ())
    )


def _standing(owners: list[UUID], homes: Mapping[UUID, UUID]) -> list[list[int]]:
    """Records of one person, in all its parts."""
    groups: dict[UUID, list[int]] = {}
    for number, owner in enumerate(owners):
        groups.setdefault(homes.get(owner, owner), []).append(number)
    return [group for group in groups.values() if len(group) > 1]


def _doubtful(found: Weighed, clusters: Clusters) -> Iterable[Refusal]:
    """Joins that a guard refused, and pairs just under the line."""
    yield from clusters.refused
    for pair in found.pairs:
        if REVIEW_FROM_BITS <= pair.bits < 0 and clusters.group[pair.a] != clusters.group[pair.b]:
            yield Refusal(pair=pair, why="band")


def _merge(owners: list[UUID], pair: Pair, found: Weighed, make_one: MakeOne, now: datetime) -> int | None:
    """The decision that made the two one; None where they are already, or may not."""
    try:
        one, other = (merging.resolve(customer_id=owners[number]) for number in (pair.a, pair.b))
        if one == other:
            return None
        reason = f"{pair.bits:.1f} bits, {VERSION}"
        done = make_one(
            one=one, other=other, actor=LINKING, reason=reason, now=now, evidence=found.evidence(pair.a, pair.b)
        )
    except Refused:
        return None  # erased, restricted or declared apart since the run began
    return done.decision


def _told(owners: list[UUID], doubtful: Iterable[Refusal], found: Weighed) -> list[dict[str, Any]]:
    """One proposal a pair of customers, the strongest of their records' pairs."""
    best: dict[tuple[UUID, UUID], Refusal] = {}
    for one in doubtful:
        a, b = sorted((owners[one.pair.a], owners[one.pair.b]))
        if a != b and ((a, b) not in best or one.pair.bits > best[a, b].pair.bits):
            best[a, b] = one
    alive = set(
        Customer.objects.filter(pk__in={party for pair in best for party in pair})
        .exclude(status__in=[Customer.Status.MERGED, Customer.Status.ERASED])
        .values_list("pk", flat=True)
    )
    return [
        {"a_id": a, "b_id": b, "bits": round(one.pair.bits, 2), "why": one.why,
         "evidence": found.evidence(one.pair.a, one.pair.b)}
        for (a, b), one in best.items() if a in alive and b in alive
    ]  # fmt: skip
