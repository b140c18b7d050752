"""Tables of queues: what they ask of an agent, when they are open, how they relax; and what pairs in them are worth."""

from __future__ import annotations

from datetime import time
from typing import Any
from zoneinfo import available_timezones

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from routing.agent_models import Agent, Domain, Skill, Team
from routing.choices import choices
from routing.hours import AtClosing, WrittenAtClosing
from routing.matching import Strategy
from routing.overflow_models import check_site
from routing.requirements import Condition, HasSkill, InTeam, IsAgent, Unreadable, is_short, levels, stored
from routing.requirements import read as read_condition
from routing.service_clock import PlaceRule
from routing.silence import OnSilence
from routing.states import WrapUpMode


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
    wrap_up_mode = models.CharField(max_length=24, choices=choices(WrapUpMode), default=WrapUpMode.TIME_BOXED)
    wrap_up_s = models.IntegerField(default=60)
    miss_limit = models.IntegerField(default=2)  # misses in a row before not_responding, 1–5
    is_open = models.BooleanField(default=True)  # a supervisor's word, over all hours
    zone = models.CharField(max_length=48, blank=True)  # of the opening hours; "" = the site's
    last_admission_min = models.SmallIntegerField(default=0)  # no new callers so long before closing
    at_closing = models.CharField(max_length=8, choices=choices(AtClosing), default=AtClosing.SERVE.value)
    at_closing_written = models.CharField(
        max_length=8, choices=choices(WrittenAtClosing), default=WrittenAtClosing.PROMISE.value
    )
    # where a caller stands who is sent on to this queue: the old place, behind everybody, or as if they came so long ago
    transfer_place = models.CharField(max_length=8, choices=choices(PlaceRule), default=PlaceRule.KEEP.value)
    transfer_credit_s = models.SmallIntegerField(default=0)  # 0–900, of rule credit
    closed_to = models.ForeignKey("self", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    closed_to_site = models.CharField(max_length=81, blank=True)  # domain/queue, where no queue here stands in
    strategy = models.CharField(max_length=16, choices=choices(Strategy), default=Strategy.LONGEST_IDLE.value)
    preferred = models.JSONField(default=dict, blank=True)  # like required, but it scores and never filters
    # 0 = an ordinary queue; else its callers come before everybody, by at most this percentage of those who can help
    emergency_percent = models.SmallIntegerField(default=0)
    # Of written conversations: how long one waits for the agent, or for the customer, to write. 0 = for ever
    agent_silence_s = models.IntegerField(default=0)
    customer_silence_s = models.IntegerField(default=0)
    on_agent_silence = models.CharField(max_length=8, choices=choices(OnSilence), default=OnSilence.QUEUE)
    on_customer_silence = models.CharField(max_length=8, choices=choices(OnSilence), default=OnSilence.CLOSE)
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
