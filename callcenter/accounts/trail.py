"""Reading the audit trail."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from callcenter.accounts.models import User
from callcenter.foundation.models import AuditEntry

PAGE = 50


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One line of the trail."""

    id: int
    at: datetime
    actor: str  # user:17, key:ab12cd34, system …
    actor_name: str  # the sign-in name of a person, else ""
    action: str
    subject: str
    purpose: str
    call: UUID | None
    data: dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class TrailPage:
    """Newest first. `older` is the cursor of the next page, None at the end."""

    entries: tuple[Entry, ...]
    older: int | None


def page(*, actor: str = "", subject: str = "", action: str = "", before: int | None = None) -> TrailPage:
    """A page of the trail, by exact actor (`user:17`, or the person's sign-in name), subject and action."""
    rows = AuditEntry.objects.order_by("-id")
    if actor:
        rows = rows.filter(actor=_actor(actor))
    if subject:
        rows = rows.filter(subject=subject)
    if action:
        rows = rows.filter(action=action)
    if before is not None:
        rows = rows.filter(id__lt=before)
    found = list(rows[: PAGE + 1])
    names = _names({row.actor for row in found[:PAGE]})
    entries = tuple(
        Entry(
            id=row.pk,
            at=row.at,
            actor=row.actor,
            actor_name=names.get(row.actor, ""),
            action=row.action,
            subject=row.subject,
            purpose=row.purpose,
            call=row.call,
            data=row.data,
        )
        for row in found[:PAGE]
    )
    return TrailPage(entries=entries, older=entries[-1].id if len(found) > PAGE else None)


def _actor(word: str) -> str:
    if ":" in word:
        return word
    pk = User.objects.filter(username=word).values_list("pk", flat=True).first()
    return word if pk is None else f"user:{pk}"


def names(*, actors: Iterable[str]) -> dict[str, str]:
    """User names of those among the actors who are people. One statement."""
    return _names(set(actors))


def _names(actors: set[str]) -> dict[str, str]:
    ids = [int(actor[5:]) for actor in actors if actor.startswith("user:") and actor[5:].isdigit()]
    return {f"user:{pk}": name for pk, name in User.objects.filter(pk__in=ids).values_list("pk", "username")}
