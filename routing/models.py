"""Tables of routing. Hot tables (Call, Reservation, Agent) hold what lives now; every transition is also an Event.

The invariants stand here as constraints: one agent held per call, one live reservation per agent slot,
states and their timestamps agree, and a caller's `enqueued_at` is written once (triggers: the second migration).
Calls and reservations stand in this module, all other tables beside it (`agent_models`, `queue_models` …).
"""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from callcenter.foundation.ids import uuid7
from routing.agent_models import Agent as Agent
from routing.agent_models import AgentSkill as AgentSkill
from routing.agent_models import AgentTrait as AgentTrait
from routing.agent_models import Domain as Domain
from routing.agent_models import ExcludedPair as ExcludedPair
from routing.agent_models import Fit as Fit
from routing.agent_models import Skill as Skill
from routing.agent_models import Team as Team
from routing.callback_models import Callback as Callback
from routing.capacity_models import AgentCapacity as AgentCapacity
from routing.capacity_models import Channel as Channel
from routing.capacity_models import GroupCapacity as GroupCapacity
from routing.choices import choices
from routing.handover_models import Handover as Handover
from routing.handover_models import SiteWord as SiteWord
from routing.overflow_models import OverflowRule as OverflowRule
from routing.queue_models import CalendarDay as CalendarDay
from routing.queue_models import Closure as Closure
from routing.queue_models import OpeningHours as OpeningHours
from routing.queue_models import Queue as Queue
from routing.queue_models import QueueRank as QueueRank
from routing.queue_models import RelaxationStep as RelaxationStep
from routing.queue_models import ScoreTable as ScoreTable
from routing.queue_models import check_condition as check_condition
from routing.rating_models import CallRating as CallRating
from routing.states import (
    GUEST,
    HOLDING_RESERVATION,
    LIVE_RESERVATION,
    CallState,
    ReservationState,
    Role,
)
from routing.version_models import DomainVersion as DomainVersion
from routing.version_models import QueueVersion as QueueVersion
from routing.version_models import WhatIf as WhatIf


class Call(models.Model):
    """One caller's wish to be served, on any channel. `version` counts the call's events and fences late writers."""

    id = models.UUIDField(primary_key=True, default=uuid7)
    domain = models.ForeignKey(Domain, on_delete=models.PROTECT, db_index=False)  # call_by_arrival begins with it
    source = models.CharField(max_length=48)  # the trunk's group
    external_id = models.CharField(max_length=128)  # the switch's own name for the call
    channel = models.CharField(max_length=16, default="voice")
    direction = models.CharField(max_length=12, default="in")
    from_number = models.CharField(max_length=128, blank=True)  # as the switch wrote it
    from_e164 = models.CharField(max_length=20, blank=True)  # "" if withheld or not a number
    to_number = models.CharField(max_length=128, blank=True)
    language = models.CharField(max_length=12, blank=True)
    attributes = models.JSONField(default=dict)  # ≤ 4 KB, kept, never interpreted
    facts = models.JSONField(default=dict)  # CallerFacts as handed in at arrival
    customer = models.ForeignKey(
        "customers.Customer", null=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )  # call_of_customer begins with it
    match_basis = models.CharField(max_length=32, blank=True)  # exact | several | new | withheld | chosen

    queue = models.ForeignKey(Queue, null=True, on_delete=models.PROTECT)
    state = models.CharField(max_length=12, choices=choices(CallState), default=CallState.ARRIVED)
    arrived_at = models.DateTimeField()
    enqueued_at = models.DateTimeField(null=True)  # written once; a trigger refuses any change
    head_start_s = models.IntegerField(default=0)
    place_key = models.DateTimeField(null=True)  # enqueued_at − head_start_s: the order of service
    connected_at = models.DateTimeField(null=True)
    held_since = models.DateTimeField(null=True)  # a flag of a connected call
    ended_at = models.DateTimeField(null=True)
    ended_by = models.CharField(max_length=16, blank=True)  # caller | agent | network | system
    end_reason = models.CharField(max_length=32, blank=True)  # stage of abandonment, overflow, ghost …
    version = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["source", "external_id"], name="call_external_id_once"),
            models.CheckConstraint(
                condition=~Q(state__in=["queued", "reserved"])
                | Q(enqueued_at__isnull=False, place_key__isnull=False, queue__isnull=False)
                | Q(state="reserved", direction="out"),  # dialled by the agent who is held for it: nobody waited
                name="call_waiting_has_place",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["connected", "wrapping", "completed"])
                | Q(connected_at__isnull=False)
                | Q(end_reason="self_service"),
                name="call_served_was_connected",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["arrived", "queued", "reserved", "connected", "wrapping"], ended_at__isnull=True)
                | Q(state="wrapping")
                | Q(state__in=["completed", "abandoned", "diverted", "failed", "canceled"], ended_at__isnull=False),
                name="call_end_has_time",
            ),
            # less than nothing: sent on by a queue that lets nobody keep the old place
            models.CheckConstraint(
                condition=Q(head_start_s__range=(-604_800, 1800)), name="call_head_start_a_week_to_1800"
            ),
        ]
        indexes = [
            # read by the dispatcher: who waits, queue by queue, in order of service
            models.Index(
                fields=["domain", "queue", "place_key", "enqueued_at", "id"],
                condition=Q(state="queued"),
                name="call_waiting",
            ),
            # read by live boards and reconciliation: everything not over
            models.Index(
                fields=["domain", "state"],
                condition=Q(state__in=["arrived", "queued", "reserved", "connected", "wrapping"]),
                name="call_live",
            ),
            # read by an arriving call: whether this number has just hung up in the queue
            models.Index(
                fields=["domain", "from_e164", "-ended_at"],
                condition=Q(state="abandoned") & ~Q(from_e164=""),
                name="call_dropped_number",
            ),
            # read by the customer's page and the scope rule
            models.Index(fields=["customer", "-arrived_at"], name="call_of_customer"),
            # read by reports of a day
            models.Index(fields=["domain", "arrived_at"], name="call_by_arrival"),
        ]

    def __str__(self) -> str:
        return f"c_{self.id.hex}"


