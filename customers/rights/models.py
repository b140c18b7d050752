"""Requests that people made, restrictions that stand, and the nights in which what had its time was taken away."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q


class PrivacyRequest(models.Model):
    """One right exercised, or asked for: exports and erasures are done by a worker.

    Ids, counts and the reference of the request: it outlives the person it was about.
    """

    class State(models.TextChoices):
        ASKED = "asked"
        RUNNING = "running"
        DONE = "done"
        FAILED = "failed"  # `trouble` says why; nothing was changed

    class Kind(models.TextChoices):
        EXPORT = "export"
        ERASE = "erase"
        RESTRICT = "restrict"
        LIFT = "lift"
        CORRECT = "correct"
        EXPLAIN = "explain"
        OBJECT = "object"  # no conclusions, no suggestions
        OPEN = "open"  # a restricted customer looked at, with a stated ground

    customer = models.UUIDField()  # no foreign key: the row is no belonging of the person's
    kind = models.CharField(max_length=8, choices=Kind)
    reference = models.CharField(max_length=120)  # of the letter, ticket or call that asked
    actor = models.CharField(max_length=64)
    at = models.DateTimeField()
    receipt = models.JSONField(default=dict)  # counts by table, a ground, names of fields: never a value
    state = models.CharField(max_length=8, choices=State, default=State.DONE)
    done_share = models.FloatField(default=0.0)  # 0–1, of what is searched
    moved_at = models.DateTimeField(null=True)  # the worker's last sign of life
    tries = models.SmallIntegerField(default=0)
    trouble = models.CharField(max_length=32, blank=True)  # a code
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "kind"], condition=Q(state__in=["asked", "running"]), name="privacy_open_once"
            ),
        ]
        indexes = [
            models.Index(fields=["-at"], name="privacy_newest"),
            models.Index(fields=["customer"], name="privacy_of"),
        ]

    @property
    def is_open(self) -> bool:
        """Whether a worker still has to do with it."""
        return self.state in {self.State.ASKED, self.State.RUNNING}


class Handout(models.Model):
    """Everything we held about a person when they asked: sealed, for who asked, for three days. Erased with the person."""

    request = models.OneToOneField(PrivacyRequest, on_delete=models.CASCADE, related_name="handout")
    box = models.BinaryField()
    at = models.DateTimeField(db_index=True)  # read by the night that takes it away


class Restriction(models.Model):
    """Nobody may use what we hold about this customer while it stands, but for the grounds of the law."""

    class Ground(models.TextChoices):
        ACCURACY = "accuracy"  # contested, until it is looked into
        UNLAWFUL = "unlawful"  # the person wants it kept, not used
        CLAIMS = "claims"  # needed for a legal claim only
        OBJECTION = "objection"  # being weighed
        LAW = "law"  # erasure was asked for and the law wants it kept

    customer = models.ForeignKey("customers.Customer", on_delete=models.CASCADE, related_name="+")
    ground = models.CharField(max_length=12, choices=Ground)
    reference = models.CharField(max_length=120)
    actor = models.CharField(max_length=64)
    at = models.DateTimeField()
    lifted_at = models.DateTimeField(null=True)
    lifted_by = models.CharField(max_length=64, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["customer"], condition=Q(lifted_at__isnull=True), name="restricted_once"),
            models.CheckConstraint(
                condition=Q(lifted_at__isnull=True) | Q(lifted_at__gte=F("at")), name="lifted_after"
            ),
        ]


class RetentionRun(models.Model):
    """One night of forgetting: rows and files by class that went, and how many were still to go when its time was over."""

    at = models.DateTimeField()
    seconds = models.FloatField()
    removed = models.JSONField(default=dict)
    left = models.JSONField(default=dict)

    class Meta:
        indexes = [models.Index(fields=["-at"], name="retention_newest")]
