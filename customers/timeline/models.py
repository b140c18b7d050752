"""The interaction timeline: one row per contact, on any channel, newest first."""

from __future__ import annotations

from django.db import models


class Interaction(models.Model):
    """One contact. `code` says what it was about; `data` holds codes and amounts, no personal value, except a note."""

    customer = models.ForeignKey(
        "customers.Customer", on_delete=models.CASCADE, related_name="+", db_index=False
    )  # interaction_newest begins with it
    at = models.DateTimeField()
    channel = models.CharField(max_length=12)  # voice | ivr | sms | wechat | web | app | shop
    kind = models.CharField(max_length=16)  # call | path | ticket | order | message | offer | complaint | bill | note
    direction = models.CharField(max_length=4, default="in")
    code = models.CharField(max_length=48, blank=True)  # reason, disposition, product code …
    outcome = models.CharField(max_length=24, blank=True)  # state or result; "open" for what is not settled yet
    ref = models.UUIDField(null=True)  # the call
    agent = models.BigIntegerField(null=True)
    note = models.TextField(blank=True)
    data = models.JSONField(default=dict)

    class Meta:
        # read by the screen-pop: the newest of one customer, by keyset (at, id)
        indexes = [
            models.Index(fields=["customer", "-at", "-id"], name="interaction_newest"),
            # read by the filter chips and by the contact count: the newest of one kind, without walking the others
            models.Index(fields=["customer", "kind", "-at", "-id"], name="interaction_of_kind"),
            # read by the contact policy at every call: what is still open
            models.Index(
                fields=["customer", "-at"],
                condition=models.Q(kind__in=["complaint", "ticket"], outcome="open"),
                name="interaction_open",
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["ref", "kind"],
                condition=models.Q(ref__isnull=False, kind="call"),
                name="interaction_once_per_call",
            )
        ]
