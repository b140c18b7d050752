"""What the desk itself owns: who vouches for an agent, drafts, dispositions, state labels."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q


class ConsoleSession(models.Model):
    """One browser that vouches for one agent. `lease_id` is the lease on `routing.Agent`; at most one is live."""

    agent = models.ForeignKey("routing.Agent", on_delete=models.CASCADE, related_name="+")
    lease_id = models.UUIDField(unique=True)
    fingerprint = models.CharField(max_length=64)  # of the login session, never the session key itself
    browser = models.CharField(max_length=120, blank=True)
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    closed_reason = models.CharField(max_length=24, blank=True)
    focus = models.UUIDField(null=True)  # the reservation in front, of several; what rings comes before it

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["agent"], condition=Q(closed_at__isnull=True), name="console_one_live")
        ]


class StateLabel(models.Model):
    """A floor's word for a state: the label belongs to the floor, the category to the code."""

    key = models.SlugField(max_length=32, unique=True)
    name_en = models.CharField(max_length=60)
    name_zh = models.CharField(max_length=60)
    category = models.CharField(
        max_length=16, choices=[("available", "available"), ("break", "break"), ("offline", "offline")]
    )
    max_minutes = models.IntegerField(null=True, blank=True)
    position = models.IntegerField(default=0)

    def __str__(self) -> str:
        return self.key


class Disposition(models.Model):
    """How a call ended, in the floor's words. `initials` are pinyin initials for typing."""

    code = models.SlugField(max_length=32, unique=True)
    name_en = models.CharField(max_length=80)
    name_zh = models.CharField(max_length=80)
    initials = models.CharField(max_length=16, blank=True)
    resolved = models.BooleanField(default=True)
    do_not_contact = models.BooleanField(default=False)
    position = models.IntegerField(default=0)

    def __str__(self) -> str:
        return self.code


class NoteDraft(models.Model):
    """What an agent has typed so far: one per call and author, kept until wrap-up is saved."""

    call = models.UUIDField()
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    text = models.TextField(blank=True)
    base_version = models.IntegerField(default=0)
    saved_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["call", "author"], name="note_draft_once")]