class Reservation(models.Model):
    """One agent held for one call, with a lease: whoever holds something has `expires_at` and `version`."""

    id = models.UUIDField(primary_key=True, default=uuid7)
    domain = models.ForeignKey(Domain, on_delete=models.PROTECT, db_index=False)  # never looked up by it alone
    call = models.ForeignKey(Call, on_delete=models.PROTECT, related_name="reservations")
    agent = models.ForeignKey(
        Agent, on_delete=models.PROTECT, related_name="reservations", db_index=False
    )  # reservation_of_agent begins with it
    queue = models.ForeignKey(Queue, null=True, on_delete=models.PROTECT, related_name="+")  # whose wrap-up rule holds
    slot = models.SmallIntegerField(default=0)  # 0–9 live, 10–19 messaging, 20–29 deferred: see routing.capacity
    role = models.CharField(max_length=12, choices=choices(Role), default=Role.PRIMARY)
    state = models.CharField(max_length=12, choices=choices(ReservationState), default=ReservationState.PENDING)
    end_reason = models.CharField(max_length=24, blank=True)
    because = models.JSONField(default=dict)  # why this agent: filters passed, terms of the score
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True)  # when the sweeper acts: ring lease, bridge lease, wrap-up box
    seen_at = models.DateTimeField(null=True)  # the ring card stood in the desk's page
    accepted_at = models.DateTimeField(null=True)
    connected_at = models.DateTimeField(null=True)
    talk_ended_at = models.DateTimeField(null=True)
    wrap_until = models.DateTimeField(null=True)
    spoke_by = models.CharField(max_length=8, blank=True)  # of a written conversation: whoever wrote last
    silent_at = models.DateTimeField(null=True)  # and when it is given up unless the other one writes
    extensions = models.SmallIntegerField(default=0)
    disposition = models.CharField(max_length=32, blank=True)
    ended_at = models.DateTimeField(null=True)
    version = models.BigIntegerField(default=1)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["call"],
                condition=Q(state__in=sorted(HOLDING_RESERVATION), role=Role.PRIMARY),
                name="one_live_reservation_per_call",
            ),
            models.UniqueConstraint(
                fields=["call"],
                condition=Q(state__in=sorted(HOLDING_RESERVATION), role__in=sorted(GUEST)),
                name="one_guest_per_call",
            ),
            models.CheckConstraint(
                condition=~Q(role=Role.CONFERENCE) | Q(connected_at__isnull=False),
                name="conference_after_the_answer",
            ),
            models.UniqueConstraint(
                fields=["agent", "slot"],
                condition=Q(state__in=sorted(LIVE_RESERVATION)),
                name="one_live_reservation_per_slot",
            ),
            models.CheckConstraint(condition=Q(slot__range=(0, 29)), name="reservation_slot_0_29"),
            models.CheckConstraint(
                condition=~Q(state=ReservationState.PENDING) | Q(expires_at__isnull=False),
                name="pending_reservation_expires",
            ),
            models.CheckConstraint(
                condition=Q(state__in=sorted(LIVE_RESERVATION), ended_at__isnull=True)
                | Q(ended_at__isnull=False) & ~Q(state__in=sorted(LIVE_RESERVATION)),
                name="ended_reservation_has_time",
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True) | Q(ended_at__gte=F("created_at")),
                name="reservation_ends_after_start",
            ),
        ]
        indexes = [
            # read by the sweeper: whose time is up
            models.Index(
                fields=["domain", "expires_at"],
                condition=Q(state__in=sorted(LIVE_RESERVATION), expires_at__isnull=False),
                name="reservation_due",
            ),
            # read by the sweeper: which conversations lie still
            models.Index(
                fields=["domain", "silent_at"],
                condition=Q(state=ReservationState.ACCEPTED, silent_at__isnull=False),
                name="reservation_silent",
            ),
            # read by the desk: what this agent did today
            models.Index(fields=["agent", "-created_at"], name="reservation_of_agent"),
        ]

    def __str__(self) -> str:
        return f"r_{self.id.hex}"
