"""Consent, do-not-call, what was offered and how, and the words for it."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import get_language

from customers.offers.scripts import lines as shapes


class Consent(models.Model):
    """What a customer allowed or refused, by purpose and channel, with proof. Unknown means no."""

    customer = models.ForeignKey("customers.Customer", on_delete=models.CASCADE, related_name="consents")
    purpose = models.CharField(max_length=24)  # marketing | profiling | survey
    channel = models.CharField(max_length=12)  # voice | sms | wechat | mail | any
    state = models.CharField(max_length=8)  # granted | refused
    proof = models.CharField(max_length=160, blank=True)
    at = models.DateTimeField()
    until = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["customer", "purpose", "channel"], name="consent_once")]


class DoNotCall(models.Model):
    """A person or a number that must not be sold to, whoever asked for it."""

    customer = models.ForeignKey(
        "customers.Customer",
        null=True,
        on_delete=models.CASCADE,
        related_name="do_not_call",
    )
    number = models.CharField(max_length=20, blank=True)
    source = models.CharField(max_length=32)
    at = models.DateTimeField()

    class Meta:
        # one wish is one row, however often it is repeated
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "number"],
                nulls_distinct=False,
                name="do_not_call_once",
            )
        ]
        indexes = [
            models.Index(
                fields=["number"],
                condition=~models.Q(number=""),
                name="do_not_call_number",
            )
        ]


class Offer(models.Model):
    """One suggestion put on an agent's screen and what became of it."""

    class State(models.TextChoices):
        SHOWN = "shown"
        ACCEPTED = "accepted"
        DECLINED = "declined"
        LATER = "later"
        ORDERED = "ordered"  # accepted, and the customer has it
        KEPT = "kept"  # still has it after thirty days: what counts as a success
        UNDONE = "undone"  # accepted, but never ordered or given back within thirty days

    call = models.UUIDField()
    customer = models.ForeignKey("customers.Customer", on_delete=models.CASCADE, related_name="+")
    offering = models.ForeignKey("customers.Offering", null=True, on_delete=models.PROTECT)
    action = models.CharField(max_length=24)  # service | retain | rightsize | renew | cross_sell | content …
    lane = models.CharField(max_length=8)  # notice | service | sales
    rule = models.CharField(max_length=48)
    rank = models.SmallIntegerField()
    state = models.CharField(max_length=8, choices=State, default=State.SHOWN)
    reason = models.CharField(max_length=32, blank=True)  # why declined
    shown_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)
    agent = models.BigIntegerField(null=True)
    decision = models.ForeignKey("customers.Arbitration", null=True, on_delete=models.PROTECT, related_name="offers")
    labelled_at = models.DateTimeField(null=True)  # when it became kept or undone

    class Meta:
        # a service card has no offering: two nulls are the same card. The customer is part of it, for the agent may
        # find out in mid-call that somebody else is speaking.
        constraints = [
            models.UniqueConstraint(
                fields=["call", "customer", "rule", "offering"],
                nulls_distinct=False,
                name="offer_once_per_call",
            )
        ]
        indexes = [
            models.Index(fields=["customer", "-shown_at"], name="offer_of_customer"),
            # looked through every night: which yes has become an order, which order was kept
            models.Index(
                fields=["decided_at"],
                condition=models.Q(state__in=["accepted", "ordered"]),
                name="offer_to_label",
            ),
        ]


class Arbitration(models.Model):
    """Why these cards and no others: written when they are put on a screen, never changed.

    `odds` are exact within the customer's cell, `marginal` over all cells, in the order of `feasible`.
    """

    call = models.UUIDField()
    customer = models.ForeignKey("customers.Customer", on_delete=models.CASCADE, related_name="+")
    at = models.DateTimeField()
    intent = models.CharField(max_length=32, blank=True)
    cell = models.CharField(max_length=8)  # policy | random | no_offer
    led = models.CharField(max_length=48)  # rule of the leading sales card; just_serve
    feasible = models.JSONField(default=list)
    odds = models.JSONField(default=list)
    marginal = models.FloatField(null=True)  # null: nothing was drawn
    ranked = models.JSONField(default=list)  # [{"rule", "code", "lane", factors …}]
    dropped = models.JSONField(default=list)  # [[rule, why]]
    features = models.JSONField(default=dict)  # what a model may learn from: learning.features.customer_facts
    spoke = models.JSONField(default=dict)  # action → the model that spoke, or why none did
    took_ms = models.FloatField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["call", "customer"], name="decision_once_per_call")]
        indexes = [models.Index(fields=["-at"], name="decision_by_time")]


