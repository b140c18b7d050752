"""Circumstances of a customer, a number or a place; each from a source, each with an end."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q


class Circumstance(models.Model):
    """One fact that bars offers while it lasts and is told to whoever serves. Past `expires_at` it says nothing."""

    class Kind(models.TextChoices):
        OUTAGE = "outage"
        ARREARS = "arrears"
        BEREAVEMENT = "bereavement"
        FRAUD = "fraud"
        COMPLAINT = "open_complaint"  # open in another system

    kind = models.CharField(max_length=16, choices=Kind)
    customer = models.ForeignKey("customers.Customer", null=True, on_delete=models.CASCADE, related_name="+")
    number = models.CharField(max_length=20, blank=True)
    region = models.CharField(max_length=40, blank=True)  # a place, as customers' records name it
    source = models.CharField(max_length=32)  # the system or person that says so
    external_id = models.CharField(max_length=64, blank=True)  # its id there
    since = models.DateTimeField()
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    author = models.CharField(max_length=64)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(customer=None) | ~Q(number="") | ~Q(region=""), name="circumstance_of_somebody"
            ),
            models.CheckConstraint(condition=Q(region="") | Q(kind="outage"), name="circumstance_of_a_place"),
            models.CheckConstraint(condition=Q(expires_at__gt=F("since")), name="circumstance_ends_later"),
            models.UniqueConstraint(
                fields=["source", "external_id"], condition=~Q(external_id=""), name="circumstance_once"
            ),
        ]
        # read with every screen-pop and every contact: what stands against this customer, number or place now
        indexes = [
            models.Index(fields=["customer", "expires_at"], condition=Q(ended_at=None), name="circumstance_customer"),
            models.Index(
                fields=["number", "expires_at"], condition=Q(ended_at=None) & ~Q(number=""), name="circumstance_number"
            ),
            models.Index(
                fields=["region", "expires_at"], condition=Q(ended_at=None) & ~Q(region=""), name="circumstance_region"
            ),
        ]
