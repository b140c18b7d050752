"""Values that a person pinned: held against imports and rules until they expire."""

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
