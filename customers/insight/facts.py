"""Everything computed about a customer, one wide row each: what segments ask, the 360 page shows and the mirror copies.

No name, no number. Rewritten by `customers.insight.computing`; dropping and computing it again changes nothing but what
needs a memory (stages with hysteresis).
"""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models


def _codes() -> ArrayField:  # type: ignore[type-arg]
    return ArrayField(models.CharField(max_length=64), default=list)


class Facts(models.Model):
    """One customer's facts. Columns that conditions may name stand in `customers.segments.fields`."""

    # no index of its own: the constraint's serves, and each one more is written a million times a night
    customer = models.ForeignKey("customers.Customer", on_delete=models.CASCADE, related_name="+", db_index=False)
    at = models.DateTimeField()  # when it was computed
    version = models.CharField(max_length=16)  # of the formulas
    # person
    kind = models.CharField(max_length=12)
    region = models.CharField(max_length=60, blank=True)
    language = models.CharField(max_length=12, blank=True)
    age = models.IntegerField(null=True)
    tenure_days = models.IntegerField(null=True)
    in_household = models.BooleanField(default=False)
    # the party of whose members this is one, the newest tie of each kind: asked by `related` conditions alone
    household = models.UUIDField(null=True)
    campus = models.UUIDField(null=True)
    enterprise = models.UUIDField(null=True)
    is_open = models.BooleanField(default=True)
    # products
    products = _codes()
    families = _codes()
    holdings = models.IntegerField(default=0)
    plan = models.CharField(max_length=48, blank=True)
    plan_fee_fen = models.BigIntegerField(null=True)
    contract_days = models.IntegerField(null=True)
    # use, means of the last three months
    bill_fen = models.BigIntegerField(null=True)
    bill_slope = models.FloatField(null=True)  # of log bill a month, over up to six months
    data_gb = models.FloatField(null=True)
    voice_min = models.FloatField(null=True)
    messages = models.FloatField(null=True)
    overage_months = models.IntegerField(default=0)
    # contacts
    contacts_30 = models.IntegerField(default=0)
    contacts_90 = models.IntegerField(default=0)
    calls_90 = models.IntegerField(default=0)
    complaints_365 = models.IntegerField(default=0)
    open_complaint = models.BooleanField(default=False)
    quiet_days = models.IntegerField(null=True)
    channel = models.CharField(max_length=12, blank=True)
    channel_share = models.FloatField(null=True)
    best_blocks = ArrayField(models.SmallIntegerField(), default=list)  # ISO weekday × 100 + first hour; best first
    # RFM
    r_days = models.IntegerField(null=True)
    f_count = models.IntegerField(null=True)
    m_fen = models.BigIntegerField(null=True)
    r = models.SmallIntegerField(null=True)
    f = models.SmallIntegerField(null=True)
    m = models.SmallIntegerField(null=True)
    rfm = models.CharField(max_length=12, blank=True)
    # value
    margin_fen = models.BigIntegerField(null=True)  # a month
    value_fen = models.BigIntegerField(null=True)
    value_low_fen = models.BigIntegerField(null=True)
    value_high_fen = models.BigIntegerField(null=True)
    value_decile = models.SmallIntegerField(null=True)
    value_tier = models.CharField(max_length=12, blank=True)
    # membership
    level = models.CharField(max_length=12, blank=True)
    points = models.BigIntegerField(null=True)
    term_ends = models.DateField(null=True)
    term_points = models.BigIntegerField(null=True)  # qualifying points so far in the term
    level_needs = models.BigIntegerField(null=True)  # to keep the level
    term_pace = models.BigIntegerField(null=True)  # where this pace leads by the end of the term
    term_low = models.BigIntegerField(null=True)
    term_high = models.BigIntegerField(null=True)
    downgrade_risk = models.FloatField(null=True)
    # life
    lifecycle = models.CharField(max_length=16, blank=True)
    lifecycle_since = models.DateField(null=True)
    lifecycle_seen = models.CharField(max_length=16, blank=True)  # what this evaluation alone would say
    churn = models.FloatField(null=True)
    churn_reasons = _codes()  # the strongest first
    motive = models.CharField(max_length=16, blank=True)
    scenarios = _codes()
    tags = _codes()
    circle = models.IntegerField(null=True)
    circle_role = models.CharField(max_length=12, blank=True)
    cluster = models.IntegerField(null=True)
    # wishes and guards
    consent_voice = models.BooleanField(default=False)
    consent_sms = models.BooleanField(default=False)
    consent_wechat = models.BooleanField(default=False)
    refused_marketing = models.BooleanField(default=False)
    do_not_call = models.BooleanField(default=False)
    fraud_open = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["customer"], name="facts_once_per_customer")]


class InsightRun(models.Model):
    """One computation over everybody: how many, how long, and the population's own figures shown beside a score."""

    at = models.DateTimeField()
    version = models.CharField(max_length=16)
    customers = models.BigIntegerField()
    seconds = models.FloatField()
    notes = models.JSONField(default=dict)


class Transaction(models.Model):
    """Money that moved besides the monthly bill: purchases, top-ups, refunds. Once per source and external id."""

    class Kind(models.TextChoices):
        PURCHASE = "purchase"
        TOP_UP = "top_up"
        PAYMENT = "payment"
        REFUND = "refund"

    customer = models.ForeignKey("customers.Customer", on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=8, choices=Kind)
    line = models.CharField(max_length=16)  # business line: mobile | content | device | shop …
    amount_fen = models.BigIntegerField()  # never negative: the kind says which way
    discount_fen = models.BigIntegerField(default=0)
    gift = models.BooleanField(default=False)
    early = models.BooleanField(default=False)  # within 60 days of the product's launch
    at = models.DateTimeField()
    source = models.CharField(max_length=32)
    external_id = models.CharField(max_length=64)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["source", "external_id"], name="transaction_once"),
            models.CheckConstraint(condition=models.Q(amount_fen__gte=0), name="transaction_not_negative"),
        ]
        indexes = [models.Index(fields=["customer", "-at"], name="transaction_of_customer")]
