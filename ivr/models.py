"""The ivr room's tables: menus as versioned graphs, sessions that share the call's UUID, path events.

A published version never changes: a trigger in the first migration refuses it.
"""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from ivr.flows.models import DraftReview, FlowTrial
from ivr.intake.models import PathImport, RefusedRow
from ivr.intent.models import IntentCard, IntentPrediction
from ivr.reporting.models import IvrReport, ReportLetter, ReportRecipient
from ivr.surveys.following.models import SurveyTask
from ivr.surveys.models import SurveyAnswer, SurveyForm, SurveyInvitation, SurveyPlan, SurveySweep

__all__ = [
    "CallFacts",
    "DraftReview",
    "Flow",
    "FlowTrial",
    "FlowVersion",
    "IntentCard",
    "IntentPrediction",
    "IvrReport",
    "PathEvent",
    "PathImport",
    "Proposal",
    "QuarantinedEvent",
    "RefusedRow",
    "ReportLetter",
    "ReportRecipient",
    "Session",
    "SurveyAnswer",
    "SurveyForm",
    "SurveyInvitation",
    "SurveyPlan",
    "SurveySweep",
    "SurveyTask",
]


class Flow(models.Model):
    key = models.SlugField(max_length=48, unique=True)
    name_en = models.CharField(max_length=80)
    name_zh = models.CharField(max_length=80)
    entries = models.JSONField(default=list)  # numbers dialled that lead here

    def __str__(self) -> str:
        return self.key


class FlowVersion(models.Model):
    """One published state of the menus. `definition` is the exchange format of `docs/ivr-flow-format.md`."""

    flow = models.ForeignKey(Flow, on_delete=models.PROTECT, related_name="versions")
    number = models.IntegerField()
    state = models.CharField(max_length=10, default="draft")  # draft | trial | published | retired
    definition = models.JSONField()
    effective_from = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["flow", "number"], name="flow_version_once"),
            models.UniqueConstraint(fields=["flow"], condition=Q(state="published"), name="flow_one_published"),
        ]

    def __str__(self) -> str:
        return f"{self.flow_id} v{self.number}"


class Session(models.Model):
    """One caller's way through the menus. Shares the call's UUID."""

    call = models.UUIDField(primary_key=True)
    source = models.CharField(max_length=48)
    external_id = models.CharField(max_length=128)
    # Who hears of its end; "" where it came by a file. By the database too: files are copied in column by column.
    domain = models.CharField(max_length=32, blank=True, default="", db_default="")
    flow_version = models.ForeignKey(FlowVersion, null=True, on_delete=models.PROTECT)
    entry = models.CharField(max_length=64, blank=True)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=16, blank=True)  # agent | task | hangup | system | unknown; see ivr/events.py
    node = models.CharField(max_length=64, blank=True)  # where the caller is now, or was last
    node_at = models.DateTimeField(null=True)  # since when
    reason = models.CharField(max_length=32, blank=True)  # the last chosen reason
    last_at = models.DateTimeField()  # the latest event: silence is counted from here
    closed_as = models.CharField(max_length=16, blank=True)  # what others know of the end: agent, hangup … silence
    closed_at = models.DateTimeField(null=True)
    path = models.JSONField(default=list)  # the folded visits, packed: see ivr/paths/packing.py
    backward = models.IntegerField(default=0)  # negative intervals taken as 0: the source's clock is skewed
    revision = models.IntegerField(default=0)  # grows when a closed path, or what became of the call, changes

    class Meta:
        constraints = [models.UniqueConstraint(fields=["source", "external_id"], name="session_external_id_once")]
        indexes = [
            # read by the live view: who is in the menus now
            models.Index(fields=["started_at"], condition=Q(ended_at__isnull=True), name="session_live"),
            models.Index(fields=["-started_at"], name="session_newest"),
            # read by the path store before each question: which days have changed; answered by the index alone
            models.Index(
                fields=["started_at"], include=["revision"], condition=Q(ended_at__isnull=False), name="session_closed"
            ),
            # read by the sweep: who has fallen silent
            models.Index(fields=["last_at"], condition=Q(ended_at__isnull=True), name="session_silent"),
        ]

    def __str__(self) -> str:
        return f"c_{self.call.hex}"


