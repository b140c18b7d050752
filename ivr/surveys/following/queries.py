"""The work list of low answers, and one task with its call."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from callcenter.foundation.errors import NotFound
from ivr.surveys import queries
from ivr.surveys.following.models import SurveyTask
from ivr.surveys.forms import Question

LISTS = ("undone", "mine", "closed")


@dataclass(frozen=True, kw_only=True)
class TaskLine:
    """One task with the call as it was."""

    id: int
    call: UUID
    at: datetime  # the call's end
    due_at: datetime
    overdue: bool
    state: str  # open | taken | closed
    owner: str
    tries: int
    tried_at: datetime | None
    score: int | None
    most: int | None  # the best value of the scale
    comment: str
    agent: str
    queue: str
    reason_of_call: str
    reached: str
    result: str
    note: str
    closed_by: str
    closed_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class TaskPage:
    lines: tuple[TaskLine, ...]
    total: int
    overdue: int  # of all that is undone


@dataclass(frozen=True, kw_only=True)
class TaskView:
    line: TaskLine
    said: tuple[tuple[Question, int | str], ...]


def tasks(*, which: str, by: str, now: datetime, limit: int, offset: int = 0) -> TaskPage:
    """undone: what is due first comes first; mine: of them, those taken by me; closed: the newest first."""
    undone = SurveyTask.objects.exclude(state="closed")
    rows = {
        "undone": undone.order_by("due_at", "pk"),
        "mine": undone.filter(owner=by).order_by("due_at", "pk"),
        "closed": SurveyTask.objects.filter(state="closed").order_by("-closed_at", "-pk"),
    }[which]
    found = _with_call(rows)[offset : offset + limit]
    return TaskPage(
        lines=tuple(_line(row, now) for row in found), total=rows.count(), overdue=undone.filter(due_at__lt=now).count()
    )


def undone() -> int:
    """How many tasks wait for somebody."""
    return SurveyTask.objects.exclude(state="closed").count()


def task(*, task_id: int, now: datetime) -> TaskView:
    """One task with every answer. Raises NotFound."""
    row = _with_call(SurveyTask.objects.filter(pk=task_id)).first()
    if row is None:
        raise NotFound("There is no such task.")
    view = queries.view(row.invitation)
    asked = view.form.questions if view.form is not None else ()
    said = tuple((one, view.answers[one.key]) for one in asked if one.key in view.answers)
    return TaskView(line=_line(row, now), said=said)


def _with_call(rows: QuerySet[SurveyTask]) -> QuerySet[SurveyTask]:
    return rows.select_related("invitation__form")


def _line(row: SurveyTask, now: datetime) -> TaskLine:
    asked = row.invitation
    scale = queries.form_of(asked.form).main.scale if asked.form is not None else None
    return TaskLine(
        id=row.pk, call=asked.call, at=asked.at, due_at=row.due_at, overdue=row.state != "closed" and row.due_at < now,
        state=row.state, owner=row.owner, tries=row.tries, tried_at=row.tried_at, score=asked.score,
        most=scale.most if scale else None, comment=asked.comment, agent=asked.agent, queue=asked.queue,
        reason_of_call=asked.reason_of_call, reached=asked.reached, result=row.result, note=row.note,
        closed_by=row.closed_by, closed_at=row.closed_at,
    )  # fmt: skip
