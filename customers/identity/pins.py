"""What people set about the fields of customers: values pinned until they expire, and which source's word counts."""

from __future__ import annotations

from django.db import models
from django.db.models import Q


class FieldPin(models.Model):
    """One field of one customer, as a person said it must read, until when and why."""

    customer = models.ForeignKey("customers.Customer", on_delete=models.CASCADE, related_name="+")
    field = models.CharField(max_length=16)
    value = models.CharField(max_length=120)
    actor = models.CharField(max_length=64)
    reason = models.CharField(max_length=200)
    at = models.DateTimeField()
    expires_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["customer", "field"], condition=Q(closed_at__isnull=True), name="pin_once"),
            models.CheckConstraint(condition=Q(expires_at__gt=models.F("at")), name="pin_expires_later"),
        ]


class GoldenSetting(models.Model):
    """How somebody set which word counts; the newest holds, and the earlier ones say how it was."""

    version = models.IntegerField(unique=True)  # 1 is the product's own
    rules = models.JSONField()  # {field: {"rule", "order": [source]}}
    trust = models.JSONField(default=dict)  # {source: 0–1} as it was set with them
    actor = models.CharField(max_length=64)
    at = models.DateTimeField()
