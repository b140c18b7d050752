"""Tables of a domain and its agents: who they are, what they are able to do, whom they suit."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from routing.choices import choices
from routing.states import Device, Presence


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


class Agent(models.Model):
    """One person who takes calls. Three facts, never one flag: what the person says, the phone says, the work says."""

    domain = models.ForeignKey(Domain, on_delete=models.PROTECT, related_name="agents")
    user = models.OneToOneField(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="agent")
    key = models.SlugField(max_length=48)  # staff number, the switch's word for this agent
    name_en = models.CharField(max_length=80)
    name_zh = models.CharField(max_length=80)
    team = models.ForeignKey(Team, null=True, on_delete=models.PROTECT, related_name="agents")
    contact = models.CharField(max_length=200, blank=True)  # SIP URI or extension

    presence = models.CharField(max_length=16, choices=choices(Presence), default=Presence.OFFLINE)
    reason = models.CharField(max_length=32, blank=True)  # starting, lunch, training, lost_contact …
    presence_since = models.DateTimeField(null=True)
    pending_presence = models.CharField(max_length=16, blank=True)  # applied once, after the last wrap-up
    pending_reason = models.CharField(max_length=32, blank=True)
    lease_id = models.UUIDField(null=True)  # which console or softphone vouches for the person
    lease_expires_at = models.DateTimeField(null=True)
    device = models.CharField(max_length=16, choices=choices(Device), default=Device.UNKNOWN)
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
