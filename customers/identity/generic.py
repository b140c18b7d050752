"""The stop list: identifiers that stand for nobody, so that they never make one person of two, nor open somebody."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import LiteralString, NamedTuple, Protocol

from django.utils.translation import gettext as _

from callcenter.foundation import audit, masks
from callcenter.foundation.commands import command
from callcenter.foundation.errors import Conflict, Invalid, NotFound
from customers.identity import normalise, sealed
from customers.identity.generic_models import GenericIdentifier
from customers.identity.models import Identifier
from customers.reading import rows

State = GenericIdentifier.State
SCOPED = frozenset({Identifier.Kind.OPENID, Identifier.Kind.WECOM, Identifier.Kind.APP})
LONGEST_NOTE = 200
LEAST_SIGNS = 3  # of a pattern, besides its stars: a shorter one would reach everybody
_NUMBERS = ("phone", "landline")
_MOST_SHOWN = 200

# Whether an identifier is on the list; {kind}, {scope} and {value} are columns or parameters of the asking statement.
IS_LISTED: LiteralString = """EXISTS (SELECT FROM customers_genericidentifier AS known WHERE known.state = 'listed'
    AND known.kind = CASE WHEN {kind} = 'landline' THEN 'phone' ELSE {kind} END AND known.scope = {scope}
    AND (known.value = {value} OR (known.pattern <> '' AND {value} LIKE known.pattern)))"""
_HELD_BY: LiteralString = """
SELECT count(DISTINCT own.customer_id) FROM customers_identifier AS own
JOIN customers_customer AS customer ON customer.id = own.customer_id AND customer.status IN ('active', 'provisional')
WHERE own.kind IN (%(kind)s, %(sister)s) AND own.scope = %(scope)s AND own.valid_to IS NULL
  AND (own.value = %(value)s OR (%(pattern)s <> '' AND own.value LIKE %(pattern)s))
"""


class Spelled(NamedTuple):
    """What an entry is matched by: a value as identifiers store it, or a pattern in LIKE's form."""

    value: str
    pattern: str


class Seen(Protocol):
    """An identifier of too many people, as linking finds it."""

    @property
    def key(self) -> tuple[str, str, str]: ...
    @property
    def clear(self) -> str: ...
    @property
    def people(self) -> int: ...
    @property
    def source(self) -> str: ...


@dataclass(frozen=True, kw_only=True)
class Shelf:
    """The list as its page shows it: what waits first, those most people have on top."""

    proposed: list[GenericIdentifier]
    listed: list[GenericIdentifier]
    dismissed: list[GenericIdentifier]


def shelf() -> Shelf:
    """Everything but what was taken off."""
    by_people = GenericIdentifier.objects.order_by("-people", "kind", "shown")
    found = {state: list(by_people.filter(state=state)[:_MOST_SHOWN]) for state in (State.PROPOSED, State.DISMISSED)}
    listed = list(GenericIdentifier.objects.filter(state=State.LISTED).order_by("kind", "shown", "pk"))
    return Shelf(proposed=found[State.PROPOSED], listed=listed, dismissed=found[State.DISMISSED])


def waiting() -> int:
    """How many proposals nobody has answered."""
    return GenericIdentifier.objects.filter(state=State.PROPOSED).count()


def reach(*, kind: str, text: str, scope: str = "") -> int:
    """How many living customers are found by it now. Raises Invalid as `add`."""
    return _people(*_checked(kind, text, scope))


def _people(kind: str, scope: str, spelled: Spelled) -> int:
    ((people,),) = rows(
        _HELD_BY, kind=kind, sister=_NUMBERS[1] if kind == _NUMBERS[0] else kind, scope=scope, **spelled._asdict()
    )
    return int(people)


@command
def add(*, kind: str, text: str, note: str, actor: str, now: datetime, scope: str = "") -> GenericIdentifier:
    """Put a value or a pattern with stars on the list. Raises Invalid, Conflict where it is there already."""
    kind, scope, spelled = _checked(kind, text, scope)
    note = _note(note)
    same = GenericIdentifier.objects.filter(kind=kind, scope=scope, **spelled._asdict())
    row = same.select_for_update().first() or GenericIdentifier(kind=kind, scope=scope, **spelled._asdict())
    if row.state == State.LISTED:
        raise Conflict(_("This stands on the list already."), code="already_listed")
    row.shown = masks.identifier(kind=kind, value=text) if kind in sealed.KINDS else text.strip()
    row.people = _people(kind, scope, spelled)
    return _set(row, State.LISTED, note, actor, now)


