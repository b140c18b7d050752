"""Low answers of the last weeks: what is older than two days was followed up, the newest wait for a supervisor."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random

from ivr.surveys.following.models import SurveyTask
from ivr.surveys.following.operations import DUE
from ivr.surveys.models import SurveyInvitation

WORST = 2  # of five
FOLLOWED_UP = timedelta(days=2)
NOTES = (
    ("solved", "已回电，问题当天解决，客户表示满意。"),
    ("explained", "已回电说明账单构成，客户理解。"),
    ("unreachable", "三次回电均无人接听，已发短信。"),
    ("no_action", "客户误按，实际满意。"),
)


def write(rows: Sequence[SurveyInvitation], *, now: datetime, seed: int) -> int:
    """A task for each low score among stored rows; how many."""
    low = [row for row in rows if row.score is not None and row.score <= WORST]
    SurveyTask.objects.bulk_create([_task(row, now, Random(f"{seed} follow {row.call}")) for row in low])
    return len(low)


def _task(row: SurveyInvitation, now: datetime, rng: Random) -> SurveyTask:
    opened = row.at + timedelta(minutes=3)
    task = SurveyTask(invitation=row, domain=row.domain, opened_at=opened, due_at=opened + DUE)
    if row.at < now - FOLLOWED_UP:
        task.result, task.note = rng.choices(NOTES, (5, 4, 2, 1))[0]
        task.tries = 3 if task.result == "unreachable" else rng.randrange(2)
        task.state, task.owner, task.closed_by = "closed", "user:demo", "user:demo"
        task.closed_at = opened + timedelta(hours=rng.uniform(1, 30))
    return task
