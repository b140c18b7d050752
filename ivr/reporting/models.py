"""Reports as they were made."""

from __future__ import annotations

from django.db import models


class IvrReport(models.Model):
    """One report of a window, with its figures as they were: opened again it says the same."""

    flow = models.CharField(max_length=48)
    version = models.IntegerField()  # published when it was made
    since = models.DateTimeField()
    until = models.DateTimeField()
    made_at = models.DateTimeField()
    made_by = models.CharField(max_length=64)  # "schedule", or who asked
    blocks = models.JSONField()  # callcenter.foundation.blocks

    class Meta:
        constraints = [
            # Two beats that meet make one report.
            models.UniqueConstraint(
                fields=["flow", "since", "until"],
                condition=models.Q(made_by="schedule"),
                name="ivr_report_scheduled_once",
            ),
        ]
        indexes = [models.Index(fields=["-made_at"], name="ivr_report_newest")]

    def __str__(self) -> str:
        return f"{self.flow} {self.since:%Y-%m-%d} – {self.until:%Y-%m-%d}"
