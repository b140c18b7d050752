"""Tables of routing. Hot tables (Call, Reservation, Agent) hold what lives now; every transition is also an Event.

The invariants stand here as constraints: one agent held per call, one live reservation per agent slot,
states and their timestamps agree, and a caller's `enqueued_at` is written once (triggers: the second migration).
"""

from __future__ import annotations

from datetime import time
from typing import Any
from zoneinfo import available_timezones

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from callcenter.foundation.ids import uuid7
from routing.callback_models import Callback as Callback
from routing.capacity_models import AgentCapacity as AgentCapacity
from routing.capacity_models import Channel as Channel
from routing.capacity_models import GroupCapacity as GroupCapacity
from routing.handover_models import Handover as Handover
from routing.handover_models import SiteWord as SiteWord
from routing.hours import AtClosing, WrittenAtClosing
from routing.matching import Strategy
from routing.overflow_models import OverflowRule as OverflowRule
from routing.overflow_models import check_site
from routing.rating_models import CallRating as CallRating
from routing.requirements import Condition, HasSkill, InTeam, IsAgent, Unreadable, is_short, levels, stored
from routing.requirements import read as read_condition
from routing.service_clock import PlaceRule
from routing.silence import OnSilence
from routing.states import (
    GUEST,
    HOLDING_RESERVATION,
    LIVE_RESERVATION,
    CallState,
    Device,
    Presence,
    ReservationState,
    Role,
    WrapUpMode,
)
from routing.version_models import DomainVersion as DomainVersion
from routing.version_models import QueueVersion as QueueVersion
from routing.version_models import WhatIf as WhatIf


def _choices(states: type) -> list[tuple[str, str]]:
    return [(state.value, state.value) for state in states]  # type: ignore[attr-defined]


class Domain(models.Model):
    """The queues and agents that can meet. One dispatcher works a domain at a time, by lease and fencing token."""

    key = models.CharField(max_length=32, unique=True)
    name = models.CharField(max_length=80)
    roster_version = models.BigIntegerField(default=0)  # drawn anew by triggers when skills, queues or members change
    rest_s = models.SmallIntegerField(default=0)  # between calls, 0–120; 0 = none
    occupancy_cap = models.SmallIntegerField(default=0)  # per cent of the last two hours, 50–100; 0 = none
    skills_day = models.DateField(null=True, editable=False)  # dated skills are matched as of this day
    lease_holder = models.CharField(max_length=80, blank=True)
    lease_token = models.BigIntegerField(default=0)  # grows with each new holder; stands in every dispatcher write
    lease_until = models.DateTimeField(null=True)
    # closing (nobody new), moved (lives elsewhere), arriving (not yet here); "" = works. See routing.moving
    moving = models.CharField(max_length=8, blank=True, editable=False)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(rest_s__range=(0, 120)), name="domain_rest_0_120"),
            models.CheckConstraint(
                condition=Q(occupancy_cap=0) | Q(occupancy_cap__range=(50, 100)), name="domain_occupancy_cap_50_100"
            ),
        ]

    def __str__(self) -> str:
        return self.key


class Skill(models.Model):
    key = models.SlugField(max_length=48, unique=True)
    name_en = models.CharField(max_length=80)
    name_zh = models.CharField(max_length=80)

    def __str__(self) -> str:
        return self.key


class Team(models.Model):
    domain = models.ForeignKey(Domain, on_delete=models.PROTECT)
    key = models.SlugField(max_length=48)
    name_en = models.CharField(max_length=80)
    name_zh = models.CharField(max_length=80)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["domain", "key"], name="team_key_once")]

    def __str__(self) -> str:
        return self.key


