"""The table of callbacks."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from callcenter.foundation.ids import uuid7
from routing.callbacks import LIVE_CALLBACK, CallbackState


class Callback(models.Model):
    """A promise to ring somebody back, with the place they had in line. Each try is a call of its own."""

    id = models.UUIDField(primary_key=True, default=uuid7)
    domain = models.ForeignKey("routing.Domain", on_delete=models.PROTECT)
    queue = models.ForeignKey("routing.Queue", on_delete=models.PROTECT, related_name="+")
    origin = models.ForeignKey("routing.Call", on_delete=models.PROTECT, related_name="+")  # who hung up to be rung
    call = models.ForeignKey("routing.Call", null=True, on_delete=models.PROTECT, related_name="+")  # the present try
    number = models.CharField(max_length=20)  # E.164
    enqueued_at = models.DateTimeField()  # the place: that of the origin, or due_at less the wait already served
    head_start_s = models.IntegerField(default=0)
    state = models.CharField(max_length=12, choices=[(one.value, one.value) for one in CallbackState])
    due_at = models.DateTimeField(null=True)  # of a scheduled one
    until = models.DateTimeField()  # the promise is broken after this
    tries = models.SmallIntegerField(default=0)
    reason = models.CharField(max_length=32, blank=True)  # why it ended: redialled, contact_policy, no_answer …
    promised_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["domain", "number"],
                condition=Q(state__in=sorted(state.value for state in LIVE_CALLBACK)),
                name="one_live_callback_per_number",
            ),
            models.UniqueConstraint(fields=["origin"], name="one_callback_per_origin"),
            models.CheckConstraint(
                condition=Q(state="scheduled", due_at__isnull=False) | ~Q(state="scheduled") & Q(due_at__isnull=True),
                name="callback_due_while_scheduled",
            ),
            models.CheckConstraint(condition=~Q(state="open") | Q(call__isnull=False), name="callback_open_has_call"),
            models.CheckConstraint(
                condition=Q(state__in=["scheduled", "open"], ended_at__isnull=True)
                | Q(state__in=["completed", "exhausted", "canceled"], ended_at__isnull=False),
                name="callback_end_has_time",
            ),
            models.CheckConstraint(condition=Q(tries__range=(0, 3)), name="callback_tries_0_3"),
        ]
        indexes = [
            # read by the round that opens what is due and settles what has ended
            models.Index(
                fields=["domain", "state", "due_at"],
                condition=Q(state__in=["scheduled", "open"]),
                name="callback_live",
            ),
        ]

    def __str__(self) -> str:
        return f"cb_{self.id.hex}"
