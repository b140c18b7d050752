"""The shelf's past and coming changes, and the rivals' plans."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db import models


class OfferingVersion(models.Model):
    """A product as it stood from one save to the next. A trigger keeps the rows as they are."""

    code = models.SlugField(max_length=48)
    number = models.IntegerField()
    sheet = models.JSONField()  # the row as saved, in the form of product_sheets.read_product
    note = models.CharField(max_length=300, blank=True)
    author = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["code", "number"], name="offering_version_once")]


class OfferingChange(models.Model):
    """A price or terms put before a second person; approved it waits for its day, or counts at once.

    A correction has no day: the sheet was wrong, and what it says counts for the past as well.
    """

    class State(models.TextChoices):
        PROPOSED = "proposed"
        APPROVED = "approved"  # waits for its day
        REJECTED = "rejected"
        IN_FORCE = "in_force"

    code = models.SlugField(max_length=48)
    fields = models.JSONField()  # of the offering, by name, in JSON: only what differs; all of them for a new product
    before = models.JSONField(default=dict)  # the same fields as they stood when it was proposed; {} = a new product
    holds_from = models.DateField(null=True)  # None: a correction
    note = models.CharField(max_length=300)
    state = models.CharField(max_length=10, choices=State, default=State.PROPOSED)
    author = models.CharField(max_length=64)
    approver = models.CharField(max_length=64, blank=True)
    proposed_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)
    in_force_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["code"], condition=models.Q(state="proposed"), name="offering_change_one_at_a_time"
            ),
            models.CheckConstraint(
                condition=~models.Q(state__in=["approved", "in_force"])
                | (~models.Q(approver="") & ~models.Q(approver=models.F("author"))),
                name="offering_change_by_another",
            ),
        ]
        # looked through every few minutes: whose day has come
        indexes = [
            models.Index(fields=["holds_from"], condition=models.Q(state="approved"), name="offering_change_due")
        ]

    @property
    def values(self) -> dict[str, Any]:
        """`fields` as an offering takes them."""
        days = {
            name: date.fromisoformat(self.fields[name]) for name in ("valid_from", "valid_to") if self.fields.get(name)
        }
        return {**self.fields, **days}


class EarlierTerms(models.Model):
    """Terms that counted until a day: a month is rated on the first of them that ends later."""

    offering = models.ForeignKey("customers.Offering", on_delete=models.CASCADE, related_name="earlier_terms")
    until = models.DateField()  # first day on which they no longer count; a first of a month
    tariff = models.JSONField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["offering", "until"], name="earlier_terms_once"),
            models.CheckConstraint(condition=models.Q(until__day=1), name="earlier_terms_end_with_a_month"),
        ]


class RivalOffering(models.Model):
    """A rival's plan as somebody read it on a day; past `expires_on` nothing is said of it."""

    operator = models.CharField(max_length=64)
    code = models.SlugField(max_length=48)
    name_en = models.CharField(max_length=120)
    name_zh = models.CharField(max_length=120)
    tariff = models.JSONField()
    source = models.CharField(max_length=300)
    seen_on = models.DateField()
    expires_on = models.DateField()
    author = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["operator", "code"], name="rival_once"),
            models.CheckConstraint(condition=~models.Q(source=""), name="rival_has_a_source"),
            models.CheckConstraint(condition=models.Q(expires_on__gt=models.F("seen_on")), name="rival_expires_later"),
        ]
