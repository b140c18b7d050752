"""Files of path events: what came in, and what of it could not be taken."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q


class PathImport(models.Model):
    """One file on its way in. Rows read = stored + duplicate + refused, at every checkpoint."""

    name = models.CharField(max_length=200)
    path = models.CharField(max_length=400)
    sha256 = models.CharField(max_length=64)
    source = models.CharField(max_length=48)
    mapping = models.JSONField(default=dict)  # column → field
    zone = models.CharField(max_length=48, blank=True)  # of times that name none
    encoding = models.CharField(max_length=16, blank=True)
    dry_run = models.BooleanField(default=False)
    actor = models.CharField(max_length=64)
    at = models.DateTimeField()
    state = models.CharField(max_length=10, default="running")  # running | done | failed
    sentence = models.CharField(max_length=240, blank=True)  # why it failed
    read = models.IntegerField(default=0)  # the checkpoint: rows done with
    stored = models.IntegerField(default=0)
    duplicate = models.IntegerField(default=0)
    refused = models.IntegerField(default=0)
    unlisted = models.JSONField(default=dict)  # stored, though no definition knows the node or version: name → rows

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(read=F("stored") + F("duplicate") + F("refused")), name="path_import_adds_up"
            ),
        ]
        indexes = [models.Index(fields=["-at"], name="path_import_newest")]

    def __str__(self) -> str:
        return f"{self.name} {self.state}"


class RefusedRow(models.Model):
    """A row that was not taken: where it stands, why, and what it says."""

    job = models.ForeignKey(PathImport, on_delete=models.CASCADE, related_name="refused_rows")
    number = models.IntegerField()  # 1 = the first row after the header
    code = models.CharField(max_length=32)
    sentence = models.CharField(max_length=240)
    row = models.JSONField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["job", "number"], name="refused_row_once")]

    def __str__(self) -> str:
        return f"{self.number} {self.code}"