class Script(models.Model):
    """What an agent may say for an intent or an offer; the words live in versions."""

    class Moment(models.TextChoices):
        ANY = ""
        OPEN = "open"  # a moment to sell
        NO_SALE = "no_sale"  # selling is barred, or not now: serve, and part as friends

    key = models.SlugField(max_length=48, unique=True)
    intent = models.CharField(max_length=32, blank=True)  # chosen by the call's reason
    offering = models.ForeignKey("customers.Offering", null=True, blank=True, on_delete=models.PROTECT)
    tags = models.JSONField(default=list, blank=True)  # customers who carry one of these; [] = everybody
    moment = models.CharField(max_length=8, choices=Moment, blank=True)


class ScriptVersion(models.Model):
    """One wording in one language. A trigger keeps published versions as they were; another person approved them."""

    class State(models.TextChoices):
        DRAFT = "draft"
        REVIEW = "review"  # waits for somebody else to publish it
        PUBLISHED = "published"
        RETIRED = "retired"

    script = models.ForeignKey(Script, on_delete=models.CASCADE, related_name="versions")
    number = models.IntegerField()
    language = models.CharField(max_length=12)
    state = models.CharField(max_length=10, choices=State, default=State.DRAFT)
    lines = models.JSONField(default=list)  # in the form of scripts/lines.py
    objections = models.JSONField(default=list, blank=True)  # [{"kind", "says", "answers"}]
    cue = models.CharField(max_length=200, blank=True)  # one line for experts
    author = models.CharField(max_length=64)
    approver = models.CharField(max_length=64, blank=True)
    published_at = models.DateTimeField(null=True)
    note = models.CharField(max_length=300, blank=True)  # why it was given back to its author

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["script", "language", "number"], name="script_version_once"),
            models.UniqueConstraint(
                fields=["script", "language"],
                condition=models.Q(state="published"),
                name="script_published_once",
            ),
            models.CheckConstraint(
                condition=~models.Q(state="published")
                | (~models.Q(approver="") & ~models.Q(approver=models.F("author"))),
                name="script_published_by_another",
            ),
        ]

    def clean(self) -> None:
        """Slots from the allow-list, plain text, no figures: whichever form the lines come from."""
        faults = [
            *shapes.faults(self.lines), *shapes.cue_faults(self.cue), *shapes.objection_faults(self.objections)
        ]  # fmt: skip
        if faults:
            language = get_language() or "en"
            raise ValidationError({"lines": [fault.to(language) for fault in faults]})


class ContactRules(models.Model):
    """One version of the contact rules, in the form of `contact/rules.json`; the newest effective one counts.

    Approved versions stay as they are: a change is a new version with its own day.
    """

    class State(models.TextChoices):
        PROPOSED = "proposed"
        APPROVED = "approved"
        REJECTED = "rejected"

    rules = models.JSONField()
    note = models.CharField(max_length=300)
    state = models.CharField(max_length=10, choices=State, default=State.PROPOSED)
    author = models.CharField(max_length=64)
    approver = models.CharField(max_length=64, blank=True)
    proposed_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)
    effective_from = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(state="approved")
                | (~models.Q(approver="") & ~models.Q(approver=models.F("author"))),
                name="contact_rules_approved_by_another",
            )
        ]
        # read with every question: which version counts now
        indexes = [
            models.Index(
                fields=["-effective_from", "-id"], condition=models.Q(state="approved"), name="contact_rules_now"
            )
        ]


class Contact(models.Model):
    """One outbound contact, reserved or made: what the limits count. A reservation that runs out counts no more."""

    class State(models.TextChoices):
        PENDING = "pending"
        DONE = "done"
        RELEASED = "released"

    customer = models.ForeignKey("customers.Customer", null=True, on_delete=models.CASCADE, related_name="+")
    number = models.CharField(max_length=20, blank=True)
    household = models.UUIDField(null=True)
    direction = models.CharField(max_length=3, default="out")
    channel = models.CharField(max_length=8)
    purpose = models.CharField(max_length=16)
    action = models.CharField(max_length=48, blank=True)
    group = models.CharField(max_length=48, blank=True)
    state = models.CharField(max_length=8, choices=State, default=State.PENDING)
    at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True)  # of a reservation
    rules_version = models.BigIntegerField()
    actor = models.CharField(max_length=64)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(customer=None) | ~models.Q(number=""), name="contact_with_somebody"
            ),
            models.CheckConstraint(
                condition=~models.Q(state="pending") | models.Q(expires_at__isnull=False), name="contact_pending_ends"
            ),
        ]
        indexes = [
            models.Index(fields=["customer", "-at"], name="contact_of_customer"),
            models.Index(fields=["number", "-at"], condition=~models.Q(number=""), name="contact_of_number"),
            models.Index(
                fields=["household", "-at"], condition=models.Q(household__isnull=False), name="contact_of_household"
            ),
        ]
