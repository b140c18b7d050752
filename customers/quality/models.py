"""Measured quality, one row a source, dimension and day."""

from __future__ import annotations

from django.db import models


class QualityScore(models.Model):
    """A measurement. `dimension` is one of the five or `score`; `of` says how many rows or values were judged."""

    source = models.CharField(max_length=32)
    dimension = models.CharField(max_length=16)
    day = models.DateField()
    value = models.FloatField()
    of = models.BigIntegerField()
    version = models.CharField(max_length=16)  # of the formulas

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["source", "dimension", "day"], name="quality_once_a_day"),
            models.CheckConstraint(condition=models.Q(value__gte=0, value__lte=1), name="quality_between_0_and_1"),
        ]


class Source(models.Model):
    """What is known of a source besides its records: who answers for it, and what may be expected of it."""

    code = models.CharField(max_length=32, unique=True)
    owner = models.CharField(max_length=120, blank=True)
    promised_days = models.IntegerField(default=180)  # a record older than this is stale
    cadence_days = models.IntegerField(default=30)  # it delivers so often
    trust = models.FloatField(default=0.5)  # 0 to 1, for choosing between sources that say different things
    one_record_per_person = models.BooleanField(default=False)  # what linking takes for granted of it

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(trust__gte=0, trust__lte=1), name="source_trust_is_a_share"),
            models.CheckConstraint(condition=models.Q(promised_days__gte=1, cadence_days__gte=1), name="source_days"),
        ]


class RuleScore(models.Model):
    """How one source did by one rule on one day."""

    source = models.CharField(max_length=32)
    rule = models.CharField(max_length=32)
    day = models.DateField()
    checked = models.BigIntegerField()
    failed = models.BigIntegerField()
    version = models.IntegerField()  # of the rule

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["source", "rule", "day"], name="rule_score_once_a_day"),
            models.CheckConstraint(
                condition=models.Q(failed__gte=0, failed__lte=models.F("checked")), name="rule_score_adds_up"
            ),
        ]


class RuleSetting(models.Model):
    """How somebody set a rule of the library; the newest of a code counts, and the earlier ones say how it was."""

    code = models.CharField(max_length=32)
    version = models.IntegerField()  # 1 is the library's own
    severity = models.CharField(max_length=8)
    weight = models.FloatField()
    is_on = models.BooleanField(default=True)
    numbers = models.JSONField(default=dict)
    actor = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["code", "version"], name="rule_setting_version_once"),
            models.CheckConstraint(condition=models.Q(weight__gte=0), name="rule_setting_weighs"),
        ]


class ConsistencyReport(models.Model):
    """Whom and what the sources have in common, as of one day; see `consistency.py` for the form."""

    day = models.DateField(unique=True)
    doc = models.JSONField()


class WeightSetting(models.Model):
    """How somebody weighed the dimensions; the newest counts, and the earlier ones say how it was."""

    version = models.IntegerField(unique=True)  # 1 is the formulas' own
    weights = models.JSONField()  # {dimension: weight}
    actor = models.CharField(max_length=64)
    at = models.DateTimeField()


class QualityAlert(models.Model):
    """Something about a source that is worse than it may be, from the night that found it to the night that does not."""

    class What(models.TextChoices):
        DIMENSION = "dimension"
        RULE = "rule"
        DELIVERY = "delivery"  # it has not come as often as it should
        SHARED = (
            "shared"  # it gives one identifier to too many people; told by linking, not by the night's measurements
        )

    source = models.CharField(max_length=32)
    what = models.CharField(max_length=12, choices=What)
    code = models.CharField(max_length=32, blank=True)  # of the dimension or the rule; "kind masked" of an identifier
    value = (
        models.FloatField()
    )  # a share; of a delivery the days since the last one; of an identifier the merges undone
    limit = models.FloatField()  # it should be no less; of a delivery no more, nor of an identifier's people
    since = models.DateField()
    ended_on = models.DateField(null=True)
    acknowledged_by = models.CharField(max_length=64, blank=True)
    acknowledged_at = models.DateTimeField(null=True)
    note = models.CharField(max_length=200, blank=True)  # what is done about it

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["source", "what", "code"], condition=models.Q(ended_on=None), name="quality_alert_open_once"
            )
        ]
