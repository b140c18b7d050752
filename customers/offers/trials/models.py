"""Trials of gifts, and the cards of what they taught. Both stay as they were written."""

from __future__ import annotations

from django.db import models
from django.db.models import Q


class GiftTrial(models.Model):
    """A gift to stay was thought of for a customer in a call: named with these odds, or left unnamed."""

    call = models.UUIDField()
    customer = models.ForeignKey("customers.Customer", on_delete=models.CASCADE, related_name="+")
    at = models.DateTimeField()
    code = models.SlugField(max_length=48)  # of the gift
    given = models.BooleanField()
    odds = models.FloatField()  # of being given, as they were
    facts = models.JSONField(default=dict)  # learning.features.customer_facts
    uplift = models.FloatField()  # the figure that decided
    source = models.CharField(max_length=8)  # entered | average | customer
    model = models.BigIntegerField(null=True)
    stayed = models.BooleanField(null=True)  # still with us after ninety days; null: not known yet
    labelled_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["call", "customer"], name="gift_trial_once_per_call"),
            models.CheckConstraint(condition=Q(odds__gt=0, odds__lt=1), name="gift_trial_odds"),
            models.CheckConstraint(
                condition=Q(stayed__isnull=True, labelled_at__isnull=True)
                | Q(stayed__isnull=False, labelled_at__isnull=False),
                name="gift_trial_labelled",
            ),
        ]
        indexes = [models.Index(fields=["at"], condition=Q(stayed=None), name="gift_trial_to_label")]


class UpliftCard(models.Model):
    """What the trials taught by one night; the newest counts. `body` holds numbers as JSON with a hash."""

    made_at = models.DateTimeField()
    verdict = models.CharField(max_length=8)  # few | unsure | none | average | customer
    body = models.TextField(blank=True)
    card = models.JSONField(default=dict)  # trials.uplift.Card

    class Meta:
        indexes = [models.Index(fields=["-made_at"], name="uplift_newest")]
        constraints = [
            models.CheckConstraint(
                condition=~Q(verdict="customer") | ~Q(body=""), name="uplift_by_customer_has_numbers"
            )
        ]
