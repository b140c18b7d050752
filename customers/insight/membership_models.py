"""Points and levels: an append-only ledger, and the terms for which a level was given."""

from __future__ import annotations

from django.db import models


class PointsEntry(models.Model):
    """One movement of points. `origin` is who earned or spent it, whoever they have become one with since."""

    class Kind(models.TextChoices):
        EARN = "earn"
        REDEEM = "redeem"
        EXPIRE = "expire"
        ADJUST = "adjust"
        REVERSE = "reverse"

    customer = models.ForeignKey("customers.Customer", on_delete=models.CASCADE, related_name="+")
    origin = models.UUIDField()
    kind = models.CharField(max_length=8, choices=Kind)
    points = models.BigIntegerField()  # what it adds; less than nothing for what is spent or runs out
    qualifying = models.BooleanField(default=True)  # counts towards the level
    at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True)  # of what was earned
    ref = models.CharField(max_length=80)  # what it is for; the same ref never counts twice
    reason = models.CharField(max_length=120, blank=True)
    actor = models.CharField(max_length=64)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind", "ref"], name="points_once_per_ref"),
            models.CheckConstraint(
                condition=models.Q(kind="earn", points__gt=0)
                | models.Q(kind__in=["redeem", "expire"], points__lt=0)
                | models.Q(kind__in=["adjust", "reverse"]),
                name="points_sign_fits_kind",
            ),
        ]
        indexes = [models.Index(fields=["customer", "-at"], name="points_of_customer")]


class LevelTerm(models.Model):
    """A level held from a day on. The open one counts; up at once, down only after the term and its grace."""

    customer = models.ForeignKey("customers.Customer", on_delete=models.CASCADE, related_name="+")
    level = models.CharField(max_length=12)
    since = models.DateField()
    ends = models.DateField()  # last day of the qualifying term
    closed_on = models.DateField(null=True)
    reason = models.CharField(max_length=40)  # reached | renewed | missed | given

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["customer"], condition=models.Q(closed_on__isnull=True), name="level_term_open_once"
            ),
            models.CheckConstraint(condition=models.Q(ends__gt=models.F("since")), name="level_term_ends_later"),
        ]


class BenefitUse(models.Model):
    """One use of a benefit within a term; the same reference never counts twice."""

    customer = models.ForeignKey("customers.Customer", on_delete=models.CASCADE, related_name="+")
    term = models.ForeignKey(LevelTerm, on_delete=models.CASCADE, related_name="uses")
    benefit = models.CharField(max_length=32)
    ref = models.CharField(max_length=80)
    at = models.DateTimeField()
    actor = models.CharField(max_length=64)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["term", "benefit", "ref"], name="benefit_use_once")]
