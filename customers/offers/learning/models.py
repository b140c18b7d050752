"""Learned models, as plain numbers with their cards."""

from __future__ import annotations

from django.db import models


class PropensityModel(models.Model):
    """Who says yes to one kind of action and keeps it. `body` holds coefficients as JSON and a hash of them."""

    class State(models.TextChoices):
        CHAMPION = "champion"  # speaks
        RESTING = "resting"  # was champion until it drifted
        RETIRED = "retired"  # a newer one speaks
        SILENT = "silent"  # trained, and no better than the entered figures

    action = models.CharField(max_length=24)
    state = models.CharField(max_length=8, choices=State)
    made_at = models.DateTimeField()
    body = models.TextField(blank=True)
    card = models.JSONField(default=dict)  # learning.training.Card
    reference = models.JSONField(default=dict)  # learning.drift.Reference
    watched = models.JSONField(default=dict)  # learning.drift.Watch, the last one
    watched_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["action"], condition=models.Q(state="champion"), name="propensity_one_champion"
            ),
            models.CheckConstraint(
                condition=~models.Q(state="champion") | ~models.Q(body=""), name="propensity_champion_has_numbers"
            ),
        ]
        indexes = [models.Index(fields=["action", "-made_at"], name="propensity_newest")]
