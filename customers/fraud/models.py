"""Signals as they stand and the cases opened on them."""

from __future__ import annotations

from django.db import models


class FraudSignal(models.Model):
    """One sign about one customer. A cleared one stays silent until it grows stronger than what was cleared."""

    customer = models.ForeignKey("customers.Customer", on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=24)  # of `signals.SIGNALS`
    strength = models.FloatField()  # 0 … 1
    evidence = models.JSONField(default=dict)  # numbers alone: {"numbers": 7}
    at = models.DateTimeField()  # first seen
    seen_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    cleared_strength = models.FloatField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["customer", "kind"], name="fraud_signal_once"),
            models.CheckConstraint(
                condition=models.Q(strength__gt=0, strength__lte=1), name="fraud_strength_is_a_share"
            ),
        ]


class FraudCase(models.Model):
    """A customer under suspicion. One open case each; who decided what, when and why stays."""

    class State(models.TextChoices):
        SUSPECTED = "suspected"
        UNDER_REVIEW = "under_review"
        CONFIRMED = "confirmed"
        CLEARED = "cleared"

    customer = models.ForeignKey("customers.Customer", on_delete=models.CASCADE, related_name="+")
    state = models.CharField(max_length=12, choices=State, default=State.SUSPECTED)
    score = models.FloatField()  # when it was last computed
    evidence = models.JSONField(default=list)  # [{"kind", "strength", "evidence"}] at that time
    opened_at = models.DateTimeField()
    decided_by = models.CharField(max_length=64, blank=True)
    decided_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["customer"], condition=~models.Q(state="cleared"), name="fraud_case_open_once"
            ),
            models.CheckConstraint(
                condition=models.Q(state="suspected") | (~models.Q(decided_by="") & models.Q(decided_at__isnull=False)),
                name="fraud_decision_has_a_name",
            ),
        ]
        indexes = [models.Index(fields=["-score", "id"], condition=~models.Q(state="cleared"), name="fraud_case_open")]
