"""Waiting offers (TMF699 sales lead): kept until the customer comes by a way that is allowed."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q


class WaitingOffer(models.Model):
    """One product kept for one customer until `expires_at`."""

    class State(models.TextChoices):
        WAITING = "waiting"
        TOLD = "told"  # put before the customer somewhere
        TAKEN = "taken"
        REFUSED = "refused"

    customer = models.ForeignKey("customers.Customer", on_delete=models.CASCADE, related_name="waiting_offers")
    offering = models.ForeignKey("customers.Offering", on_delete=models.PROTECT, related_name="+")
    origin = models.CharField(max_length=16)  # later | campaign | api
    because = models.CharField(max_length=48, blank=True)  # the rule that barred the contact
    campaign = models.BigIntegerField(null=True)
    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    at = models.DateTimeField()
    expires_at = models.DateTimeField()
    told_at = models.DateTimeField(null=True)
    told_on = models.CharField(max_length=12, blank=True)  # call | app | web | shop | ivr | bill
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "offering"], condition=Q(closed_at=None), name="waiting_offer_once"
            ),
            models.CheckConstraint(condition=Q(expires_at__gt=F("at")), name="waiting_offer_expires_later"),
        ]