class Queue(models.Model):
    """A line of callers with one need. `required` filters agents; it is never traded against waiting time here."""

    domain = models.ForeignKey(Domain, on_delete=models.PROTECT, related_name="queues")
    key = models.SlugField(max_length=48)
    name_en = models.CharField(max_length=80)
    name_zh = models.CharField(max_length=80)
    required = models.JSONField(
        default=dict, blank=True
    )  # {"billing": 2, "lang-en": 3} or a tree: routing.requirements
    head_start_s = models.IntegerField(default=0)  # 0–900, added to the caller's own
    target_s = models.IntegerField(default=20)  # service level: answered within
    ring_s = models.IntegerField(default=20)
    wrap_up_mode = models.CharField(max_length=24, choices=_choices(WrapUpMode), default=WrapUpMode.TIME_BOXED)
    wrap_up_s = models.IntegerField(default=60)
    miss_limit = models.IntegerField(default=2)  # misses in a row before not_responding, 1–5
    is_open = models.BooleanField(default=True)  # a supervisor's word, over all hours
    zone = models.CharField(max_length=48, blank=True)  # of the opening hours; "" = the site's
    last_admission_min = models.SmallIntegerField(default=0)  # no new callers so long before closing
    at_closing = models.CharField(max_length=8, choices=_choices(AtClosing), default=AtClosing.SERVE.value)
    at_closing_written = models.CharField(
        max_length=8, choices=_choices(WrittenAtClosing), default=WrittenAtClosing.PROMISE.value
    )
    # where a caller stands who is sent on to this queue: the old place, behind everybody, or as if they came so long ago
    transfer_place = models.CharField(max_length=8, choices=_choices(PlaceRule), default=PlaceRule.KEEP.value)
    transfer_credit_s = models.SmallIntegerField(default=0)  # 0–900, of rule credit
    closed_to = models.ForeignKey("self", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    closed_to_site = models.CharField(max_length=81, blank=True)  # domain/queue, where no queue here stands in
    strategy = models.CharField(max_length=16, choices=_choices(Strategy), default=Strategy.LONGEST_IDLE.value)
    preferred = models.JSONField(default=dict, blank=True)  # like required, but it scores and never filters
    # 0 = an ordinary queue; else its callers come before everybody, by at most this percentage of those who can help
    emergency_percent = models.SmallIntegerField(default=0)
    # Of written conversations: how long one waits for the agent, or for the customer, to write. 0 = for ever
    agent_silence_s = models.IntegerField(default=0)
    customer_silence_s = models.IntegerField(default=0)
    on_agent_silence = models.CharField(max_length=8, choices=_choices(OnSilence), default=OnSilence.QUEUE)
    on_customer_silence = models.CharField(max_length=8, choices=_choices(OnSilence), default=OnSilence.CLOSE)
    sticky_hold_s = models.IntegerField(default=0)  # 0–30: a caller may wait so long for the agent of last time
    sticky_days = models.IntegerField(default=0)  # how long an agent is remembered as the caller's own; 0 = not at all
    members: models.ManyToManyField[Agent, models.Model] = models.ManyToManyField(
        "Agent", related_name="queues", blank=True
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["domain", "key"], name="queue_key_once"),
            models.CheckConstraint(condition=Q(head_start_s__range=(0, 900)), name="queue_head_start_0_900"),
            models.CheckConstraint(condition=Q(ring_s__range=(5, 120)), name="queue_ring_5_120"),
            models.CheckConstraint(condition=Q(transfer_credit_s__range=(0, 900)), name="queue_transfer_credit_0_900"),
            models.CheckConstraint(condition=Q(miss_limit__range=(1, 5)), name="queue_miss_limit_1_5"),
            models.CheckConstraint(condition=Q(last_admission_min__range=(0, 240)), name="queue_last_admission_0_240"),
            models.CheckConstraint(condition=Q(emergency_percent__range=(0, 50)), name="queue_emergency_0_50"),
            models.CheckConstraint(
                condition=Q(agent_silence_s__range=(0, 86_400), customer_silence_s__range=(0, 86_400)),
                name="queue_silence_0_86400",
            ),
            models.CheckConstraint(condition=Q(sticky_hold_s__range=(0, 30)), name="queue_sticky_hold_0_30"),
            models.CheckConstraint(condition=Q(sticky_days__range=(0, 365)), name="queue_sticky_days_0_365"),
        ]

    def __str__(self) -> str:
        return self.key

    def clean(self) -> None:
        """Refuse a need that nobody could ever meet: unknown skills, levels outside 1–5."""
        check_condition("required", self.required, self.domain_id)
        check_condition("preferred", self.preferred, self.domain_id)
        if self.zone and self.zone not in available_timezones():
            raise ValidationError({"zone": _("There is no time zone “%(zone)s”.") % {"zone": self.zone}})
        if self.closed_to_site:
            check_site("closed_to_site", self.closed_to_site, self.domain.key)


