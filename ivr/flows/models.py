"""Drafts of menus: who writes them, who agrees."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q


class DraftReview(models.Model):
    """The work on one draft version, until callers hear it: written by some, agreed to by somebody else."""

    version = models.OneToOneField("ivr.FlowVersion", on_delete=models.CASCADE, related_name="review")
    state = models.CharField(max_length=10, default="writing")  # writing | offered | approved
    edition = models.IntegerField(default=1)  # grows with each save: two writers cannot overwrite each other unseen
    made_by = models.CharField(max_length=64)
    made_at = models.DateTimeField()
    edited_by = models.CharField(max_length=64)
    edited_at = models.DateTimeField()
    note = models.CharField(max_length=240, blank=True)  # what it is for
    decided_by = models.CharField(max_length=64, blank=True)
    decided_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=240, blank=True)  # why it was sent back

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(state="approved")
                | (~Q(decided_by="") & ~Q(decided_by=F("made_by")) & ~Q(decided_by=F("edited_by"))),
                name="draft_writer_is_not_checker",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.version_id} {self.state}"
