"""Who is told of what happens, and how the telling went."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from callcenter.foundation.ids import uuid7


class WebhookEndpoint(models.Model):
    """A receiver of events and its place in the feed: all up to `cursor` stands in its deliveries or was not for it."""

    id = models.UUIDField(primary_key=True, default=uuid7)
    domain = models.CharField(max_length=32)
    url = models.CharField(max_length=500)
    description = models.CharField(max_length=120, blank=True)
    types = models.JSONField(default=list)  # ["call.*", "agent.presence_changed"]; empty = all
    cursor = models.BigIntegerField()  # feed number
    active = models.BooleanField(default=True)
    inactive_reason = models.CharField(max_length=24, blank=True)  # by_hand | gone | failing
    generation = models.IntegerField(default=1)  # of the secret (signing.secret)
    previous_until = models.DateTimeField(null=True)  # the generation before signs as well until then
    failures = models.IntegerField(default=0)  # in a row; 0 after each success
    failing_since = models.DateTimeField(null=True)
    resume_at = models.DateTimeField(null=True)  # nothing is sent before: between probes, or as Retry-After asked
    last_success_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=64)

    class Meta:
        indexes = [models.Index(fields=["domain", "created_at"], name="webhook_of_domain")]
        constraints = [models.CheckConstraint(condition=Q(cursor__gte=0), name="webhook_cursor_is_a_number")]

    def __str__(self) -> str:
        return self.url


class WebhookDelivery(models.Model):
    """One event for one receiver. The event itself stays in the log: its id is the message's id in every attempt."""

    class State(models.TextChoices):
        PENDING = "pending"
        DELIVERED = "delivered"
        DEAD = "dead"

    endpoint = models.ForeignKey(WebhookEndpoint, on_delete=models.CASCADE, related_name="deliveries")
    event = models.BigIntegerField()  # event_log.id
    type = models.CharField(max_length=48)
    call = models.UUIDField(null=True)
    state = models.CharField(max_length=12, choices=State.choices, default=State.PENDING)
    test = models.BooleanField(default=False)  # asked for by hand: sent whatever state the receiver is in
    tries = models.IntegerField(default=0)  # scheduled ones; probes of a failing receiver do not count
    due_at = models.DateTimeField()
    claimed_until = models.DateTimeField(null=True)
    tried_at = models.DateTimeField(null=True)
    last_status = models.IntegerField(null=True)  # HTTP status; null where no answer came
    last_result = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["endpoint", "event"], name="webhook_event_once")]
        indexes = [
            # read by the courier: what is to be sent, least recently tried first
            models.Index(
                F("endpoint"),
                F("tried_at").asc(nulls_first=True),
                F("id"),
                condition=Q(state="pending"),
                name="webhook_pending",
            ),
            # read by the delivery log
            models.Index(fields=["endpoint", "-id"], name="webhook_log"),
            # read by the broom
            models.Index(fields=["finished_at"], condition=~Q(state="pending"), name="webhook_finished"),
        ]


class WebhookAttempt(models.Model):
    """One request to a receiver, and what came of it."""

    delivery = models.ForeignKey(WebhookDelivery, on_delete=models.CASCADE, related_name="attempts")
    at = models.DateTimeField()
    took_ms = models.IntegerField()
    status = models.IntegerField(null=True)
    result = models.CharField(max_length=200)  # a sentence, or the beginning of the answer
