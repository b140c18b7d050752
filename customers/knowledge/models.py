"""Questions that people kept: a condition whose every value is a blank, with what it was when it was kept."""

from __future__ import annotations

from django.db import models


class SavedQuestion(models.Model):
    """A named condition of `customers.segments.grammar`; its values are what the form shows first."""

    name = models.CharField(max_length=120, unique=True)
    note = models.CharField(max_length=300, blank=True)
    tree = models.JSONField()
    author = models.CharField(max_length=64)
    at = models.DateTimeField()
    archived_at = models.DateTimeField(null=True)

    @property
    def key(self) -> str:
        return f"q{self.pk}"
