"""What callers said of their calls, as far as learning needs it: good or not. The words and scales are another room's."""

from __future__ import annotations

from django.db import models


class CallRating(models.Model):
    """One caller's satisfaction with one call, by the survey's main question. Handed in by the hall."""

    call = models.UUIDField(primary_key=True)
    satisfied = models.BooleanField()  # the best answers of the scale
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.call}: {'satisfied' if self.satisfied else 'not satisfied'}"