@command
def decide(*, entry_id: int, verdict: str, note: str, actor: str, now: datetime) -> GenericIdentifier:
    """`list` it, `dismiss` a proposal, `end` what stands on the list. Raises Invalid, NotFound, Conflict where it is so."""
    wanted = {"list": State.LISTED, "dismiss": State.DISMISSED, "end": State.ENDED}.get(verdict)
    if wanted is None:
        raise Invalid(_("The verdict is list, dismiss or end."), field="/verdict")
    row = GenericIdentifier.objects.select_for_update().filter(pk=entry_id).first()
    if row is None:
        raise NotFound(_("There is no such entry."))
    may = {State.LISTED: set(State) - {State.LISTED}, State.DISMISSED: {State.PROPOSED}, State.ENDED: {State.LISTED}}
    if row.state not in may[wanted]:
        raise Conflict(_("Somebody has decided this already: look at the list again."), code="already_decided")
    return _set(row, wanted, _note(note) or row.note, actor, now)


@command
def propose(*, found: Iterable[Seen], now: datetime) -> int:
    """What linking found too many people by: new ones wait for a person, known ones have their count, those that few
    people share again wait no more. Answers how many are new.
    """
    known = {
        (row.kind, row.scope, row.value): row for row in GenericIdentifier.objects.select_for_update().exclude(value="")
    }
    fresh: list[GenericIdentifier] = []
    seen: set[int] = set()
    for one in found:
        kind, scope, value = one.key
        kind = _NUMBERS[0] if kind in _NUMBERS else kind
        row = known.get((kind, scope, value))
        if row is None:
            shown = masks.identifier(kind=kind, value=one.clear)
            row = GenericIdentifier(
                kind=kind, scope=scope, value=value, shown=shown, state=State.PROPOSED, people=one.people,
                source=one.source, actor="linking", at=now,
            )  # fmt: skip
            known[kind, scope, value] = row
            fresh.append(row)
            continue
        row.people = max(one.people, row.people or 0) if row.pk in seen or row.pk is None else one.people
        seen.add(row.pk)
    GenericIdentifier.objects.bulk_create(fresh)
    GenericIdentifier.objects.bulk_update([row for row in known.values() if row.pk in seen], ["people"], batch_size=500)
    gone = [row.pk for row in known.values() if row.state == State.PROPOSED and row not in fresh and row.pk not in seen]
    GenericIdentifier.objects.filter(pk__in=gone).delete()
    return len(fresh)


def _set(row: GenericIdentifier, state: State, note: str, actor: str, now: datetime) -> GenericIdentifier:
    row.state, row.note, row.actor, row.at = state, note, actor, now
    row.save()
    audit.write(
        actor=actor, action=f"generic_identifier.{state}", subject=f"generic_identifier:{row.pk}", purpose=note[:120],
        data={"kind": row.kind, "people": row.people}, now=now,
    )  # fmt: skip
    return row


def _note(text: str) -> str:
    text = text.strip()
    if len(text) > LONGEST_NOTE:
        raise Invalid(_("Say in at most 200 characters what it is."), field="/note")
    return text


def _checked(kind: str, text: str, scope: str) -> tuple[str, str, Spelled]:
    """Kind and scope as they are kept, and what is matched. Raises Invalid."""
    kind, scope = (_NUMBERS[0] if kind in _NUMBERS else kind), scope.strip()
    if kind not in Identifier.Kind.values:
        raise Invalid(_("Choose a kind from the list."), field="/kind")
    if bool(scope) != (kind in SCOPED) or len(scope) > 48:
        raise Invalid(
            _("Such an id is known only within one app or corporation: say which, and only there."), field="/scope"
        )
    spelled = spell(kind=kind, text=text)
    if not spelled.value and not spelled.pattern:
        raise Invalid(
            _(
                "This can be no identifier of this kind, so it links nobody: look at the digits, or write a pattern of at least"
                " three signs, such as 400*."
            ),
            field="/value",
        )  # fmt: skip
    return kind, scope, spelled


def spell(*, kind: str, text: str) -> Spelled:
    """A value as it is stored, or the pattern that a text with stars is; both "" where it can be neither. Pure.

    Numbers without a plus are Chinese ones: 400* is +86400*, and one leading zero goes as it does from a number.
    """
    text = unicodedata.normalize("NFKC", text).strip()
    if "*" not in text:
        spelled = normalise.normalise(kind=kind, value=text)
        return Spelled(sealed.found_by(kind, spelled) if spelled else "", "")
    if kind in _NUMBERS:
        text = re.sub(r"[\s()-]", "", text)
        if not re.fullmatch(r"\+?[0-9*]+", text):
            return Spelled("", "")
        text = text if text[0] in "+*" else f"+86{text.removeprefix('0')}"
        signs = len(text.removeprefix("+86").replace("*", "").replace("+", ""))
    else:
        text = "".join(text.split())
        text = text.upper() if kind in {"member", "broadband", "credit_code"} else text
        text = text.lower() if kind in {"email", "weibo"} else text
        signs = len(text.replace("*", ""))
    if kind in sealed.KINDS or signs < LEAST_SIGNS or len(text) > normalise.LONGEST:
        return Spelled("", "")
    return Spelled("", re.sub(r"([\\%_])", r"\\\1", text).replace("*", "%"))