class OpeningHours(models.Model):
    """One span of a week in which a queue takes new callers. A queue without spans is always open."""

    queue = models.ForeignKey(Queue, on_delete=models.CASCADE, related_name="hours")
    weekday = models.SmallIntegerField(choices=[(day, str(day)) for day in range(7)])  # 0 = Monday
    opens = models.TimeField()
    closes = models.TimeField()  # 00:00 = the end of the day

    class Meta:
        ordering = ["queue", "weekday", "opens"]
        constraints = [
            models.CheckConstraint(condition=Q(weekday__range=(0, 6)), name="opening_weekday_0_6"),
            models.CheckConstraint(
                condition=Q(closes__gt=F("opens")) | Q(closes=time(0, 0)), name="opening_closes_after_it_opens"
            ),
        ]


class Closure(models.Model):
    """Nobody new is taken meanwhile: one queue, or all of the domain."""

    domain = models.ForeignKey(Domain, on_delete=models.CASCADE, related_name="closures")
    queue = models.ForeignKey(Queue, null=True, blank=True, on_delete=models.CASCADE, related_name="closures")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    reason = models.CharField(max_length=200)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="closure_ends_after_it_starts")
        ]


class CalendarDay(models.Model):
    """A day that is not worked as its weekday: a holiday, or a make-up day (调休) worked as another weekday."""

    domain = models.ForeignKey(Domain, on_delete=models.CASCADE, related_name="calendar")
    day = models.DateField()
    worked_as = models.SmallIntegerField(null=True, blank=True)  # 0 = Monday; empty = holiday
    name = models.CharField(max_length=80)

    class Meta:
        ordering = ["day"]
        constraints = [
            models.UniqueConstraint(fields=["domain", "day"], name="calendar_day_once"),
            models.CheckConstraint(
                condition=Q(worked_as__isnull=True) | Q(worked_as__range=(0, 6)), name="calendar_worked_as_0_6"
            ),
        ]


def check_condition(name: str, asked: object, domain_id: int | None) -> Condition:
    """The condition, or ValidationError on field `name`: it cannot be read, or names what is not there."""
    try:
        found = read_condition(asked)
    except Unreadable as why:
        raise ValidationError({name: _(why.sentence) % why.values}) from None
    named: dict[str, set[str]] = {"skill": set(), "team": set(), "agent": set()}
    for leaf in found.leaves():
        if isinstance(leaf, HasSkill):
            named["skill"].add(leaf.skill)
        elif isinstance(leaf, InTeam):
            named["team"].add(leaf.team)
        elif isinstance(leaf, IsAgent):
            named["agent"].update(leaf.agents)
    unknown = {
        _("There is no skill “%(name)s”."): named["skill"] - _keys(Skill.objects.all(), named["skill"]),
        _("There is no team “%(name)s”."): named["team"] - _keys(Team.objects.filter(domain=domain_id), named["team"]),
        _("There is no agent “%(name)s”."): named["agent"]
        - _keys(Agent.objects.filter(domain=domain_id), named["agent"]),
    }
    for sentence, names in unknown.items():
        if names:
            raise ValidationError({name: sentence % {"name": min(names)}})
    return found


def _keys(rows: models.QuerySet[Any], wanted: set[str]) -> set[str]:
    return set(rows.filter(key__in=wanted).values_list("key", flat=True)) if wanted else set()


class RelaxationStep(models.Model):
    """What a queue asks of an agent once a caller has waited `after_s`: lower levels, more teams. Place and clock stay."""

    queue = models.ForeignKey(Queue, on_delete=models.CASCADE, related_name="steps")
    after_s = models.IntegerField()
    required = models.JSONField(default=dict, blank=True)  # whom it admits: everybody of the step before at least
    rings = models.ManyToManyField(Team, related_name="+", blank=True)  # whose agents may help out from now on

    class Meta:
        ordering = ["queue", "after_s"]
        constraints = [
            models.UniqueConstraint(fields=["queue", "after_s"], name="relaxation_once_at_a_time"),
            models.CheckConstraint(condition=Q(after_s__range=(1, 3600)), name="relaxation_after_1_3600"),
        ]

    def __str__(self) -> str:
        return f"{self.queue.key} +{self.after_s} s"

    def clean(self) -> None:
        """Refuse a step that would take agents away from those who have waited."""
        from routing.people import vanishing  # reads these tables

        after = check_condition("required", self.required, self.queue.domain_id if self.queue_id else None)
        if self.queue_id is None:
            return
        earlier = self.queue.steps.filter(after_s__lt=self.after_s).exclude(pk=self.pk).order_by("-after_s").first()
        before = read_condition(earlier.required if earlier is not None else self.queue.required)
        self._ask_no_higher(before, after)
        members = set(self.queue.members.values_list("pk", flat=True))
        gone = vanishing(domain_id=self.queue.domain_id, members=members, before=before, after=after)
        if gone:
            raise ValidationError(
                {
                    "required": _(
                        "These agents could serve before this step and could not after it: %(agents)s. Waiting may only open"
                        " the queue to more agents."
                    )
                    % {"agents": ", ".join(gone[:10]) + (" …" if len(gone) > 10 else "")}
                }
            )

    def _ask_no_higher(self, before: Condition, after: Condition) -> None:
        """By implication of levels, whoever the agents of today are."""
        if not (is_short(stored(before)) and is_short(stored(after))):
            return
        asked = levels(before)
        for skill, level in levels(after).items():
            if level > asked.get(skill, 0):
                raise ValidationError(
                    {
                        "required": _(
                            "“%(skill)s” ≥ %(level)s asks more than the step before: waiting may only open the queue to "
                            "more agents."
                        )
                        % {"skill": skill, "level": level}
                    }
                )


