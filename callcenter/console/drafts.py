"""Notes as they are typed: one draft per call and author, saved every two seconds, kept until wrap-up is saved.

Where it never is, because its time ran out or the desk was left, the note comes to the customer's timeline as it stands.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import IntegrityError, transaction

from callcenter import hall
from callcenter.console.models import NoteDraft
from callcenter.foundation.errors import Conflict, Invalid
from routing import queries as routing
from routing.states import ENDED_CALL

MOST = 4000
LEFT_FOR = timedelta(minutes=2)  # since it was last saved; the call is over for everybody
_DIGITS = re.compile(r"(?:\d[ -]?){13,19}")


@dataclass(frozen=True, kw_only=True)
class Note:
    """A draft as it stands on the server. `version` counts its savings."""

    text: str
    version: int
    saved_at: datetime | None


def note(*, call_id: UUID, user_id: int) -> Note:
    row = NoteDraft.objects.filter(call=call_id, author=user_id).first()
    if row is None:
        return Note(text="", version=0, saved_at=None)
    return Note(text=row.text, version=row.base_version, saved_at=row.saved_at)


def note_of(*, call_id: UUID, agent_id: int) -> str:
    """What a colleague has typed on this call so far; "" where nothing stands."""
    found = NoteDraft.objects.filter(call=call_id, author__agent=agent_id).values_list("text", flat=True).first()
    return found or ""


def check_note(text: str) -> None:
    """Refuse what may not be stored: card numbers, and more than 4,000 characters."""
    if len(text) > MOST:
        raise Invalid("The note is longer than 4,000 characters.", code="note_too_long", field="/text")
    if any(_is_card(match.group()) for match in _DIGITS.finditer(text)):
        raise Invalid("The note holds what looks like a card number. Remove it.", code="card_number", field="/text")


def save_note(*, call_id: UUID, user_id: int, text: str, base_version: int, now: datetime) -> Note:
    """Store what was typed over version `base_version`.

    Raises Conflict(version_conflict) with `theirs` when another window of the author saved meanwhile.
    """
    check_note(text)
    if base_version == 0:
        try:
            with transaction.atomic():
                NoteDraft.objects.create(call=call_id, author_id=user_id, text=text, base_version=1, saved_at=now)
            return Note(text=text, version=1, saved_at=now)
        except IntegrityError:
            pass  # a draft stands already: below decides whose is newer
    changed = NoteDraft.objects.filter(call=call_id, author=user_id, base_version=base_version).update(
        text=text, base_version=base_version + 1, saved_at=now
    )
    if changed:
        return Note(text=text, version=base_version + 1, saved_at=now)
    theirs = note(call_id=call_id, user_id=user_id)
    if theirs.text == text:
        return theirs
    raise Conflict(
        "This note was changed in another window.",
        code="version_conflict",
        theirs=theirs.text,
        version=theirs.version,
    )


def settle_left(*, now: datetime) -> int:
    """Notes of calls that are over, which no wrap-up has taken, stand on the timeline afterwards; answers how many."""
    left = dict(NoteDraft.objects.filter(saved_at__lte=now - LEFT_FOR).order_by("pk").values_list("pk", "call"))
    calls = routing.calls(call_ids=set(left.values()))
    over = [pk for pk, call_id in left.items() if call_id in calls and calls[call_id].state in ENDED_CALL]
    return sum(_settle(pk, now) for pk in over)


@transaction.atomic
def _settle(pk: int, now: datetime) -> bool:
    draft = NoteDraft.objects.select_for_update().filter(pk=pk, saved_at__lte=now - LEFT_FOR).first()
    if draft is None:  # taken or typed on meanwhile
        return False
    hall.ending.note_left(call_id=draft.call, note=draft.text, now=now)
    draft.delete()
    return True


def forget_note(*, call_id: UUID, user_id: int) -> None:
    NoteDraft.objects.filter(call=call_id, author=user_id).delete()


def _is_card(text: str) -> bool:
    """Thirteen to nineteen digits that pass the check digit of payment cards (ISO/IEC 7812-1, Luhn)."""
    digits = [int(c) for c in text if c.isdigit()]
    doubled = [sum(divmod(2 * d, 10)) if i % 2 else d for i, d in enumerate(reversed(digits))]
    return 13 <= len(digits) <= 19 and sum(doubled) % 10 == 0
