"""Accounts that are paid, subscriptions that are used, and who is what to each, with dates (TMF666, TMF637)."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q


class Account(models.Model):
    """What is billed: one number of one source. Who holds and who pays it stands in PartyRole."""

    source = models.CharField(max_length=32)
    number = models.CharField(max_length=40)
    received_at = models.DateTimeField()
    job = models.BigIntegerField(null=True)  # the import that brought it

    class Meta:
        constraints = [models.UniqueConstraint(fields=["source", "number"], name="account_once")]


class Subscription(models.Model):
    """One number or access that somebody uses, on an account or, until that is known, on none."""

    class Kind(models.TextChoices):
        MOBILE = "mobile"
        LANDLINE = "landline"
        BROADBAND = "broadband"
        TV = "tv"
        IOT = "iot"

    kind = models.CharField(max_length=12, choices=Kind)
    number = models.CharField(max_length=60)  # E.164, or the access number
    account = models.ForeignKey(Account, null=True, on_delete=models.CASCADE, related_name="subscriptions")
    since = models.DateField(null=True)
    until = models.DateField(null=True)
    source = models.CharField(max_length=32)
    job = models.BigIntegerField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "number"], condition=Q(until__isnull=True), name="subscription_once"
            ),
            models.CheckConstraint(
                condition=Q(until__isnull=True) | Q(since__isnull=True) | Q(until__gte=F("since")),
                name="subscription_ends_after_it_begins",
            ),
        ]


class PartyRole(models.Model):
    """What a customer is to an account (holder, payer) or to a subscription (user), from when to when."""

    class Role(models.TextChoices):
        HOLDER = "holder"
        PAYER = "payer"
        USER = "user"

    customer = models.ForeignKey("customers.Customer", on_delete=models.CASCADE, related_name="+")
    role = models.CharField(max_length=8, choices=Role)
    account = models.ForeignKey(Account, null=True, on_delete=models.CASCADE, related_name="parties")
    subscription = models.ForeignKey(Subscription, null=True, on_delete=models.CASCADE, related_name="parties")
    since = models.DateField()
    until = models.DateField(null=True)
    source = models.CharField(max_length=32)
    job = models.BigIntegerField(null=True)  # the import that said so
    ended_by_job = models.BigIntegerField(null=True)  # the import that named somebody else

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(role="user", account__isnull=True, subscription__isnull=False)
                | Q(role__in=("holder", "payer"), account__isnull=False, subscription__isnull=True),
                name="party_role_fits",
            ),
            models.CheckConstraint(
                condition=Q(until__isnull=True) | Q(until__gte=F("since")), name="party_role_in_order"
            ),
            models.UniqueConstraint(
                fields=["account", "role"],
                condition=Q(until__isnull=True, account__isnull=False),
                name="one_of_an_account",
            ),
            models.UniqueConstraint(
                fields=["subscription"],
                condition=Q(until__isnull=True, subscription__isnull=False),
                name="one_user_of_a_subscription",
            ),
        ]
