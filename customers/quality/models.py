"""Measured quality, one row a source, dimension and day."""

from __future__ import annotations

from django.db import models


class QualityScore(models.Model):
    """A measurement. `dimension` is one of the five or `score`; `of` says how many rows or values were judged."""

    source = models.CharField(max_length=32)
    dimension = models.CharField(max_length=16)
    day = models.DateField()
    value = models.FloatField()
    of = models.BigIntegerField()
    version = models.CharField(max_length=16)  # of the formulas

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["source", "dimension", "day"], name="quality_once_a_day"),
            models.CheckConstraint(condition=models.Q(value__gte=0, value__lte=1), name="quality_between_0_and_1"),
        ]
