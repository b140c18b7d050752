"""Opening, taking, giving back and closing tasks of low answers."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F

from callcenter.foundation.errors import Conflict, Invalid, NotFound
from ivr.surveys.following.models import RESULTS, SurveyTask
from ivr.surveys.models import SurveyInvitation

DUE = timedelta(hours=24)  # who is called back within a day is mostly won back; later, hardly


class TaskMoved(Conflict):
    """Somebody else has it, or it is closed."""

    code = "task_moved"


def open_task(*, invitation: SurveyInvitation, now: datetime) -> None:
    """A low answer came in. Once for a call, however many low answers it has."""
    task = SurveyTask(invitation=invitation, domain=invitation.domain, opened_at=now, due_at=now + DUE)
    SurveyTask.objects.bulk_create([task], ignore_conflicts=True)


def take(*, task_id: int, by: str, now: datetime) -> None:
    """Mine from now on. Taking one's own again is harmless. Raises NotFound, TaskMoved."""
    with transaction.atomic():
        row = _locked(task_id)
        if row.state == "taken" and row.owner != by:
            raise TaskMoved("Somebody else took this task; look at the list again.", owner=row.owner)
        row.state, row.owner = "taken", by
        row.save(update_fields=["state", "owner"])


def give_back(*, task_id: int, by: str) -> None:
    """Back on the list for anybody."""
    with transaction.atomic():
        row = _mine(task_id, by)
        row.state, row.owner = "open", ""
        row.save(update_fields=["state", "owner"])


def nobody_answered(*, task_id: int, by: str, now: datetime) -> None:
    """Rung back in vain; the task stays."""
    with transaction.atomic():
        row = _mine(task_id, by)
        SurveyTask.objects.filter(pk=row.pk).update(tries=F("tries") + 1, tried_at=now)


def close(*, task_id: int, result: str, note: str, by: str, now: datetime) -> None:
    """Done, with what came of it. Raises Invalid without a note, TaskMoved."""
    if result not in RESULTS:
        raise Invalid("Choose what came of it.", field="/result")
    if not note.strip():
        raise Invalid("Write down what came of it; whoever meets this caller next will read it.", field="/note")
    if len(note) > 480 or "\x00" in note:
        raise Invalid("A note holds at most 480 characters.", field="/note")
    with transaction.atomic():
        row = _mine(task_id, by)
        row.state, row.result, row.note, row.closed_by, row.closed_at = "closed", result, note.strip(), by, now
        row.save()


def _mine(task_id: int, by: str) -> SurveyTask:
    row = _locked(task_id)
    if row.owner != by:
        raise TaskMoved("Take this task first; it is nobody's or somebody else's.", owner=row.owner)
    return row


def _locked(task_id: int) -> SurveyTask:
    row = SurveyTask.objects.select_for_update().filter(pk=task_id).first()
    if row is None:
        raise NotFound("There is no such task.")
    if row.state == "closed":
        raise TaskMoved("This task is closed already.")
    return row
