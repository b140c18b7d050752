"""Groups that were found, waiting for a person, and what the person said."""

from __future__ import annotations

from django.db import models
from django.db.models import Q


class GroupProposal(models.Model):
    """People who may be one household, campus or enterprise."""

    class State(models.TextChoices):
        OPEN = "open"
        ACCEPTED = "accepted"
        DISMISSED = "dismissed"
        GONE = "gone"  # what spoke for it is no more

    kind = models.CharField(max_length=12)
    fingerprint = models.CharField(max_length=32)  # of kind and members: the same people are not proposed twice
    because = models.JSONField()  # {signal: how many of them share such a thing}
    strength = models.FloatField()
    version = models.CharField(max_length=16)  # of the rules
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    at = models.DateTimeField()
    decided_by = models.CharField(max_length=64, blank=True)
    decided_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=200, blank=True)
    # the group they became, or the one that some of them are in already
    group = models.ForeignKey("customers.Customer", null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["fingerprint"], name="group_proposal_once")]
        # read by the review page
        indexes = [models.Index(fields=["-strength", "id"], condition=Q(state="open"), name="group_proposal_open")]


class GroupCandidate(models.Model):
    """One of the people of a proposal, and what they would be in the group."""

    proposal = models.ForeignKey(GroupProposal, on_delete=models.CASCADE, related_name="candidates")
    customer = models.ForeignKey("customers.Customer", on_delete=models.CASCADE, related_name="+")
    role = models.CharField(max_length=16)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["proposal", "customer"], name="group_candidate_once")]
