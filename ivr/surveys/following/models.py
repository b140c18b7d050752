"""One task for each low answer."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

RESULTS = ("solved", "explained", "unreachable", "no_action")


class SurveyTask(models.Model):
    """A caller was not content: open → taken → closed, with a result and a note."""

    invitation = models.OneToOneField("ivr.SurveyInvitation", on_delete=models.CASCADE, related_name="task")
    domain = models.CharField(max_length=48, blank=True)
    opened_at = models.DateTimeField()
    due_at = models.DateTimeField()
    state = models.CharField(max_length=8, default="open")  # open | taken | closed
    owner = models.CharField(max_length=64, blank=True)
    tries = models.SmallIntegerField(default=0)  # rung back, nobody answered
    tried_at = models.DateTimeField(null=True)
    result = models.CharField(max_length=12, blank=True)
    note = models.CharField(max_length=480, blank=True)
    closed_by = models.CharField(max_length=64, blank=True)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(state="taken") | ~Q(owner=""), name="survey_task_taken_by_somebody"),
            models.CheckConstraint(
                condition=Q(state="closed", result__in=RESULTS, closed_at__isnull=False)
                & ~Q(note="")
                & ~Q(closed_by="")
                | ~Q(state="closed") & Q(result="", closed_at__isnull=True),
                name="survey_task_closed_with_note",
            ),
        ]
        # read by the work list: what is to be done next
        indexes = [models.Index(fields=["due_at"], condition=~Q(state="closed"), name="survey_task_undone")]

    def __str__(self) -> str:
        return f"{self.invitation_id} {self.state}"
