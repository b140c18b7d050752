"""Reports as they were made."""

from __future__ import annotations

from django.db import models


class IvrReport(models.Model):
    """One report of a window, with its figures as they were: opened again it says the same."""

    flow = models.CharField(max_length=48)
    version = models.IntegerField()  # published when it was made
    since = models.DateTimeField()
    until = models.DateTimeField()
    made_at = models.DateTimeField()
    made_by = models.CharField(max_length=64)  # "schedule", or who asked
    blocks = models.JSONField()  # callcenter.foundation.blocks

    class Meta:
        constraints = [
            # Two beats that meet make one report.
            models.UniqueConstraint(
                fields=["flow", "since", "until"],
                condition=models.Q(made_by="schedule"),
                name="ivr_report_scheduled_once",
            ),
        ]
        indexes = [models.Index(fields=["-made_at"], name="ivr_report_newest")]

    def __str__(self) -> str:
        return f"{self.flow} {self.since:%Y-%m-%d} – {self.until:%Y-%m-%d}"


class ReportRecipient(models.Model):
    """Somebody who gets the weekly report by mail."""

    flow = models.CharField(max_length=48, blank=True)  # "" of every flow
    address = models.EmailField(max_length=160)
    language = models.CharField(max_length=8)  # of the report: en | zh-hans
    added_by = models.CharField(max_length=64)
    added_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["flow", "address"], name="report_recipient_once"),
            models.CheckConstraint(
                condition=models.Q(language__in=["en", "zh-hans"]), name="report_recipient_language"
            ),
        ]

    def __str__(self) -> str:
        return self.address


class ReportLetter(models.Model):
    """One report on its way to one address: waiting → sent, or given_up after the last try."""

    report = models.ForeignKey(IvrReport, on_delete=models.CASCADE, related_name="letters")
    address = models.EmailField(max_length=160)
    language = models.CharField(max_length=8)
    state = models.CharField(max_length=10, default="waiting")  # waiting | sent | given_up
    tries = models.SmallIntegerField(default=0)
    due_at = models.DateTimeField()  # of the next try; while one is under way, when another may take it over
    sentence = models.CharField(max_length=240, blank=True)  # why the last try failed
    sent_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["report", "address"], name="report_letter_once"),
            models.CheckConstraint(
                condition=models.Q(state="sent", sent_at__isnull=False) | ~models.Q(state="sent"),
                name="report_letter_sent_has_time",
            ),
        ]
        # read by the postman: what is due
        indexes = [models.Index(fields=["due_at"], condition=models.Q(state="waiting"), name="report_letter_due")]

    def __str__(self) -> str:
        return f"{self.address} {self.state}"
