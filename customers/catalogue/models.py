"""What can be bought and what this customer holds. Money is integer fen; usage is seconds, KB and messages."""

from __future__ import annotations

from django.db import models
from django.db.models import Func


class Offering(models.Model):
    """A product on sale or once on sale (TMF620 productOffering)."""

    class Kind(models.TextChoices):
        PLAN = "plan"
        PACK = "pack"
        CONTENT = "content"
        DEVICE = "device"
        BUNDLE = "bundle"
        SERVICE = "service"

    code = models.SlugField(max_length=48, unique=True)
    family = models.CharField(max_length=32)  # mobile | broadband | tv | content | device
    kind = models.CharField(max_length=12, choices=Kind)
    name_en = models.CharField(max_length=120)
    name_zh = models.CharField(max_length=120)
    summary_en = models.CharField(max_length=300, blank=True)
    summary_zh = models.CharField(max_length=300, blank=True)
    fee_fen = models.BigIntegerField(default=0)  # per month
    margin_fen = models.BigIntegerField(null=True)  # left of the fee each month after cost; null = not entered
    tariff = models.JSONField(default=dict)  # the terms as data, in the form of docs/tariff-format.md
    tags = models.JSONField(default=list)
    suits = models.JSONField(default=list)  # tag keys of customers it suits
    not_for = models.JSONField(default=list)  # tag keys of customers it must not be offered to
    parts = models.JSONField(default=list)  # codes of the products in a bundle
    requires = models.JSONField(default=list)  # codes or "family:kind": one of these must be there with it
    excludes = models.JSONField(default=list)  # codes or "family:kind": none of these may be there with it
    valid_from = models.DateField()
    valid_to = models.DateField(null=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(fee_fen__gte=0), name="offering_fee_not_negative")]


class CatalogueStamp(models.Model):
    """One row, written by a trigger with every change of an offering: who kept the shelf under it may keep it."""

    id = models.SmallIntegerField(primary_key=True)
    stamp = models.UUIDField()


class Holding(models.Model):
    """A product a customer has or had (TMF637 product)."""

    customer = models.ForeignKey("customers.Customer", on_delete=models.CASCADE, related_name="holdings")
    offering = models.ForeignKey(Offering, on_delete=models.PROTECT)
    status = models.CharField(max_length=12, default="active")  # active | suspended | ended
    since = models.DateField()
    term_end = models.DateField(null=True)
    source = models.CharField(max_length=32, blank=True)


_ABOVE = '$[*] ? ((@.kind == "data" || @.kind == "voice" || @.kind == "messages") && @.fen > 0)'


class UsageMonth(models.Model):
    """One month of one customer: what was used and what the bill said."""

    customer = models.ForeignKey("customers.Customer", on_delete=models.CASCADE, related_name="usage")
    month = models.DateField()  # first day
    voice_s = models.BigIntegerField(default=0)
    data_kb = models.BigIntegerField(default=0)
    messages = models.IntegerField(default=0)
    bill_fen = models.BigIntegerField(default=0)
    full = models.BooleanField(default=True)  # closed, and no activation, suspension or plan change in it
    # Sums beside the three above, which are national and as used: [{"service", "scope", "rounding", "units"}].
    sums = models.JSONField(default=list)
    lines = models.JSONField(default=list)  # of the bill as sent: [{"kind", "fen", "text"}]
    # Use above the allowance was billed. Worked out as the row is written: the night reads millions of them.
    above = models.GeneratedField(
        expression=Func("lines", template=f"jsonb_path_exists(%(expressions)s, '{_ABOVE}', '{{}}', true)"),
        output_field=models.BooleanField(),
        db_persist=True,
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["customer", "month"], name="usage_once_per_month")]


class UsagePool(models.Model):
    """How use moved from three months to the next, for customers like any other: what a promise is tried on.

    Written nightly, kept for a fortnight. `rows` are [customer, before × 3, after × 3]: voice s, messages, data KB.
    """

    made_at = models.DateTimeField(unique=True)
    rows = models.JSONField()
