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


class FlowTrial(models.Model):
    """A version on trial: a share of callers hears it, the others go on hearing the published one."""

    flow = models.ForeignKey("ivr.Flow", on_delete=models.PROTECT, related_name="trials")
    base = models.ForeignKey("ivr.FlowVersion", on_delete=models.PROTECT, related_name="+")
    version = models.ForeignKey("ivr.FlowVersion", on_delete=models.PROTECT, related_name="+")
    share = models.IntegerField()  # percent of callers
    salt = models.CharField(max_length=32)  # each trial draws its own callers
    started_by = models.CharField(max_length=64)
    started_at = models.DateTimeField()
    ended_by = models.CharField(max_length=64, blank=True)
    ended_at = models.DateTimeField(null=True)
    kept = models.BooleanField(null=True)  # whether everybody hears the version now

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["flow"], condition=Q(ended_at__isnull=True), name="flow_one_trial"),
            models.CheckConstraint(condition=Q(share__gte=1, share__lte=90), name="trial_share_leaves_both_sides"),
            models.CheckConstraint(condition=~Q(base=F("version")), name="trial_tries_another_version"),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True, kept__isnull=True) | Q(ended_at__isnull=False, kept__isnull=False),
                name="trial_ended_with_a_decision",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.flow_id} {self.share} %"
