"""What was mined, and whether it may be used."""

from __future__ import annotations

from django.db import models
from django.db.models import Q


class TogetherCard(models.Model):
    """One mining of baskets; the newest counts. `body` holds numbers as JSON with a hash, where it may speak."""

    made_at = models.DateTimeField()
    speaks = models.BooleanField()
    card = models.JSONField(default=dict)  # bundles.Verdict, and of how many customers
    body = models.TextField(blank=True)

    class Meta:
        indexes = [models.Index(fields=["-made_at"], name="together_newest")]
        constraints = [models.CheckConstraint(condition=Q(speaks=False) | ~Q(body=""), name="together_has_numbers")]
