"""The table of overflow rules."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from routing.overflow import Action, Measure


class OverflowRule(models.Model):
    """What a queue does once a measure reaches its limit. Rules of a queue are tried in their order."""

    queue = models.ForeignKey("routing.Queue", on_delete=models.CASCADE, related_name="overflow_rules")
    no = models.SmallIntegerField(default=1)
    measure = models.CharField(max_length=16, choices=[(one.value, one.value) for one in Measure])
    limit = models.IntegerField(default=1)  # callers or seconds; nothing for nobody_staffed
    action = models.CharField(max_length=16, choices=[(one.value, one.value) for one in Action])
    teams = models.ManyToManyField("routing.Team", related_name="+", blank=True)  # of action borrow
    to = models.ForeignKey("routing.Queue", null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    message = models.SlugField(max_length=48, blank=True)  # of action message: key of the announcement
    site = models.CharField(max_length=81, blank=True)  # of action site: domain/queue
    on_since = models.DateTimeField(null=True, blank=True, editable=False)  # at work since; kept by the dispatcher

    class Meta:
        ordering = ["queue", "no", "id"]
        constraints = [
            models.CheckConstraint(condition=Q(limit__range=(1, 7200)), name="overflow_limit_1_7200"),
            models.CheckConstraint(
                condition=~Q(action="queue") | Q(to__isnull=False), name="overflow_queue_has_target"
            ),
            models.CheckConstraint(
                condition=Q(to__isnull=True) | ~Q(to=models.F("queue")), name="overflow_never_to_itself"
            ),
            models.CheckConstraint(condition=~Q(action="message") | ~Q(message=""), name="overflow_message_is_named"),
            models.CheckConstraint(condition=~Q(action="site") | Q(site__contains="/"), name="overflow_site_is_named"),
        ]

    def __str__(self) -> str:
        return f"{self.queue_id}: {self.measure} ≥ {self.limit} → {self.action}"

    def clean(self) -> None:
        """Refuse what could never be done: no queue to go to, no message to play."""
        if self.action == Action.QUEUE and self.to_id is None:
            raise ValidationError({"to": _("Name the queue that newcomers are sent to.")})
        if self.to_id is not None and self.to_id == self.queue_id:
            raise ValidationError({"to": _("A queue cannot overflow into itself.")})
        if self.action == Action.MESSAGE and not self.message:
            raise ValidationError({"message": _("Name the message that newcomers hear.")})
        if self.action == Action.SITE:
            check_site("site", self.site, self.queue.domain.key)


def check_site(field: str, site: str, own: str) -> None:
    """Refuse what names no queue of another domain."""
    domain, _slash, queue = site.partition("/")
    if not domain or not queue or domain == own:
        raise ValidationError({field: _("Name a domain and its queue, as south/sales.")})
