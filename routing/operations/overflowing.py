"""Looking at the overflow rules again, and sending newcomers where the rules at work say."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from django.db import connection

from callcenter.foundation import events
from callcenter.foundation.commands import command
from routing.forecasts import queue_estimate
from routing.models import Call, OverflowRule, Queue
from routing.operations.admission import is_taking
from routing.operations.departing import takes_callers
from routing.operations.leases import Lease
from routing.overflow import Action, Load, Measure, Overflow, on_since
from routing.roster import roster
from routing.states import CallState

ACTOR = "dispatcher"


@command
def review_overflow(*, domain: str, now: datetime, lease: Lease | None = None) -> int:
    """Begin or end the domain's overflow rules as the load says; how many changed. Events queue.overflow_* and, with
    the last rule at work, queue.recovered."""
    rules = list(OverflowRule.objects.select_related("queue__domain", "to").filter(queue__domain__key=domain))
    loads: dict[int, Load] = {}
    changed = 0
    for rule in rules:
        if rule.queue_id not in loads:
            loads[rule.queue_id] = _load(rule.queue, now)
        since = on_since(
            measure=Measure(rule.measure), limit=rule.limit, since=rule.on_since, load=loads[rule.queue_id], now=now
        )
        changed += since != rule.on_since and _switch(rule, since, loads[rule.queue_id], domain, now, lease)
    return changed


def _switch(
    rule: OverflowRule, since: datetime | None, load: Load, domain: str, now: datetime, lease: Lease | None
) -> bool:
    fenced = OverflowRule.objects.filter(pk=rule.pk, on_since=rule.on_since)
    if lease is not None:
        fenced = fenced.filter(queue__domain__lease_token=lease.token)
    if not fenced.update(on_since=since):
        return False
    events.record(
        now=now,
        domain=domain,
        actor=ACTOR,
        type="queue.overflow_began" if since is not None else "queue.overflow_ended",
        data={
            "queue": rule.queue.key, "measure": rule.measure, "limit": rule.limit, "action": rule.action,
            "value": load.value(Measure(rule.measure)), "to": rule.to.key if rule.to is not None else rule.site or None,
        },
    )  # fmt: skip
    if since is None and not OverflowRule.objects.filter(queue=rule.queue_id, on_since__isnull=False).exists():
        data = {"queue": rule.queue.key}
        events.record(now=now, domain=domain, actor=ACTOR, type="queue.recovered", data=data)
    return True


_WILLING = """
SELECT count(*) FROM routing_agent
WHERE id = ANY(%s) AND presence = 'available' AND lease_expires_at > %s
"""


def _load(queue: Queue, now: datetime) -> Load:
    waiting = Call.objects.filter(domain=queue.domain_id, queue=queue, state=CallState.QUEUED)
    first = waiting.order_by("enqueued_at").values_list("enqueued_at", flat=True).first()
    able = roster(domain_id=queue.domain_id, version=queue.domain.roster_version).queues[queue.pk].own
    with connection.cursor() as cursor:
        cursor.execute(_WILLING, [sorted(able), now])
        staffed = cursor.fetchone()[0]
    return Load(
        waiting=waiting.count(),
        longest_wait_s=(now - first).total_seconds() if first is not None else 0.0,
        expected_p90_s=queue_estimate(domain=queue.domain.key, queue=queue.key, now=now).p90_s,
        staffed=staffed,
    )


class WhereTo(NamedTuple):
    """What becomes of a newcomer."""

    queue: Queue
    by: Overflow | None = None  # the rule that sent the caller on
    divert: str = ""  # the call ends here, diverted, with this reason
    site: str = ""  # domain/queue that the call goes on to


def where_to(*, call: Call, queue: Queue, now: datetime) -> WhereTo:
    """The queue itself, or where its rules at work send newcomers: one hop, and never into a queue that takes nobody."""
    rules = at_work(domain_id=call.domain_id, version=call.domain.roster_version, queue=queue.pk)
    for rule in rules:
        if rule.action is Action.VOICEMAIL:
            return WhereTo(queue, rule, divert="voicemail")
        if rule.action is Action.QUEUE:
            target = Queue.objects.select_related("domain").filter(pk__in=[rule.to]).first()
            if target is not None and is_taking(call=call, queue=target, now=now):
                return WhereTo(target, rule)
        if rule.action is Action.SITE and takes_callers(site=rule.site, now=now):
            return WhereTo(queue, rule, site=rule.site)
    return WhereTo(queue)


def at_work(*, domain_id: int, version: int, queue: int) -> tuple[Overflow, ...]:
    """The queue's rules that are on, in order."""
    rule = roster(domain_id=domain_id, version=version).queues.get(queue)
    return rule.overflow if rule is not None else ()
