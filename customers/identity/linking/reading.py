"""People as linking weighs them: every party as it would stand without its merges, and what it is found by today.

A merged person is read in its parts, so that what joined them is weighed anew by each run, and a merge taken apart leaves
the next run's weights as they are: nothing goes to and fro. What a source once said and then corrected counts no more,
nor does what more than `SHARED_BY` persons are found by, or what the stop list says stands for nobody.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from uuid import UUID

from customers.identity import sealed
from customers.identity.linking.weighing import Record
from customers.reading import rows

SHARED_BY = 8  # an identifier that more people hold says nothing about any of them
FIELD = {
    "phone": "phone",
    "landline": "phone",
    "email": "email",
    "id_document": "document",
    "wechat": "wechat",
    "qq": "qq",
}
_NAMED = ("name", "region", "source")


class Key(NamedTuple):
    """An identifier as it is stored."""

    kind: str
    scope: str
    value: str


class Held(NamedTuple):
    """One row of a party's identifiers that stands. `source` told it first."""

    key: Key
    box: str  # the sealed value, "" where the key is in clear
    source: str


@dataclass(kw_only=True)
class Part:
    """A party as it would stand without its merges. `person` is the id under which it lives today."""

    id: UUID
    person: UUID
    name: str
    region: str
    source: str
    held: list[Held] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class Merge:
    """A merge that stands. `at_both` are fields in which both had the same identifier when it was made."""

    decision: int
    survivor: UUID
    absorbed: UUID
    evidence: list[dict[str, Any]]
    at_both: frozenset[str]


@dataclass(frozen=True, kw_only=True)
class Shared:
    """An identifier of too many persons. `source` is who told it most often, `clear` its value."""

    key: Key
    clear: str
    people: int
    source: str
    parts: frozenset[UUID]


@dataclass(frozen=True, kw_only=True)
class World:
    """Every individual in its parts, the oldest first; the merges that made them one; what too many share."""

    parts: list[Part]
    merges: list[Merge]
    shared: dict[Key, Shared]
    generic: frozenset[Key] = frozenset()  # on the stop list

    def records(self) -> tuple[list[UUID], list[Record], list[str]]:
        """A record a part, one more for every further value of a kind; whose part each is, and its source."""
        owners: list[UUID] = []
        records: list[Record] = []
        sources: list[str] = []
        for part in self.parts:
            values: dict[str, list[str]] = {}
            for key, box, _source in part.held:
                if key.kind in FIELD and key not in self.shared and key not in self.generic:
                    values.setdefault(FIELD[key.kind], []).append(sealed.clear(key.kind, key.value, box))
            for turn in range(max([1, *(len(each) for each in values.values())])):
                told = {name: each[turn] for name, each in values.items() if turn < len(each)}
                owners.append(part.id)
                records.append(Record(name=part.name, city=part.region, **told))
                sources.append(part.source)
        return owners, records, sources


