"""Tables of settings that were, and of settings that are judged before they are."""

from __future__ import annotations

from django.db import models
from django.db.models import Q


class QueueVersion(models.Model):
    """A queue's settings as they stood from a moment on: who set them, when and why. Members are not settings."""

    queue = models.ForeignKey("routing.Queue", on_delete=models.CASCADE, related_name="versions")
    number = models.IntegerField()
    at = models.DateTimeField()
    by = models.CharField(max_length=64)
    why = models.CharField(max_length=120, blank=True)
    settings = models.JSONField()

    class Meta:
        ordering = ["queue", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["queue", "number"], name="queue_version_once"),
            models.CheckConstraint(condition=Q(number__gte=1), name="queue_version_from_1"),
        ]

    def __str__(self) -> str:
        return f"{self.queue_id}: {self.number}"


class DomainVersion(models.Model):
    """How agents of a domain rest, as it stood from a moment on: who set it, when and why."""

    domain = models.ForeignKey("routing.Domain", on_delete=models.CASCADE, related_name="versions")
    number = models.IntegerField()
    at = models.DateTimeField()
    by = models.CharField(max_length=64)
    why = models.CharField(max_length=120, blank=True)
    settings = models.JSONField()

    class Meta:
        ordering = ["domain", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["domain", "number"], name="domain_version_once"),
            models.CheckConstraint(condition=Q(number__gte=1), name="domain_version_from_1"),
        ]

    def __str__(self) -> str:
        return f"{self.domain_id}: {self.number}"


class WhatIf(models.Model):
    """The last days played again with the settings somebody thinks of. It changes nothing."""

    class State(models.TextChoices):
        ASKED = "asked"
        RUNNING = "running"
        DONE = "done"
        FAILED = "failed"

    queue = models.ForeignKey("routing.Queue", on_delete=models.CASCADE, related_name="+")
    settings = models.JSONField()
    days = models.SmallIntegerField(default=7)
    asked_at = models.DateTimeField()
    moved_at = models.DateTimeField(null=True)  # when a worker last told how far it is
    by = models.CharField(max_length=64)
    state = models.CharField(max_length=8, choices=State.choices, default=State.ASKED)
    done_share = models.FloatField(default=0.0)  # 0–1
    result = models.JSONField(null=True)
    trouble = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(days__range=(1, 31)), name="what_if_days_1_31")]

    def __str__(self) -> str:
        return f"{self.queue_id}: {self.state}"