class Agent(models.Model):
    """One person who takes calls. Three facts, never one flag: what the person says, the phone says, the work says."""

    domain = models.ForeignKey(Domain, on_delete=models.PROTECT, related_name="agents")
    user = models.OneToOneField(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="agent")
    key = models.SlugField(max_length=48)  # staff number, the switch's word for this agent
    name_en = models.CharField(max_length=80)
    name_zh = models.CharField(max_length=80)
    team = models.ForeignKey(Team, null=True, on_delete=models.PROTECT, related_name="agents")
    contact = models.CharField(max_length=200, blank=True)  # SIP URI or extension

    presence = models.CharField(max_length=16, choices=_choices(Presence), default=Presence.OFFLINE)
    reason = models.CharField(max_length=32, blank=True)  # starting, lunch, training, lost_contact …
    presence_since = models.DateTimeField(null=True)
    pending_presence = models.CharField(max_length=16, blank=True)  # applied once, after the last wrap-up
    pending_reason = models.CharField(max_length=32, blank=True)
    lease_id = models.UUIDField(null=True)  # which console or softphone vouches for the person
    lease_expires_at = models.DateTimeField(null=True)
    device = models.CharField(max_length=16, choices=_choices(Device), default=Device.UNKNOWN)
    device_at = models.DateTimeField(null=True)  # when we heard it, our clock
    device_told_at = models.DateTimeField(null=True)  # the switch's clock, only to tell an older report from a newer
    idle_since = models.DateTimeField(null=True)  # end of last live work; breaks stop the clock but keep it
    missed_in_row = models.IntegerField(default=0)
    blocked_until = models.DateTimeField(null=True)
    version = models.BigIntegerField(default=0)  # counts this agent's events

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["domain", "key"], name="agent_key_once"),
            models.CheckConstraint(
                condition=Q(presence=Presence.OFFLINE) | Q(lease_id__isnull=False), name="agent_present_has_lease"
            ),
        ]
        indexes = [
            # read by the dispatcher: who is free, longest idle first
            models.Index(fields=["domain", "idle_since"], condition=Q(presence=Presence.AVAILABLE), name="agent_free"),
            # read by the sweeper: whose desk has fallen silent
            models.Index(
                fields=["domain", "lease_expires_at"],
                condition=Q(lease_expires_at__isnull=False),
                name="agent_lease_due",
            ),
        ]

    def __str__(self) -> str:
        return self.key


class AgentSkill(models.Model):
    """What an agent is able to do, for ever or for some days. Of several that hold on a day the one begun last counts."""

    agent = models.ForeignKey(Agent, on_delete=models.CASCADE, related_name="skills")
    skill = models.ForeignKey(Skill, on_delete=models.PROTECT)
    level = models.SmallIntegerField()  # 1–5
    valid_from = models.DateField(null=True, blank=True)  # its first day; empty = always
    valid_until = models.DateField(null=True, blank=True)  # the day on which it has lapsed; empty = never

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["agent", "skill", "valid_from"], name="agent_skill_once_a_start", nulls_distinct=False
            ),
            models.CheckConstraint(
                condition=Q(valid_from__isnull=True) | Q(valid_until__isnull=True) | Q(valid_until__gt=F("valid_from")),
                name="agent_skill_lapses_after_it_begins",
            ),
            models.CheckConstraint(condition=Q(level__range=(1, 5)), name="agent_skill_level_1_5"),
        ]


