"""Tables every room stands on: the event log, idempotency answers, the audit trail, heartbeats."""

from __future__ import annotations

from django.db import models
from django.db.models import Q


class Event(models.Model):
    """One thing that happened, told once, never changed: written in the transaction that made it happen.

    `feed_seq` is given later by the relay alone (`manage.py relay`), gapless and in publishing order; readers outside
    use only that number, for a lower `id` may commit later than a higher one.
    """

    type = models.CharField(max_length=48)  # past-tense, dotted: call.queued, reservation.accepted
    at = models.DateTimeField()
    domain = models.CharField(max_length=32)  # routing domain key
    call = models.UUIDField(null=True)
    seq_in_call = models.IntegerField(null=True)  # 1, 2, 3 … without a gap; equals Call.version after the event
    agent = models.BigIntegerField(null=True)  # routing.Agent
    reservation = models.UUIDField(null=True)
    actor = models.CharField(max_length=64)  # Principal.name, "switch", "dispatcher"
    data = models.JSONField(default=dict)  # ids, codes and states only; never a name, a number or free text
    feed_seq = models.BigIntegerField(null=True, unique=True)

    class Meta:
        db_table = "event_log"
        constraints = [
            models.UniqueConstraint(
                fields=["call", "seq_in_call"], condition=Q(call__isnull=False), name="event_seq_in_call_once"
            ),
            models.CheckConstraint(
                condition=Q(call__isnull=True) | Q(seq_in_call__gte=1), name="event_of_a_call_is_numbered"
            ),
        ]
        indexes = [
            # read by the relay: what is not yet published
            models.Index(fields=["id"], condition=Q(feed_seq__isnull=True), name="event_unpublished"),
            # read by the desk and by "state + events = state"
            models.Index(fields=["agent", "id"], condition=Q(agent__isnull=False), name="event_of_agent"),
            # read by reports of a day
            models.Index(fields=["domain", "type", "at"], name="event_by_type"),
        ]


class IdempotencyKey(models.Model):
    """The answer given to a command, kept 24 h, so that a repeat gets the same answer and has no second effect."""

    principal = models.CharField(max_length=64)
    key = models.CharField(max_length=255)
    body_hash = models.CharField(max_length=64)
    status = models.IntegerField(null=True)  # null while the first one is still running
    body = models.JSONField(null=True)
    expires_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["principal", "key"], name="idempotency_key_once")]


class AuditEntry(models.Model):
    """Who did what to whom, when and why. Insert only: a trigger refuses UPDATE and DELETE."""

    at = models.DateTimeField()
    actor = models.CharField(max_length=64)
    action = models.CharField(max_length=64)  # customer.revealed, access.denied, key.created …
    subject = models.CharField(max_length=96, blank=True)  # customer:<uuid>, call:<uuid>, user:<id>
    purpose = models.CharField(max_length=120, blank=True)
    call = models.UUIDField(null=True)
    data = models.JSONField(default=dict)

    class Meta:
        indexes = [
            # read by the audit page, newest first, a page at a time by id
            models.Index(fields=["subject", "-id"], name="audit_of_subject"),
            models.Index(fields=["actor", "-id"], name="audit_of_actor"),
            # read by the alarm about look-ups: how many of an actor within an hour, and in their hours before
            models.Index(
                fields=["actor", "action", "at"], condition=models.Q(call__isnull=True), name="audit_without_call"
            ),
        ]


class Heartbeat(models.Model):
    """The last sign of life of a process that must live: dispatcher, relay, worker; and of each switch that asks."""

    process = models.CharField(max_length=64, primary_key=True)
    kind = models.CharField(max_length=16)
    at = models.DateTimeField()
    reached = models.BigIntegerField(null=True)  # of a switch: it has heard everything up to this number of the feed
