"""Callers on their way to another site."""

from __future__ import annotations

from django.db import models
from django.db.models import Q


class Handover(models.Model):
    """A waiting caller whom another domain is to serve, maybe on another server: written with the end of the call here,
    done once the call there is known to be committed."""

    call = models.OneToOneField("routing.Call", on_delete=models.CASCADE, related_name="handover")
    to_domain = models.CharField(max_length=32)
    to_queue = models.SlugField(max_length=48)
    there = models.UUIDField(unique=True)  # the call there; drawn from the call here, so that a repeat is the same
    hop = models.SmallIntegerField(default=1)
    made_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)
    trouble = models.CharField(max_length=200, blank=True)  # why it has not arrived yet

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(hop__range=(1, 3)), name="handover_hop_1_3")]
        indexes = [
            # read by the dispatcher each second: who is still on the way
            models.Index(fields=["made_at"], condition=Q(done_at__isnull=True), name="handover_on_the_way"),
        ]

    def __str__(self) -> str:
        return f"{self.call_id} → {self.to_domain}/{self.to_queue}"


class SiteWord(models.Model):
    """What a queue of another server said when it was last asked. Callers are handed over by themselves only on a fresh word."""

    site = models.CharField(max_length=81, unique=True)  # domain/queue
    takes = models.BooleanField()
    at = models.DateTimeField()

    def __str__(self) -> str:
        return self.site