_PARTS = """
WITH RECURSIVE home AS (
    SELECT id, id AS person FROM customers_customer WHERE kind = 'individual' AND status IN ('active', 'provisional')
    UNION ALL
    SELECT gone.id, home.person FROM home JOIN customers_customer AS gone ON gone.merged_into_id = home.id
)
SELECT part.id, home.person, part.name, part.region, part.source
FROM home JOIN customers_customer AS part ON part.id = home.id ORDER BY part.created_at, part.id
"""
_HELD = """
SELECT own.id, own.customer_id, own.kind, own.scope, own.value, own.sealed, own.source, own.valid_to IS NULL
FROM customers_identifier AS own JOIN customers_customer AS customer ON customer.id = own.customer_id
WHERE customer.kind = 'individual' AND customer.status IN ('active', 'provisional', 'merged') ORDER BY own.kind, own.id
"""
_MERGES = """
SELECT made.id, made.survivor_id, made.absorbed_id, made.evidence, moved.table, moved.rows, moved.folded
FROM customers_decision AS made LEFT JOIN customers_moved AS moved ON moved.decision_id = made.id
    AND moved.table IN ('customers_customer', 'customers_identifier', 'customers_sourcerecord')
WHERE made.kind = 'merge' AND made.closed_at IS NULL ORDER BY made.id
"""
# What a record said once and does not say any more.
_WITHDRAWN = """
SELECT DISTINCT record.id, record.customer_id, record.source, split_part(told.key, '#', 1), told.value
FROM customers_recordversion AS version JOIN customers_sourcerecord AS record ON record.id = version.record_id,
    jsonb_each_text(version.fields) AS told
WHERE split_part(told.key, '#', 1) = ANY (%(kinds)s) AND told.value <> '' AND NOT EXISTS (
    SELECT FROM jsonb_each_text(record.fields) AS stands
    WHERE split_part(stands.key, '#', 1) = split_part(told.key, '#', 1) AND stands.value = told.value)
"""
_SAID = """
SELECT record.id, record.customer_id, record.source, split_part(told.key, '#', 1), told.value
FROM customers_sourcerecord AS record, jsonb_each_text(record.fields) AS told
WHERE record.customer_id = ANY (%(customers)s) AND split_part(told.key, '#', 1) = ANY (%(kinds)s) AND told.value <> ''
"""
# Two ways, so that values are found by their index and only patterns read every row.
_GENERIC = """
WITH known AS (
    SELECT kind, CASE WHEN kind = 'phone' THEN 'landline' ELSE kind END AS sister, scope, value, pattern
    FROM customers_genericidentifier WHERE state = 'listed'
)
SELECT own.kind, own.scope, own.value FROM known JOIN customers_identifier AS own
    ON own.kind IN (known.kind, known.sister) AND own.scope = known.scope AND own.value = known.value
WHERE known.value <> ''
UNION
SELECT own.kind, own.scope, own.value FROM known JOIN customers_identifier AS own
    ON own.kind IN (known.kind, known.sister) AND own.scope = known.scope AND own.value LIKE known.pattern
WHERE known.pattern <> ''
"""


def read() -> World:
    """Everybody as of now; a fixed number of statements."""
    parts = {row[0]: Part(id=row[0], person=row[1], name=row[2], region=row[3], source=row[4]) for row in rows(_PARTS)}
    held = rows(_HELD)
    ledger = _Ledger(parts, {row[0]: row[2] for row in held})
    words = _Words(ledger)
    for owner, one in _owned(held, ledger, words):
        if not words.is_withdrawn(owner, one):
            parts[owner].held.append(one)
    return World(
        parts=list(parts.values()), merges=ledger.merges, shared=_shared(parts.values()),
        generic=frozenset(Key(*row) for row in rows(_GENERIC)),
    )  # fmt: skip


class _Ledger:
    """Whose a row was before the merges that stand; names go back to what they were. `kinds` are those of identifiers."""

    def __init__(self, parts: Mapping[UUID, Part], kinds: Mapping[int, str]) -> None:
        self.parts = parts
        self.was: dict[tuple[str, int], UUID] = {}  # (table, row) → the first party it was taken from
        self.open_before: set[int] = set()  # identifiers that a merge closed, and that stood before it
        found: dict[int, tuple[UUID, UUID, Any]] = {}
        at_both: dict[int, set[str]] = {}
        named: list[tuple[Part, Mapping[str, Any]]] = []
        for decision, survivor, absorbed, evidence, table, moved, folded in rows(_MERGES):
            if absorbed not in parts or survivor not in parts:
                continue
            found[decision] = survivor, absorbed, _plain(evidence)
            for row in _plain(moved) or ():
                self.was.setdefault((table, row), absorbed)
            changes: list[dict[str, Any]] = _plain(folded) or []
            if table == "customers_customer":
                named.append((parts[survivor], changes[0]))
            elif table == "customers_identifier":
                same = {one["row"] for one in changes if one["before"]["valid_to"] is None}
                at_both[decision] = {FIELD[kinds[row]] for row in same if kinds.get(row) in FIELD}
                self.open_before |= same
        for part, change in reversed(named):  # the last merge first, as they would be undone
            _name_as_before(part, change)
        self.merges = [
            Merge(decision=decision, survivor=survivor, absorbed=absorbed, evidence=evidence or [],
                  at_both=frozenset(at_both.get(decision, ())))
            for decision, (survivor, absorbed, evidence) in found.items()
        ]  # fmt: skip

    def owner(self, table: str, row: int, customer: UUID) -> UUID:
        """The part a row belongs to; what left a person since it was moved is with whom it is now."""
        part = self.was.get((table, row), customer)
        return part if part in self.parts and self._home(part) == self._home(customer) else customer

    def _home(self, part: UUID) -> UUID | None:
        return self.parts[part].person if part in self.parts else None


