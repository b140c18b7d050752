"""What a merge makes of two parties: said before anybody decides, and written by the merge in the same words.

Which value of a field stands, and the steps of `belongings.steps`, are worked out here and there once; the merge writes
them, the preview tells them masked.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q

from callcenter.foundation import masks
from customers.catalogue.models import Holding
from customers.identity import assembling, rulebook, sealed
from customers.identity.belongings import Step, belongings, in_force, steps
from customers.identity.golden import RULES, FieldRule, Word, choose
from customers.identity.models import Customer, Identifier
from customers.identity.pins import FieldPin
from customers.insight import ledger
from customers.insight.models import TagAssignment
from customers.offers.models import Consent
from customers.segments import standing
from customers.segments.models import Segment

# What the survivor takes from the absorbed party where it has nothing of its own.
FILLED = (
    "name", "title", "language", "region", "birth_year", "level", "value_tier", "lifecycle", "source", "observed_at",
)  # fmt: skip
SURVIVOR, FILL, PINNED, EARLIEST = "survivor", "filled", "pinned", "earliest"
OURS, THEIRS = "ours", "theirs"
_MASKED = frozenset({"name"})
_UNSHOWN = frozenset({"source", "observed_at", "level", "value_tier", "lifecycle"})  # about records, or computed anew


@dataclass(frozen=True, kw_only=True)
class FieldEffect:
    """One field of the survivor before (`ours`), of the absorbed party (`theirs`), and after, with why it stands.

    `why`: survivor (keeps its own), filled (had none), pinned (by hand, at either), earliest, or a rule of `golden`.
    """

    field: str
    ours: Any
    theirs: Any
    stands: Any
    why: str

    @property
    def is_conflict(self) -> bool:
        """Both say something, and not the same."""
        return self.ours not in (None, "") and self.theirs not in (None, "") and self.ours != self.theirs

    def masked(self) -> tuple[str, str, str]:
        """Ours, theirs and what stands, as they may be shown."""
        ours, theirs, stands = (_shown(self.field, value) for value in (self.ours, self.theirs, self.stands))
        return ours, theirs, stands


@dataclass(frozen=True, kw_only=True)
class IdentifierEffect:
    """Something the survivor is found by afterwards. `whose`: ours, theirs, or both."""

    kind: str
    masked: str
    whose: str


@dataclass(frozen=True, kw_only=True)
class ConsentEffect:
    """One purpose and channel: what each says in force ("" for nothing), and the strictest of it, which will hold."""

    purpose: str
    channel: str
    ours: str
    theirs: str
    stands: str

    @property
    def is_changed(self) -> bool:
        """For whom survives, or for whom comes along."""
        return self.stands != self.ours or bool(self.theirs and self.stands != self.theirs)


@dataclass(frozen=True, kw_only=True)
class Thing:
    """A tag or a product that comes along; `at_both`: the survivor has it already, and keeps its own."""

    key: str
    name_en: str
    name_zh: str
    at_both: bool


@dataclass(frozen=True, kw_only=True)
class Effect:
    """What would be. `why` the survivor survives: known (the other is provisional) or older.

    `moved` and `stays` are rows by table that go over, and that wait unseen for the day the two come apart. Segments are
    those each stands in now: facts are worked out anew after a merge.
    """

    survivor: UUID
    absorbed: UUID
    why: str
    masked_names: tuple[str, str]
    fields: tuple[FieldEffect, ...]
    identifiers: tuple[IdentifierEffect, ...]
    consents: tuple[ConsentEffect, ...]
    tags: tuple[Thing, ...]
    holdings: tuple[Thing, ...]
    points: tuple[int, int]
    segments: tuple[tuple[Segment, ...], tuple[Segment, ...]]
    moved: dict[str, int]
    stays: dict[str, int]

    @property
    def points_together(self) -> int:
        return sum(self.points)

    @property
    def shown_fields(self) -> list[FieldEffect]:
        """What a person should look at: conflicts, and what the survivor gets or reads otherwise."""
        return [one for one in self.fields if one.field not in _UNSHOWN and (one.is_conflict or one.ours != one.stands)]

    @property
    def joining(self) -> list[Segment]:
        """Segments in which only the absorbed party stands now."""
        return [one for one in self.segments[1] if one not in self.segments[0]]


def fields(survivor: Customer, absorbed: Customer, now: datetime) -> list[FieldEffect]:
    """Every field a merge may change, as it will stand."""
    pins = _pins(survivor, absorbed, now)
    words = assembling.words_together(survivor, absorbed)
    rules = rulebook.present().rules
    told = [_field(name, survivor, absorbed, pins, words, rules) for name in FILLED]
    since = min(filter(None, (survivor.since, absorbed.since)), default=None)
    return [
        *told, FieldEffect(field="since", ours=survivor.since, theirs=absorbed.since, stands=since, why=EARLIEST),
    ]  # fmt: skip


def effect(survivor: Customer, absorbed: Customer, now: datetime) -> Effect:
    """What a merge of these two would make. Nothing is written."""
    found = {
        (step.what.table, step.what.column): step for step in steps(survivor=survivor.pk, absorbed=absorbed.pk, now=now)
    }
    by_table = {table: step for (table, column), step in found.items() if column == "customer_id"}
    moved, stays = _counts(absorbed.pk, found)
    is_known = survivor.status != absorbed.status
    return Effect(
        survivor=survivor.pk, absorbed=absorbed.pk, why="known" if is_known else "older",
        masked_names=(masks.person(survivor.name), masks.person(absorbed.name)),
        fields=tuple(fields(survivor, absorbed, now)),
        identifiers=tuple(_identifiers(survivor.pk, by_table.get("customers_identifier"))),
        consents=tuple(_consents(survivor.pk, absorbed.pk, by_table.get("customers_consent"), now)),
        tags=_tags(absorbed.pk, by_table.get("customers_tagassignment")),
        holdings=_holdings(absorbed.pk, by_table.get("customers_holding")),
        points=(_points(survivor.pk, now), _points(absorbed.pk, now)),
        segments=(
            tuple(standing.of(customer_id=survivor.pk, now=now)), tuple(standing.of(customer_id=absorbed.pk, now=now)),
        ),
        moved=moved, stays=stays,
    )  # fmt: skip


def _field(
    name: str, survivor: Customer, absorbed: Customer, pins: dict[str, str], words: dict[str, list[Word]],
    rules: Mapping[str, FieldRule],
) -> FieldEffect:  # fmt: skip
    ours, theirs = getattr(survivor, name), getattr(absorbed, name)
    stands, why = ours, SURVIVOR
    best = choose(field=name, words=words.get(name, []), rules=rules) if name in RULES else None
    if name in pins:
        stands, why = pins[name], PINNED
    elif best is not None:
        stands, why = best.word.value, best.rule if best.rival or best.word.value != str(ours or "") else SURVIVOR
    elif ours in (None, ""):
        stands, why = theirs, FILL
    if name == "birth_year" and stands is not None:
        stands = int(stands)
    if ours in (None, "") and stands == theirs and why != PINNED:
        why = FILL
    return FieldEffect(field=name, ours=ours, theirs=theirs, stands=stands, why=why)


def _pins(survivor: Customer, absorbed: Customer, now: datetime) -> dict[str, str]:
    """Values pinned by hand that hold after a merge: the survivor's, and the other's where the survivor never had one."""
    told: dict[str, str] = {}
    known: set[str] = set()
    for pin in FieldPin.objects.filter(customer=survivor.pk):
        known.add(pin.field)
        if pin.closed_at is None and pin.expires_at > now:
            told[pin.field] = str(getattr(survivor, pin.field) or "")
    for pin in FieldPin.objects.filter(customer=absorbed.pk, closed_at__isnull=True, expires_at__gt=now):
        if pin.field not in known:
            told[pin.field] = pin.value
    return told


def _identifiers(survivor: UUID, step: Step | None) -> list[IdentifierEffect]:
    """Everything the survivor is found by afterwards."""
    gained = set(step.rows) if step else set()
    shared = {change["row"] for change in step.folded} if step else set()
    rows = Identifier.objects.filter(Q(customer=survivor) | Q(pk__in=gained | shared), valid_to__isnull=True)
    told: dict[tuple[str, str, str], tuple[Identifier, str]] = {}
    for row in rows.order_by("kind", "pk"):
        key = (row.kind, row.scope, row.value)
        told[key] = (row, "both" if key in told else THEIRS if row.pk in gained else OURS)
    return [
        IdentifierEffect(
            kind=row.kind, whose=whose,
            masked=masks.identifier(kind=row.kind, value=sealed.clear(row.kind, row.value, row.sealed)),
        )
        for row, whose in told.values()
    ]  # fmt: skip


def _consents(survivor: UUID, absorbed: UUID, step: Step | None, now: datetime) -> list[ConsentEffect]:
    """The step says which rows go over and which read otherwise; all others stay as the survivor says."""
    rows = list(Consent.objects.filter(customer__in=(survivor, absorbed)).order_by("purpose", "channel"))
    after = {change["row"]: change["after"] for change in step.folded} if step else {}
    told: dict[tuple[str, str], dict[str, str]] = {}
    for row in rows:
        one = told.setdefault((row.purpose, row.channel), {"ours": "", "theirs": "", "stands": ""})
        state = in_force(row, now)
        if row.customer_id == survivor:
            one["ours"] = state
            one["stands"] = str(after[row.pk]["state"]) if row.pk in after else state
        else:
            one["theirs"] = state
            if step and row.pk in step.rows:
                one["stands"] = state
    return [
        ConsentEffect(purpose=purpose, channel=channel, **one)
        for (purpose, channel), one in told.items()
        if one["ours"] or one["theirs"]
    ]


def _tags(absorbed: UUID, step: Step | None) -> tuple[Thing, ...]:
    gained = set(step.rows) if step else set()
    rows = TagAssignment.objects.filter(customer=absorbed).select_related("tag").order_by("tag__key")
    return tuple(
        Thing(key=row.tag.key, name_en=row.tag.name_en, name_zh=row.tag.name_zh, at_both=row.pk not in gained)
        for row in rows
    )


def _holdings(absorbed: UUID, step: Step | None) -> tuple[Thing, ...]:
    gained = set(step.rows) if step else set()
    rows = Holding.objects.filter(customer=absorbed).select_related("offering").order_by("since", "pk")
    return tuple(
        Thing(key=row.offering.code, name_en=row.offering.name_en, name_zh=row.offering.name_zh,
              at_both=row.pk not in gained)
        for row in rows
    )  # fmt: skip


def _points(customer: UUID, now: datetime) -> int:
    return ledger.purse(customer_id=customer, now=now).balance


def _counts(absorbed: UUID, found: dict[tuple[str, str], Step]) -> tuple[dict[str, int], dict[str, int]]:
    """Rows by table that go over, and that stay unseen because the survivor has the like."""
    moved: dict[str, int] = {}
    stays: dict[str, int] = {}
    for one in belongings():
        step = found.get((one.table, one.column))
        gone = len(step.rows) if step else 0
        left = one.rows_of(absorbed) - gone
        for told, count in ((moved, gone), (stays, left)):
            if count:
                told[one.table] = told.get(one.table, 0) + count
    return moved, stays


def _shown(field: str, value: Any) -> str:
    if value in (None, ""):
        return ""
    if isinstance(value, datetime):
        return value.date().isoformat()
    return masks.person(str(value)) if field in _MASKED else str(value)
