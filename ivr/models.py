"""The ivr room's tables: menus as versioned graphs, sessions that share the call's UUID, path events."""

from __future__ import annotations

from django.db import models
from django.db.models import Q


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
    state = models.CharField(max_length=10, default="draft")  # draft | published | retired
    definition = models.JSONField()
    effective_from = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["flow", "number"], name="flow_version_once"),
            models.UniqueConstraint(fields=["flow"], condition=Q(state="published"), name="flow_one_published"),
        ]


class Session(models.Model):
    """One caller's way through the menus. Shares the call's UUID."""

    call = models.UUIDField(primary_key=True)
    source = models.CharField(max_length=48)
    external_id = models.CharField(max_length=128)
    flow_version = models.ForeignKey(FlowVersion, null=True, on_delete=models.PROTECT)
    entry = models.CharField(max_length=64, blank=True)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=16, blank=True)  # agent | hangup | task | system | unknown
    node = models.CharField(max_length=64, blank=True)  # where the caller is now, or was last
    reason = models.CharField(max_length=32, blank=True)  # the last chosen reason

    class Meta:
        constraints = [models.UniqueConstraint(fields=["source", "external_id"], name="session_external_id_once")]
        indexes = [
            # read by the live view: who is in the menus now
            models.Index(fields=["started_at"], condition=Q(ended_at__isnull=True), name="session_live"),
            models.Index(fields=["-started_at"], name="session_newest"),
        ]


class PathEvent(models.Model):
    """One step of a path, as it came; the order inside a call is (seq, t, id)."""

    session = models.ForeignKey(Session, on_delete=models.CASCADE, related_name="events")
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
