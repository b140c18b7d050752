"""Segments and their versions. A version is never edited; one that has been used is never taken away."""

from __future__ import annotations

from django.db import models


class Segment(models.Model):
    """A named question about customers: which ones match it now is asked anew each time."""

    name = models.CharField(max_length=120, unique=True)
    note = models.CharField(max_length=300, blank=True)
    author = models.CharField(max_length=64)
    at = models.DateTimeField()
    archived_at = models.DateTimeField(null=True)


class SegmentVersion(models.Model):
    """One wording of the condition, with what it counted when it was saved."""

    segment = models.ForeignKey(Segment, on_delete=models.PROTECT, related_name="versions")
    number = models.IntegerField()
    tree = models.JSONField()
    channel = models.CharField(max_length=12)  # voice | sms | wechat: whose consent counts
    author = models.CharField(max_length=64)
    at = models.DateTimeField()
    matched = models.BigIntegerField()
    reachable = models.BigIntegerField()  # of those, after the standing exclusions

    class Meta:
        constraints = [models.UniqueConstraint(fields=["segment", "number"], name="segment_version_once")]
