"""Identifiers that stand for nobody: kept as data, told by people, proposed by linking."""

from __future__ import annotations

from django.db import models


class GenericIdentifier(models.Model):
    """A hotline, a shop's own number, test@…: it links no people and opens nobody by itself while it is listed.

    Either `value`, spelled as identifiers store it, or `pattern` in LIKE's form. A landline stands here as a phone.
    """

    class State(models.TextChoices):
        PROPOSED = "proposed"  # linking found too many people by it
        LISTED = "listed"
        DISMISSED = "dismissed"  # a person said that it is somebody's; not proposed again
        ENDED = "ended"

    kind = models.CharField(max_length=16)
    scope = models.CharField(max_length=48, blank=True)
    value = models.CharField(max_length=160, blank=True)
    pattern = models.CharField(max_length=400, blank=True)
    shown = models.CharField(max_length=160)  # as somebody wrote it; masked where nobody did
    state = models.CharField(max_length=10, choices=State)
    people = models.IntegerField(null=True)  # found by it at the last linking
    source = models.CharField(max_length=32, blank=True)  # who told it most often, of what linking proposed
    note = models.CharField(max_length=200, blank=True)
    actor = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(value="") ^ models.Q(pattern=""), name="generic_identifier_value_or_pattern"
            ),
        ]
        # read by linking's proposals; look-ups read the few rows whole
        indexes = [models.Index(fields=["kind", "scope", "value"], name="generic_identifier_by_value")]
