"""The batch over the customers we hold: what is sure is merged, what is doubtful waits for a person, nothing else moves.

A re-run proposes again only what it still sees; decisions of people (merged, not the same) outlive every run.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from callcenter.foundation.commands import command
from callcenter.foundation.errors import Refused
from customers.identity import merging, sampling, sealed
from customers.identity.ledger import Decision, Proposal
from customers.identity.linking.clustering import Clusters, Guards, Pair, Refusal, join, learn_repeat_bits
from customers.identity.linking.model import VERSION
from customers.identity.linking.weighing import Record, Weighed, weigh
from customers.identity.models import Customer
from customers.identity.normalise import is_valid_id_document
from customers.quality.models import Source

ACTOR = "linking"
REVIEW_FROM_BITS = -4.0  # between here and 0 a person decides
SHARED_BY = 8  # an identifier that more people hold says nothing about any of them


@dataclass(frozen=True, kw_only=True)
class Linked:
    """What a run did. `skipped` are merges that were refused when their turn came (somebody was faster)."""

    records: int
    pairs: int
    merged: int
    proposed: int
    gone: int
    skipped: int
    shared: int  # identifiers held by too many people to join anybody


def link(*, now: datetime, merge: bool = True, single: Iterable[str] = (), engine: str = "duckdb") -> Linked:
    """Look at every individual, merge what is sure (unless `merge` is off: then it is proposed), propose the rest.

    `single` are sources that declare one record a person, besides those described so; `engine` is
    duckdb or spark. Raises Unavailable without the
    packages of the engine.
    """
    declared = Source.objects.filter(one_record_per_person=True).values_list("code", flat=True)
    owners, records, guards, shared = _read(frozenset(single) | frozenset(declared))
    found = weigh(records, engine=engine)
    guards = _with_learnt(guards, found)
    clusters = join(records=len(records), pairs=found.pairs, guards=guards, start=_standing(owners))
    joined: list[tuple[int, float]] = []
    skipped = 0
    doubtful = list(_doubtful(found, clusters))
    for pair in clusters.joins:
        if not merge:
            doubtful.append(Refusal(pair=pair, why="band"))
        elif (decision := _merge(owners, pair, found, now)) is not None:
            joined.append((decision, pair.bits))
        else:
            skipped += 1
    sampling.draw(joins=joined, now=now)
    proposed, gone = propose(told=_told(owners, doubtful, found), now=now)
    return Linked(
        records=len(records), pairs=len(found.pairs), merged=len(joined), proposed=proposed, gone=gone, skipped=skipped,
        shared=shared,
    )  # fmt: skip


@command
def propose(*, told: Sequence[dict[str, Any]], now: datetime) -> tuple[int, int]:
    """Put pairs into the review queue, refresh those that wait, and drop those that nothing speaks for any more.

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
    vanished = [row.pk for pair, row in known.items() if row.state == Proposal.State.OPEN and pair not in seen]
    gone = Proposal.objects.filter(pk__in=vanished).update(state=Proposal.State.GONE, decided_by=ACTOR, decided_at=now)
    return Proposal.objects.count() - before, gone


_PEOPLE = """
SELECT customer.id, customer.name, customer.region, customer.source, coalesce(customer.birth_year::text, ''),
       own.kind, own.value, own.sealed
FROM customers_customer AS customer LEFT JOIN customers_identifier AS own
    ON own.customer_id = customer.id AND own.valid_to IS NULL AND NOT (own.kind, own.scope, own.value) IN (
        SELECT kind, scope, value FROM customers_identifier WHERE valid_to IS NULL
        GROUP BY kind, scope, value HAVING count(DISTINCT customer_id) > %(many)s)
WHERE customer.kind = 'individual' AND customer.status IN ('active', 'provisional')
ORDER BY customer.created_at, customer.id, own.kind, own.id
"""
_SHARED = """
SELECT count(*) FROM (SELECT FROM customers_identifier WHERE valid_to IS NULL
    GROUP BY kind, scope, value HAVING count(DISTINCT customer_id) > %(many)s) AS many
"""
_FIELD = {
    "phone": "phone",
    "landline": "phone",
    "email": "email",
    "id_document": "document",
    "wechat": "wechat",
    "qq": "qq",
}


def _read(single: frozenset[str]) -> tuple[list[UUID], list[Record], Guards, int]:
    """A record per customer, one more for every further value of a kind; `owners[i]` is whose record i is."""
    with connection.cursor() as cursor:
        cursor.execute(_SHARED, {"many": SHARED_BY})
        (shared,) = cursor.fetchone() or (0,)
        cursor.execute(_PEOPLE, {"many": SHARED_BY})
        people: dict[UUID, tuple[str, str, str, dict[str, list[str]]]] = {}
        for customer, name, region, source, _year, kind, value, box in cursor.fetchall():
            values = people.setdefault(customer, (name, region, source, {}))[3]
            if kind in _FIELD:
                values.setdefault(_FIELD[kind], []).append(sealed.clear(kind, value, box))
    owners: list[UUID] = []
    records: list[Record] = []
    sources: list[str] = []
    for customer, (name, region, source, values) in people.items():
        for turn in range(max([1, *(len(each) for each in values.values())])):
            held = {field: each[turn] for field, each in values.items() if turn < len(each)}
            owners.append(customer)
            records.append(Record(name=name, city=region, **held))
            sources.append(source)
    documents = [record.document if is_valid_id_document(record.document) else "" for record in records]
    guards = Guards(source=sources, single=single, document=documents, apart=_apart(owners))
    return owners, records, guards, int(shared)


def _apart(owners: list[UUID]) -> frozenset[tuple[int, int]]:
    """Pairs that somebody declared not the same, by record numbers."""
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


def _with_learnt(guards: Guards, found: Weighed) -> Guards:
    bits = learn_repeat_bits(pairs=found.pairs, source=guards.source)
    return Guards(
        source=guards.source, single=guards.single, repeat_bits=bits, document=guards.document, apart=guards.apart
    )


def _standing(owners: list[UUID]) -> list[list[int]]:
    groups: dict[UUID, list[int]] = {}
    for number, owner in enumerate(owners):
        groups.setdefault(owner, []).append(number)
    return [group for group in groups.values() if len(group) > 1]


def _doubtful(found: Weighed, clusters: Clusters) -> Iterable[Refusal]:
    """Joins that a guard refused, and pairs just under the line."""
    yield from clusters.refused
    for pair in found.pairs:
        if REVIEW_FROM_BITS <= pair.bits < 0 and clusters.group[pair.a] != clusters.group[pair.b]:
            yield Refusal(pair=pair, why="band")


def _merge(owners: list[UUID], pair: Pair, found: Weighed, now: datetime) -> int | None:
    """The decision that made the two one; None where they are already, or may not."""
    try:
        one, other = (merging.resolve(customer_id=owners[number]) for number in (pair.a, pair.b))
        if one == other:
            return None
        reason = f"{pair.bits:.1f} bits, {VERSION}"
        done = merging.merge(
            one=one, other=other, actor=ACTOR, reason=reason, now=now, evidence=found.evidence(pair.a, pair.b)
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
