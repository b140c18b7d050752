"""Tags: what we hold true of a customer, with origin, reason and date."""

from __future__ import annotations

from django.db import models


class Tag(models.Model):
    """One thing that can be true of a customer. Keys are those of `customers.insight.tags`."""

    key = models.CharField(max_length=48, unique=True)  # "heavy_data"; "music_fan:<artist>" for interests
    name_en = models.CharField(max_length=80)
    name_zh = models.CharField(max_length=80)
    layer = models.CharField(max_length=12)  # document | behaviour | hobby | derived | place

    PLACE = "place"  # where somebody stays: only out of what they agreed to, never by hand


class TagAssignment(models.Model):
    """A tag on a customer: who or what put it there, why, and until when it holds."""

    class Origin(models.TextChoices):
        RULE = "rule"
        MANUAL = "manual"
        MODEL = "model"
        IMPORT = "import"

    customer = models.ForeignKey("customers.Customer", on_delete=models.CASCADE, related_name="tags")
    tag = models.ForeignKey(Tag, on_delete=models.PROTECT)
    origin = models.CharField(max_length=8, choices=Origin)
    evidence = models.CharField(max_length=160, blank=True)
    at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True)
    actor = models.CharField(max_length=64, blank=True, db_default="")  # who put it there by hand
    locked = models.BooleanField(db_default=False)  # by hand: no rule, model or import changes it
    rule_version = models.IntegerField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["customer", "tag"], name="tag_once_per_customer")]


class TagRule(models.Model):
    """When a tag holds, as a condition of `customers.segments.grammar`. A version is never edited; the open one counts."""

    tag = models.ForeignKey(Tag, on_delete=models.PROTECT, related_name="rules")
    version = models.IntegerField()
    tree = models.JSONField()
    days = models.IntegerField(null=True)  # how long the tag holds after the rule last did; null = until it does not
    author = models.CharField(max_length=64)
    at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tag", "version"], name="tag_rule_version_once"),
            models.UniqueConstraint(
                fields=["tag"], condition=models.Q(closed_at__isnull=True), name="tag_rule_open_once"
            ),
        ]


class TagBan(models.Model):
    """A tag that a person took off a customer: rules leave it off until then."""

    customer = models.ForeignKey("customers.Customer", on_delete=models.CASCADE, related_name="+")
    tag = models.ForeignKey(Tag, on_delete=models.PROTECT, related_name="+")
    until = models.DateTimeField()
    actor = models.CharField(max_length=64)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["customer", "tag"], name="tag_ban_once")]


class TagLog(models.Model):
    """What happened to a customer's tags, by whom and why."""

    class Act(models.TextChoices):
        ADDED = "added"
        REMOVED = "removed"
        LOCKED = "locked"
        UNLOCKED = "unlocked"

    customer = models.ForeignKey("customers.Customer", on_delete=models.CASCADE, related_name="+")
    tag = models.ForeignKey(Tag, on_delete=models.PROTECT, related_name="+")
    act = models.CharField(max_length=8, choices=Act)
    origin = models.CharField(max_length=8)
    evidence = models.CharField(max_length=160, blank=True)
    actor = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["customer", "-at"], name="tag_log_of_customer")]
