"""What was really said: the lines an agent confirmed in a call, or why one was left out."""

from __future__ import annotations

from django.db import models


class SaidLine(models.Model):
    """One line of a script version confirmed in a call. The words heard are kept as a hash: proof without a record."""

    class Outcome(models.TextChoices):
        SAID = "said"
        HEARD_BEFORE = "heard_before"  # the customer has heard it lately and says so
        DECLINED = "declined"  # the customer did not want to hear it
        CUT_OFF = "cut_off"
        NOT_FITTING = "not_fitting"

    call = models.UUIDField()
    version = models.ForeignKey("customers.ScriptVersion", on_delete=models.PROTECT, related_name="said")
    line = models.SmallIntegerField()  # its place in the version, from 1
    outcome = models.CharField(max_length=12, choices=Outcome)
    words = models.CharField(max_length=64)  # SHA-256 of the sentence as it stood on the screen
    agent = models.BigIntegerField()
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["call", "version", "line"], name="line_said_once")]
        indexes = [models.Index(fields=["version", "-at"], name="said_by_version")]
