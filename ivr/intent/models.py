"""Tables of the predicted reason: models as numbers with their cards, and every prediction that was used."""

from __future__ import annotations

from django.db import models
from django.db.models import Q


class IntentCard(models.Model):
    """One trained model: its numbers (ivr.intent.logistic) and how good it was on later calls (training.Card)."""

    trained_at = models.DateTimeField()
    since = models.DateTimeField()  # of the calls it learned from
    until = models.DateTimeField()
    body = models.JSONField()
    card = models.JSONField()
    in_use = models.BooleanField(default=False)  # it beat every baseline

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["in_use"], condition=Q(in_use=True), name="intent_one_model_in_use")
        ]
        indexes = [models.Index(fields=["-trained_at"], name="intent_card_newest")]

    def __str__(self) -> str:
        return f"{self.trained_at:%Y-%m-%d %H:%M}"


class IntentPrediction(models.Model):
    """What was predicted of a call and handed to routing and desk; scored later against what the agent wrote."""

    call = models.UUIDField(primary_key=True)
    at = models.DateTimeField()
    reason = models.CharField(max_length=32)
    probability = models.FloatField()
    top = models.JSONField()  # [[reason, chance], …], three of them
    evidence = models.JSONField()
    model = models.ForeignKey(IntentCard, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(probability__range=(0.0, 1.0)), name="intent_probability_0_1")
        ]
        # read by the card's page: the newest of them
        indexes = [models.Index(fields=["-at"], name="intent_prediction_newest")]

    def __str__(self) -> str:
        return f"c_{self.call.hex} {self.reason}"
