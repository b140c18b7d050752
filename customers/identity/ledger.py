"""The identity ledger: what was decided about who is who, what each decision moved, and what waits for a person."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

LINKING = "linking"  # the actor of what the batch decides by itself


class Decision(models.Model):
    """Two parties are one (merge) or must never become one (cannot_link). Closed, never deleted: ids move in the open."""

    class Kind(models.TextChoices):
        MERGE = "merge"
        CANNOT_LINK = "cannot_link"

    kind = models.CharField(max_length=12, choices=Kind)
    survivor = models.ForeignKey("customers.Customer", on_delete=models.CASCADE, related_name="+")  # cannot_link: one
    absorbed = models.ForeignKey("customers.Customer", on_delete=models.CASCADE, related_name="+")  # of the two
    actor = models.CharField(max_length=64)  # Principal.name, or `LINKING`
    reason = models.CharField(max_length=200)
    evidence = models.JSONField(default=list)  # [{"field", "agreement", "bits"}]: no value of anybody
    at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    closed_by = models.CharField(max_length=64, blank=True)
    closed_reason = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(survivor=models.F("absorbed")), name="decision_between_two"),
            # a party lives on in one other at a time
            models.UniqueConstraint(
                fields=["absorbed"], condition=Q(kind="merge", closed_at__isnull=True), name="merge_once"
            ),
            models.UniqueConstraint(
                fields=["survivor", "absorbed"],
                condition=Q(kind="cannot_link", closed_at__isnull=True),
                name="cannot_link_once",
            ),
        ]
        indexes = [models.Index(fields=["survivor", "kind"], name="decision_of_survivor")]


class Moved(models.Model):
    """What one merge did to one table: rows that changed their owner, and rows whose values were combined.

    `rows` are primary keys that now belong to the survivor; `folded` holds `[{"row", "before", "after"}]` for rows of
    either party that were changed in place. Together with the table they undo the merge exactly.
    """

    decision = models.ForeignKey(Decision, on_delete=models.CASCADE, related_name="moved")
    table = models.CharField(max_length=48)
    column = models.CharField(max_length=32)
    rows = models.JSONField(default=list)
    folded = models.JSONField(default=list)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["decision", "table", "column"], name="moved_once")]


class Proposal(models.Model):
    """Two parties that may be one: found by linking or by an agent, waiting for a person. `a` is the smaller id."""

    class State(models.TextChoices):
        OPEN = "open"
        MERGED = "merged"
        NOT_SAME = "not_same"
        LATER = "later"
        GONE = "gone"  # the evidence has vanished, or one of the two

    a = models.ForeignKey("customers.Customer", on_delete=models.CASCADE, related_name="+")
    b = models.ForeignKey("customers.Customer", on_delete=models.CASCADE, related_name="+")
    bits = models.FloatField()  # log2 of the odds that they are one person, prior included
    evidence = models.JSONField(default=list)  # [{"field", "agreement", "bits"}]
    why = models.CharField(max_length=32)  # band | one_per_source | ids_differ | worst_pair | shared | agent
    model = models.CharField(max_length=32, blank=True)  # version of the weights
    state = models.CharField(max_length=8, choices=State, default=State.OPEN)
    at = models.DateTimeField()
    decided_by = models.CharField(max_length=64, blank=True)
    decided_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["a", "b"], name="proposal_once"),
            models.CheckConstraint(condition=Q(a__lt=models.F("b")), name="proposal_in_order"),
        ]
        # read by the review queue: what is open, the strongest first
        indexes = [models.Index(fields=["-bits", "id"], condition=Q(state="open"), name="proposal_open")]


class MergeAudit(models.Model):
    """A merge that stands and that a person is to look at: an automatic one drawn by lot (the share of right ones says how
    good the weights are), or one whose evidence has vanished and that no run may undo.
    """

    class Verdict(models.TextChoices):
        RIGHT = "right"
        WRONG = "wrong"

    class Why(models.TextChoices):
        DRAWN = "drawn"
        VANISHED = "vanished"

    decision = models.ForeignKey(Decision, on_delete=models.CASCADE, related_name="audits")
    why = models.CharField(max_length=8, choices=Why, default=Why.DRAWN, db_default=Why.DRAWN)
    bits = models.FloatField()  # of the pair that joined the two; of what vanished, of the strongest pair that is left
    lost = models.JSONField(default=list, db_default=[])  # fields that agreed when the two were merged, and do not now
    drawn_at = models.DateTimeField()
    verdict = models.CharField(max_length=8, choices=Verdict, blank=True)
    decided_by = models.CharField(max_length=64, blank=True)
    decided_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(verdict="", decided_at__isnull=True) | ~Q(verdict="") & Q(decided_at__isnull=False),
                name="merge_audit_says_when",
            ),
            models.UniqueConstraint(fields=["decision", "why"], name="merge_audit_once"),
        ]
        # read by the review page: what waits
        indexes = [models.Index(fields=["drawn_at"], condition=Q(verdict=""), name="merge_audit_open")]