def _name_as_before(part: Part, change: Mapping[str, Any]) -> None:
    for name in _NAMED:
        if name in change["after"] and getattr(part, name) == change["after"][name]:
            setattr(part, name, change["before"][name])


class _Words:
    """What the records of each part say of identifiers, and what they said and took back."""

    def __init__(self, ledger: _Ledger) -> None:
        kinds = list(FIELD)
        taken_back = rows(_WITHDRAWN, kinds=kinds)
        asked = {ledger.parts[one.survivor].person for one in ledger.merges} | {row[1] for row in taken_back}
        said = rows(_SAID, kinds=kinds, customers=list(asked)) if asked else []
        self.says: set[tuple[UUID, str, str]] = set()
        self.taken_back: set[tuple[UUID, str, str, str]] = set()
        self.tellers: dict[tuple[UUID, str, str, str], set[UUID]] = {}  # by customer, source, kind and value
        for words, stands in ((said, True), (taken_back, False)):
            for record, customer, source, kind, value in words:
                part = ledger.owner("customers_sourcerecord", record, customer)
                self.tellers.setdefault((customer, source, kind, value), set()).add(part)
                if stands:
                    self.says.add((part, kind, value))
                else:
                    self.taken_back.add((part, source, kind, value))

    def is_withdrawn(self, part: UUID, held: Held) -> bool:
        """The source that told it took it back, and no other record of the party says it."""
        kind, _scope, value = held.key
        return (part, held.source, kind, value) in self.taken_back and (part, kind, value) not in self.says


def _owned(
    identifiers: Iterable[tuple[Any, ...]], ledger: _Ledger, words: _Words
) -> Iterator[tuple[UUID, Held]]:  # fmt: skip
    """Every identifier that stands, with the part it belongs to; what came since a merge goes with the record that told it."""
    late: list[tuple[UUID, Held]] = []
    known: set[tuple[UUID, Key]] = set()
    merged = {party for one in ledger.merges for party in (one.survivor, one.absorbed)}
    for row, customer, kind, scope, value, box, source, is_open in identifiers:
        if customer not in ledger.parts:
            continue
        held = Held(Key(kind, scope, value), box, source)
        owner = ledger.owner("customers_identifier", row, customer)
        tellers = words.tellers.get((customer, source, kind, value))
        if is_open and owner == customer and tellers and customer not in tellers:
            late.append((customer, held))
            continue
        if owner in merged:
            known.add((owner, held.key))
        if is_open or row in ledger.open_before:
            yield owner, held
    for customer, held in late:
        parts = sorted(words.tellers[customer, held.source, held.key.kind, held.key.value])
        yield next((part for part in parts if (part, held.key) not in known), customer), held


def _shared(parts: Collection[Part]) -> dict[Key, Shared]:
    """What more than `SHARED_BY` persons are found by."""
    often = {key for key, many in Counter(held.key for part in parts for held in part.held).items() if many > SHARED_BY}
    holders: dict[Key, list[tuple[Part, Held]]] = {}
    for part in parts if often else ():
        for held in part.held:
            if held.key in often:
                holders.setdefault(held.key, []).append((part, held))
    found: dict[Key, Shared] = {}
    for key, those in holders.items():
        if (people := len({part.person for part, _held in those})) <= SHARED_BY:
            continue
        tellers = Counter(held.source for _part, held in those)
        found[key] = Shared(
            key=key, clear=sealed.clear(key.kind, key.value, those[0][1].box), people=people,
            source=min(tellers, key=lambda source: (-tellers[source], source)),
            parts=frozenset(part.id for part, _held in those),
        )  # fmt: skip
    return found


def homes(parts: Collection[UUID]) -> dict[UUID, UUID]:
    """Under which id each of these parts lives now."""
    return {row[0]: row[1] for row in rows(_PARTS) if row[0] in parts}


def _plain(value: Any) -> Any:
    """JSON columns come as text through a bare cursor."""
    return json.loads(value) if isinstance(value, str) else value