class QueueRank(models.Model):
    """The order in which a queue of strategy `ranked` rings its agents: 1 first."""

    queue = models.ForeignKey(Queue, on_delete=models.CASCADE, related_name="ranks")
    agent = models.ForeignKey(Agent, on_delete=models.CASCADE, related_name="+")
    rank = models.SmallIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["queue", "agent"], name="queue_rank_once"),
            models.CheckConstraint(condition=Q(rank__range=(1, 99)), name="queue_rank_1_99"),
        ]


class AgentTrait(models.Model):
    """What kind of agent this is: patient, technical, retention, dialect-yue …"""

    agent = models.ForeignKey(Agent, on_delete=models.CASCADE, related_name="traits")
    trait = models.SlugField(max_length=48)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["agent", "trait"], name="agent_trait_once")]

    def __str__(self) -> str:
        return self.trait


class Fit(models.Model):
    """How well a kind of caller suits a kind of agent, by hand: the table that service adaptation starts from."""

    domain = models.ForeignKey(Domain, on_delete=models.CASCADE, related_name="fits")
    # enterprise, value:gold, intent:billing, complaint, tag:…; product:… for a product group
    caller_type = models.CharField(max_length=64)
    trait = models.SlugField(max_length=48)  # for products a skill's key will do as well
    fit = models.FloatField()  # −1 (keep apart) … 1 (made for each other)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["domain", "caller_type", "trait"], name="fit_once"),
            models.CheckConstraint(condition=Q(fit__range=(-1.0, 1.0)), name="fit_minus_1_to_1"),
        ]

    def __str__(self) -> str:
        return f"{self.caller_type} × {self.trait}"


class ExcludedPair(models.Model):
    """A customer and an agent who are never brought together. The customer stands as an id: theirs is another room."""

    customer = models.UUIDField()
    agent = models.ForeignKey(Agent, on_delete=models.CASCADE, related_name="excluded")
    reason = models.CharField(max_length=200)
    noted_by = models.CharField(max_length=64)
    noted_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["customer", "agent"], name="excluded_pair_once")]


class ScoreTable(models.Model):
    """What pairs are worth in one queue, as learned and priced: plain arrays, with the card that says how it came."""

    queue = models.ForeignKey(Queue, on_delete=models.CASCADE, related_name="tables")
    made_at = models.DateTimeField()
    types = models.JSONField()  # caller types, most telling first; the last stands for everybody else
    agents = models.JSONField()
    value = models.JSONField()  # types × agents
    price = models.JSONField()  # by agent
    worth = models.JSONField()  # by type
    spread = models.FloatField()
    card = models.JSONField()

    class Meta:
        indexes = [models.Index(fields=["queue", "-made_at"], name="score_table_newest")]


class Call(models.Model):
    """One caller's wish to be served, on any channel. `version` counts the call's events and fences late writers."""

    id = models.UUIDField(primary_key=True, default=uuid7)
    domain = models.ForeignKey(Domain, on_delete=models.PROTECT)
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
    customer = models.ForeignKey("customers.Customer", null=True, on_delete=models.SET_NULL, related_name="+")
    match_basis = models.CharField(max_length=32, blank=True)  # exact | several | new | withheld | chosen

    queue = models.ForeignKey(Queue, null=True, on_delete=models.PROTECT)
    state = models.CharField(max_length=12, choices=_choices(CallState), default=CallState.ARRIVED)
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
                | Q(enqueued_at__isnull=False, place_key__isnull=False, queue__isnull=False),
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
    domain = models.ForeignKey(Domain, on_delete=models.PROTECT)
    call = models.ForeignKey(Call, on_delete=models.PROTECT, related_name="reservations")
    agent = models.ForeignKey(Agent, on_delete=models.PROTECT, related_name="reservations")
    queue = models.ForeignKey(Queue, null=True, on_delete=models.PROTECT, related_name="+")  # whose wrap-up rule holds
    slot = models.SmallIntegerField(default=0)  # 0–9 live, 10–19 messaging, 20–29 deferred: see routing.capacity
    role = models.CharField(max_length=12, choices=_choices(Role), default=Role.PRIMARY)
    state = models.CharField(max_length=12, choices=_choices(ReservationState), default=ReservationState.PENDING)
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
