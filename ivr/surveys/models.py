"""Tables of satisfaction: forms by version, plans of inviting, one row for every ended call, answers.

A published form never changes (a trigger of its migration refuses it). An invitation keeps the call as it was: agent,
queue, path and version then; no report joins on today's state.
"""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from callcenter.foundation.ids import uuid7
from ivr.surveys.rules import Channel, Reached, Reason

_CHANNELS = [(one.value, one.value) for one in Channel]
_REACHED = [(one.value, one.value) for one in Reached]
_REASONS = [(one.value, one.value) for one in Reason]


class SurveyForm(models.Model):
    """One version of a form. `definition` is the format of ivr/surveys/forms.py."""

    key = models.SlugField(max_length=32)
    number = models.IntegerField()
    definition = models.JSONField()
    published_at = models.DateTimeField()
    published_by = models.CharField(max_length=64)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["key", "number"], name="survey_form_once")]

    def __str__(self) -> str:
        return f"{self.key}/{self.number}"


class SurveyPlan(models.Model):
    """One rule of inviting: see ivr.surveys.rules.Plan. Tried in the order of `position`."""

    key = models.SlugField(max_length=48, unique=True)
    position = models.SmallIntegerField(default=0)
    form = models.SlugField(max_length=32)  # the newest version of this form is asked
    channel = models.CharField(max_length=12, choices=_CHANNELS)
    reached = models.CharField(max_length=12, choices=_REACHED)
    share = models.FloatField(default=1.0)
    quiet_days = models.SmallIntegerField(default=30)
    least_talk_s = models.SmallIntegerField(default=20)
    open_hours = models.SmallIntegerField(default=72)
    active = models.BooleanField(default=True)

    class Meta:
        ordering = ["position", "key"]
        constraints = [
            models.CheckConstraint(condition=Q(share__range=(0.0, 1.0)), name="survey_plan_share_0_1"),
            models.CheckConstraint(condition=Q(quiet_days__range=(0, 730)), name="survey_plan_quiet_0_730"),
            models.CheckConstraint(condition=Q(least_talk_s__range=(0, 3600)), name="survey_plan_talk_0_3600"),
            models.CheckConstraint(condition=Q(open_hours__range=(1, 720)), name="survey_plan_open_1_720"),
        ]

    def __str__(self) -> str:
        return self.key


class SurveyInvitation(models.Model):
    """What became of asking about one ended call; who was not invited has a row too, with the reason."""

    id = models.UUIDField(primary_key=True, default=uuid7)
    call = models.UUIDField(unique=True)
    domain = models.CharField(max_length=32, blank=True)
    at = models.DateTimeField()  # the call's end, or the moment the switch asked
    # not_invited | invited | started (one answer at least) | complete (every scored question)
    state = models.CharField(max_length=12)
    reason = models.CharField(max_length=16, choices=_REASONS)
    detail = models.CharField(max_length=64, blank=True)
    odds = models.FloatField(default=0.0)
    plan = models.CharField(max_length=48, blank=True)
    channel = models.CharField(max_length=12, blank=True)
    form = models.ForeignKey(SurveyForm, null=True, on_delete=models.PROTECT, related_name="+")
    invited_by = models.CharField(max_length=64, blank=True)
    expires_at = models.DateTimeField(null=True)
    started_at = models.DateTimeField(null=True)
    completed_at = models.DateTimeField(null=True)
    stopped_at = models.CharField(max_length=32, blank=True)  # the last question answered
    score = models.SmallIntegerField(null=True)  # of the form's first question
    good = models.BooleanField(null=True)  # … within its top box
    comment = models.TextField(blank=True)
    # --- the call as it was ---------------------------------------------------------------------------------------
    settled = models.BooleanField(default=False)  # the call was over when the facts below were written
    caller = models.BigIntegerField(null=True)  # the same person's calls share it; never a number
    reached = models.CharField(max_length=12, choices=_REACHED)
    agent = models.CharField(max_length=48, blank=True)  # staff number
    team = models.CharField(max_length=48, blank=True)
    queue = models.CharField(max_length=48, blank=True)
    ended_by = models.CharField(max_length=16, blank=True)
    wait_s = models.IntegerField(default=0)
    talk_s = models.IntegerField(default=0)
    transfers = models.SmallIntegerField(default=0)
    language = models.CharField(max_length=12, blank=True)
    reason_of_call = models.CharField(max_length=32, blank=True)  # as written down at wrap-up, else as chosen
    version = models.CharField(max_length=64, blank=True)  # of the menus: operator/3
    path = models.CharField(max_length=16, blank=True)  # how the way through the menus ended; "" none reported
    looped = models.BooleanField(default=False)
    zero_out = models.BooleanField(default=False)
    repeated = models.BooleanField(default=False)  # the same caller had called within seven days before

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state="not_invited", form__isnull=True)
                | ~Q(state="not_invited") & Q(form__isnull=False, expires_at__isnull=False),
                name="survey_invited_has_form",
            ),
            models.CheckConstraint(
                condition=Q(state="complete", completed_at__isnull=False) | ~Q(state="complete"),
                name="survey_complete_has_time",
            ),
        ]
        indexes = [
            models.Index(fields=["-at"], name="survey_newest"),
            # read when a call ends: was this caller asked lately
            models.Index(fields=["caller", "-at"], name="survey_caller", condition=Q(caller__isnull=False)),
            # read by gateways: what is to be sent or rung
            models.Index(fields=["domain", "at"], name="survey_open", condition=Q(state="invited")),
        ]

    def __str__(self) -> str:
        return f"s_{self.pk.hex}"


class SurveyAnswer(models.Model):
    """What was said to one question: a value on its scale, or words."""

    invitation = models.ForeignKey(SurveyInvitation, on_delete=models.CASCADE, related_name="answers")
    question = models.CharField(max_length=32)
    value = models.SmallIntegerField(null=True)
    text = models.TextField(blank=True)
    at = models.DateTimeField()
    received_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["invitation", "question"], name="survey_answer_once"),
            models.CheckConstraint(
                condition=Q(value__isnull=False, text="") | Q(value__isnull=True) & ~Q(text=""),
                name="survey_answer_value_or_words",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.question} {self.value}"


class SurveySweep(models.Model):
    """Up to when ended calls have been considered: one row, so that no call is left out and none is looked at twice."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    until = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(id=1), name="survey_sweep_one_row")]

    def __str__(self) -> str:
        return f"until {self.until:%Y-%m-%d %H:%M}"
