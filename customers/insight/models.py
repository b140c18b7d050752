"""Tags: what we hold true of a customer, with origin, reason and date."""

from __future__ import annotations

from django.db import models


class Tag(models.Model):
    """One thing that can be true of a customer. Keys are those of `customers.insight.tags`."""

    key = models.CharField(max_length=48, unique=True)  # "heavy_data"; "music_fan:<artist>" for interests
    name_en = models.CharField(max_length=80)
    name_zh = models.CharField(max_length=80)
    layer = models.CharField(max_length=12)  # document | behaviour | hobby | derived


class TagAssignment(models.Model):
    """A tag on a customer: who or what put it there, why, and until when it holds."""

    class Origin(models.TextChoices):
        RULE = "rule"
        MANUAL = "manual"
        MODEL = "model"
        IMPORT = "import"

    customer = models.ForeignKey("customers.Customer", on_delete=models.CASCADE, related_name="tags")
    tag = models.ForeignKey(Tag, on_delete=models.PROTECT)
    origin = models.CharField(max_length=8, choices=Origin)
    evidence = models.CharField(max_length=160, blank=True)
    at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["customer", "tag"], name="tag_once_per_customer")]
