"""Where a trunk takes instructions, and how the telling goes."""

from __future__ import annotations

from django.db import models
from django.db.models import Q


class TrunkPush(models.Model):
    """A trunk that is told what to do next. All up to `cursor` was told, or is not worth telling any more."""

    trunk = models.OneToOneField("telephony.Trunk", on_delete=models.CASCADE, related_name="push")
    url = models.CharField(max_length=500)
    active = models.BooleanField(default=True)
    cursor = models.BigIntegerField()  # feed number
    generation = models.IntegerField(default=1)  # of the secret
    previous_until = models.DateTimeField(null=True)  # the generation before signs as well until then
    failures = models.IntegerField(default=0)  # in a row; 0 after each success
    last_status = models.IntegerField(null=True)  # HTTP status; null where no answer came
    last_result = models.CharField(max_length=200, blank=True)
    last_success_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        app_label = "telephony"
        constraints = [models.CheckConstraint(condition=Q(cursor__gte=0), name="push_cursor_is_a_number")]

    def __str__(self) -> str:
        return self.url
