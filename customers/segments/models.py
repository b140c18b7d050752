"""Segments and their versions. The wording of a version is never edited; one that has been used is never taken away."""

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
    """One wording of the condition, with what it counted last: when it was saved, and the newest anew after each night."""

    segment = models.ForeignKey(Segment, on_delete=models.PROTECT, related_name="versions")
    number = models.IntegerField()
    tree = models.JSONField()
    channel = models.CharField(max_length=12)  # voice | sms | wechat: whose consent counts
    author = models.CharField(max_length=64)
    at = models.DateTimeField()
    matched = models.BigIntegerField()
    reachable = models.BigIntegerField()  # of those, after the standing exclusions
    counted_at = models.DateTimeField(null=True)  # null: as it was saved

    class Meta:
        constraints = [models.UniqueConstraint(fields=["segment", "number"], name="segment_version_once")]


class SegmentExport(models.Model):
    """A list somebody asked for: for whom, what for, who let it go, and how many it held when it was fetched."""

    version = models.ForeignKey(SegmentVersion, on_delete=models.PROTECT, related_name="exports")
    recipient = models.CharField(max_length=200)
    purpose = models.CharField(max_length=200)
    asked_by = models.CharField(max_length=64)
    asked_at = models.DateTimeField()
    approved_by = models.CharField(max_length=64, blank=True)
    approved_at = models.DateTimeField(null=True)
    fetched_at = models.DateTimeField(null=True)
    rows = models.IntegerField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~models.Q(asked_by=models.F("approved_by")), name="list_by_two_people"),
        ]