class PathEvent(models.Model):
    """One step of a path, as it came; `ivr.paths.fold.in_order` gives the order inside a call."""

    # No index of its own: the one of `path_event_once` begins with it.
    session = models.ForeignKey(Session, on_delete=models.CASCADE, related_name="events", db_index=False)
    identity = models.CharField(max_length=160)  # event id, else seq, else t|kind|node|key
    seq = models.IntegerField(null=True)
    t = models.DateTimeField()
    kind = models.CharField(max_length=16)
    node = models.CharField(max_length=64, blank=True)
    key = models.CharField(max_length=32, blank=True)
    detail = models.JSONField(default=dict)
    received_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["session", "identity"], name="path_event_once")]

    def __str__(self) -> str:
        return f"{self.kind} {self.node}"


class CallFacts(models.Model):
    """What the rest of the house knows of a call with a path, frozen when it ended: no report asks what is true today."""

    call = models.UUIDField(primary_key=True)  # the session's UUID; a call may end before its first event has come
    caller = models.BigIntegerField(null=True)  # the same person's calls share it; never a number
    tags = models.JSONField(default=list)  # of the caller, then
    queue = models.CharField(max_length=64, blank=True)
    agent = models.IntegerField(null=True)
    wait_s = models.IntegerField(default=0)
    handle_s = models.IntegerField(default=0)
    final = models.CharField(max_length=32, blank=True)  # the reason as the agent wrote it down
    at = models.DateTimeField()  # when this was written

    class Meta:
        # read by the trace of a call: when did this caller ring next
        indexes = [models.Index(fields=["caller"], name="callfacts_caller", condition=Q(caller__isnull=False))]

    def __str__(self) -> str:
        return f"c_{self.call.hex}"


class QuarantinedEvent(models.Model):
    """An item that could not be taken: kept as it came, with the reason, so that nothing is dropped silently."""

    received_at = models.DateTimeField()
    source = models.CharField(max_length=48)
    call = models.UUIDField()
    code = models.CharField(max_length=32)
    sentence = models.CharField(max_length=240)
    payload = models.JSONField()

    class Meta:
        indexes = [models.Index(fields=["-received_at"], name="quarantined_newest")]

    def __str__(self) -> str:
        return f"{self.code} {self.received_at:%Y-%m-%d %H:%M}"


class Proposal(models.Model):
    """A better menu, what it promises, who decided, and, once callers hear it, what it really brought."""

    flow = models.ForeignKey(Flow, on_delete=models.PROTECT, related_name="proposals")
    base = models.ForeignKey(FlowVersion, on_delete=models.PROTECT, related_name="+")  # the menus it improves
    state = models.CharField(max_length=10, default="proposed")  # proposed | approved | rejected | published
    since = models.DateTimeField()  # the log it was fitted on
    until = models.DateTimeField()
    definition = models.JSONField()
    predicted = models.JSONField()  # ivr.optimiser.fitting.Prediction
    model = models.JSONField()  # hazards, held-out error, calls, days
    made_by = models.CharField(max_length=64)
    made_at = models.DateTimeField()
    decided_by = models.CharField(max_length=64, blank=True)
    decided_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=240, blank=True)  # why it was rejected
    version = models.ForeignKey(FlowVersion, null=True, on_delete=models.PROTECT, related_name="+")  # what it became

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state="proposed", decided_by="") | ~Q(state="proposed") & ~Q(decided_by=""),
                name="proposal_decided_by_somebody",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["approved", "published"]) | ~Q(made_by=models.F("decided_by")),
                name="proposal_maker_is_not_checker",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["approved", "published"]) | Q(version__isnull=False),
                name="proposal_approved_has_version",
            ),
        ]
        indexes = [models.Index(fields=["-made_at"], name="proposal_newest")]

    def __str__(self) -> str:
        return f"{self.flow_id} {self.made_at:%Y-%m-%d}"
