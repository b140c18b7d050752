"""Keeping questions: a condition and a name; every value in it becomes a blank."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from callcenter.foundation import audit
from callcenter.foundation.commands import command
from callcenter.foundation.errors import Conflict, Invalid, NotFound
from customers.knowledge.models import SavedQuestion
from customers.segments.asking import understood

LONGEST_NAME = 120


@command
def keep(*, name: str, tree: Any, actor: str, now: datetime, note: str = "") -> SavedQuestion:
    """Keep a question. Raises Invalid (no name, a condition that cannot be understood), Conflict (the name is taken)."""
    name = name.strip()
    if not name or len(name) > LONGEST_NAME:
        raise Invalid(_("Give the question a name of at most 120 characters."), field="/name")
    understood(tree)
    if SavedQuestion.objects.filter(name=name).exists():
        raise Conflict(_("A question has this name already."), code="name_taken")
    kept = SavedQuestion.objects.create(name=name, note=note.strip()[:300], tree=tree, author=actor, at=now)
    audit.write(actor=actor, action="question.kept", subject=f"question:{kept.pk}", now=now)
    return kept


@command
def put_away(*, question_id: int, actor: str, now: datetime) -> None:
    """Take a question off the list. Raises NotFound."""
    kept = SavedQuestion.objects.filter(pk=question_id, archived_at__isnull=True).first()
    if kept is None:
        raise NotFound(_("There is no such question."))
    kept.archived_at, kept.name = now, f"{kept.name[:100]} #{kept.pk}"  # the name is free again
    kept.save(update_fields=["archived_at", "name"])
    audit.write(actor=actor, action="question.put_away", subject=f"question:{question_id}", now=now)
