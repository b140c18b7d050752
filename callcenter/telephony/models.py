"""What the switch is to us, and every raw event it ever sent."""

from __future__ import annotations

from django.db import models

from callcenter.telephony.dialects.models import AwaitedCaller, LineSecret, VoiceLine
from callcenter.telephony.inspecting import ApiRequest
from callcenter.telephony.push.models import TrunkPush
from callcenter.telephony.webhooks.models import WebhookAttempt, WebhookDelivery, WebhookEndpoint

__all__ = [
    "ApiRequest",
    "AwaitedCaller",
    "InboundEvent",
    "LineSecret",
    "Trunk",
    "TrunkPush",
    "VoiceLine",
    "WebhookAttempt",
    "WebhookDelivery",
    "WebhookEndpoint",
]


class Trunk(models.Model):
    """One switch process with its own boot. Nodes of one cluster share `group`, the source of its call ids."""

    key = models.SlugField(max_length=48, unique=True)
    group = models.CharField(max_length=48)
    domain = models.CharField(max_length=32)
    dialect = models.CharField(max_length=16, default="native")
    name = models.CharField(max_length=80, blank=True)
    last_event_at = models.DateTimeField(null=True)
    boot = models.CharField(max_length=64, blank=True)  # the run of the switch that it told of last
    started_at = models.DateTimeField(null=True)  # when we heard of that run
    listed_at = models.DateTimeField(null=True)  # when the switch last listed all its calls
    watched_until = models.DateTimeField(null=True)  # somebody looks at its requests
    late_since = models.DateTimeField(null=True)  # its last sign of life, while it has fallen silent with calls alive
    ghosts_closed = models.IntegerField(default=0)  # calls we believed live and the switch had no more, ever

    def __str__(self) -> str:
        return self.key


class InboundEvent(models.Model):
    """A switch event as it came, and what became of it. Unique identity, so a repeat is known as one."""

    source = models.CharField(max_length=48)
    identity = models.CharField(max_length=200)  # event_id, else boot/call/seq, else a digest of the item
    call = models.UUIDField(null=True)
    external_id = models.CharField(max_length=128, blank=True)
    type = models.CharField(max_length=32)
    raw = models.JSONField()
    received_at = models.DateTimeField()
    applied_at = models.DateTimeField(null=True)
    result = models.CharField(max_length=12)  # applied | duplicate | stale | held | quarantined
    code = models.CharField(max_length=32, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["source", "identity"], name="inbound_event_once")]
        indexes = [
            models.Index(fields=["source", "external_id"], condition=models.Q(result="held"), name="inbound_held"),
            models.Index(fields=["call", "id"], name="inbound_of_call"),
        ]
