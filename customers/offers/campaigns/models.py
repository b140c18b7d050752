"""Campaigns and their members. What was approved stays; a member belongs to one arm for good."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q


class Campaign(models.Model):
    """One offer to one audience, with what it is hoped to change and the figure that decides."""

    class State(models.TextChoices):
        DRAFT = "draft"
        REVIEW = "review"  # waits for somebody else's approval
        APPROVED = "approved"
        RUNNING = "running"
        PAUSED = "paused"
        ENDED = "ended"

    name = models.CharField(max_length=120, unique=True)
    hypothesis = models.CharField(max_length=500)
    segment = models.ForeignKey("customers.SegmentVersion", on_delete=models.PROTECT, related_name="+")
    offering = models.ForeignKey("customers.Offering", on_delete=models.PROTECT, related_name="+")
    group = models.CharField(max_length=48, blank=True)  # of offers that count together for contact limits
    channels = models.JSONField(default=list)  # VOICE | SMS | WECHAT
    trigger = models.CharField(max_length=24, blank=True)  # reached one by one when this happens; "" = as a list
    control_share = models.FloatField(default=0.1)
    expected = models.FloatField()  # share that buys without it
    effect = models.FloatField()  # the change worth finding
    budget = models.PositiveIntegerField()  # contacts in all
    per_batch = models.PositiveIntegerField(default=100)
    reach = models.FloatField(default=0.05)  # the share of the audience reached so far: first the pilot, then all
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=State, default=State.DRAFT)
    reason = models.CharField(max_length=200, blank=True)  # why it stands still
    by_guardrail = models.BooleanField(default=False)
    resumed_by = models.CharField(max_length=64, blank=True)  # the first of the two who let it go on
    cursor = models.BigIntegerField(default=0)  # how far the audience has been walked through
    author = models.CharField(max_length=64)
    approver = models.CharField(max_length=64, blank=True)
    at = models.DateTimeField()
    approved_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["draft", "review"]) | (~Q(approver="") & ~Q(approver=F("author"))),
                name="campaign_approved_by_another",
            ),
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="campaign_ends_later"),
            models.CheckConstraint(
                condition=Q(control_share__gte=0.01, control_share__lte=0.5, reach__gt=0, reach__lte=1),
                name="campaign_shares",
            ),
            models.CheckConstraint(condition=Q(per_batch__gte=1, per_batch__lte=500), name="campaign_batch"),
        ]


class CampaignMember(models.Model):
    """One customer considered by one campaign: the arm, and what was done or why not."""

    class State(models.TextChoices):
        CONTROL = "control"
        RESERVED = "reserved"  # a contact is held for a dialer or gateway to make
        CONTACTED = "contacted"
        RELEASED = "released"  # the contact did not come about
        WAITING = "waiting"  # for the customer to come by themselves
        BARRED = "barred"  # never to be told: may not even wait

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="members")
    customer = models.ForeignKey("customers.Customer", on_delete=models.CASCADE, related_name="+")
    arm = models.CharField(max_length=8)  # treated | control
    channel = models.CharField(max_length=8)  # the one drawn, also for those left in peace; WAIT for none
    odds = models.JSONField(default=dict)
    worth_fen = models.IntegerField(default=0)
    state = models.CharField(max_length=10, choices=State)
    rule = models.CharField(max_length=48, blank=True)  # the first that barred a contact
    contact = models.ForeignKey("customers.Contact", null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["campaign", "customer"], name="campaign_member_once")]
        indexes = [models.Index(fields=["campaign", "state", "id"], name="campaign_by_state")]
