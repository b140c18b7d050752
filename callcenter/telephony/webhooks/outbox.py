"""The courier's book: what is to be sent to whom, who has it in hand, and what came of it. All in short transactions.

The event log is the outbox. A receiver's cursor walks along it and leaves a delivery for each event that is for the
receiver. While a receiver fails its cursor stands still, but for one event at a time that asks whether it is back.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils.translation import gettext_noop as _

from callcenter.foundation import events
from callcenter.foundation.commands import command
from callcenter.foundation.models import Event
from callcenter.telephony.webhooks import envelope, queries, schedule, signing
from callcenter.telephony.webhooks.models import WebhookAttempt, WebhookDelivery, WebhookEndpoint
from callcenter.telephony.webhooks.operations import TEST_TYPE, of_types
from callcenter.telephony.webhooks.sending import Parcel, Reply

# A courier that died has its parcels taken over after this; longer than an attempt may last, queued ones included.
CLAIM_FOR = timedelta(seconds=90)
MOST_PENDING = 2_000  # of one receiver: more wait in the log
_WINDOW = 5_000  # feed numbers looked at in one go
_LEAF = 500  # deliveries written in one go
_PENDING, _DELIVERED, _DEAD = WebhookDelivery.State.PENDING, WebhookDelivery.State.DELIVERED, WebhookDelivery.State.DEAD


@dataclass(frozen=True, kw_only=True)
class Errand:
    """One delivery in the courier's hand."""

    delivery: int
    call: UUID | None
    is_probe: bool  # of a failing receiver: does not use up a try
    parcel: Parcel


def behind(*, newest: int) -> list[UUID]:
    """Receivers whose cursor is not at the end of the feed."""
    return list(WebhookEndpoint.objects.filter(active=True, cursor__lt=newest).values_list("pk", flat=True))


def due(*, now: datetime) -> list[UUID]:
    """Receivers for which something may be sent now."""
    free = Q(claimed_until__isnull=True) | Q(claimed_until__lte=now)
    waiting = WebhookDelivery.objects.filter(free, state=_PENDING)
    may = Q(endpoint__active=True) & (Q(endpoint__resume_at__isnull=True) | Q(endpoint__resume_at__lte=now))
    ready = Q(due_at__lte=now) | Q(endpoint__failures__gte=schedule.FAILING_AFTER)
    chosen = waiting.filter((may & ready) | Q(test=True, due_at__lte=now))
    return list(chosen.order_by().values_list("endpoint", flat=True).distinct())


@command
def spread(*, endpoint_id: UUID, now: datetime) -> int:
    """Walk a receiver's cursor on and leave a delivery for each event that is for it; answers how many."""
    row = WebhookEndpoint.objects.select_for_update(skip_locked=True).filter(pk=endpoint_id, active=True).first()
    if row is None:
        return 0
    room = _room(row)
    if room <= 0:
        return 0
    last = min(queries.newest(), row.cursor + _WINDOW)
    published = Event.objects.filter(feed_seq__gt=row.cursor, feed_seq__lte=last, domain=row.domain)
    wanted = published.filter(of_types(row.types)).exclude(type=TEST_TYPE).order_by("feed_seq")
    found = list(wanted.values_list("pk", "type", "call", "feed_seq")[:room])
    WebhookDelivery.objects.bulk_create(
        [
            WebhookDelivery(endpoint=row, event=pk, type=kind, call=call, due_at=now, created_at=now)
            for pk, kind, call, _ in found
        ],
        ignore_conflicts=True,  # replayed before the cursor came by
    )
    row.cursor = (found[-1][3] or 0) if len(found) == room else max(last, row.cursor)
    row.save(update_fields=["cursor"])
    return len(found)


def _room(row: WebhookEndpoint) -> int:
    waiting = row.deliveries.filter(state=_PENDING)
    if row.failures >= schedule.FAILING_AFTER:
        return 0 if waiting.filter(tried_at__isnull=True).exists() else 1
    return min(_LEAF, MOST_PENDING - waiting[:MOST_PENDING].count())


@command
def claim(*, endpoint_id: UUID, now: datetime, most: int) -> list[Errand]:
    """Take what may be sent to a receiver now, at most `most`; one alone while it fails."""
    row = WebhookEndpoint.objects.select_for_update().filter(pk=endpoint_id).first()
    if row is None:
        return []
    free = row.deliveries.filter(Q(claimed_until__isnull=True) | Q(claimed_until__lte=now), state=_PENDING)
    chosen = list(free.filter(test=True, due_at__lte=now)[:most])
    is_probe = row.failures >= schedule.FAILING_AFTER
    if row.active and (row.resume_at is None or row.resume_at <= now):
        line = free.filter(test=False).order_by(F("tried_at").asc(nulls_first=True), "id")
        if is_probe:
            # The next event of some call, the call asked about longest ago: what is taken then is in its call's order.
            earlier = row.deliveries.filter(state=_PENDING, call=OuterRef("call"), id__lt=OuterRef("id"))
            chosen += line.exclude(Exists(earlier))[:1]
            row.resume_at = now + schedule.next_probe(failures=row.failures)
            row.save(update_fields=["resume_at"])
        else:
            chosen += line.filter(due_at__lte=now)[: most - len(chosen)]
            chosen += _told_before(chosen, free.filter(test=False, due_at__lte=now), most=most)
    WebhookDelivery.objects.filter(pk__in=[one.pk for one in chosen]).update(claimed_until=now + CLAIM_FOR)
    return _errands(row, chosen, is_probe=is_probe, now=now)


def _told_before(chosen: list[WebhookDelivery], free: QuerySet[WebhookDelivery], *, most: int) -> list[WebhookDelivery]:
    """What the chosen ones' calls have to tell before them: tried while the receiver was away, so it stands behind."""
    last = {one.call: one.pk for one in sorted(chosen, key=lambda one: one.pk) if one.call}
    others = free.filter(call__in=list(last)).exclude(pk__in=[one.pk for one in chosen]).order_by("id")[:most]
    return [one for one in others if one.call and one.pk < last[one.call]]


def _errands(row: WebhookEndpoint, chosen: list[WebhookDelivery], *, is_probe: bool, now: datetime) -> list[Errand]:
    told = Event.objects.in_bulk([one.event for one in chosen])
    secrets = queries.secrets(row, now=now)
    errands = []
    for one in chosen:
        event = told.get(one.event)
        if event is None:  # past the log's retention: nothing can be told any more
            _give_up(one, _("The event is no longer kept."), now=now)
            continue
        body = envelope.body(event)
        headers = signing.headers(secrets=secrets, message_id=envelope.message_id(event.pk), at=now, body=body)
        headers |= {"Content-Type": envelope.CONTENT_TYPE, "User-Agent": "Zhiyin-Webhooks/1"}
        parcel = Parcel(url=row.url, body=body, headers=headers)
        errands.append(Errand(delivery=one.pk, call=one.call, is_probe=is_probe and not one.test, parcel=parcel))
    return errands


def _give_up(one: WebhookDelivery, sentence: str, *, now: datetime) -> None:
    WebhookDelivery.objects.filter(pk=one.pk).update(
        state=_DEAD, last_result=sentence, finished_at=now, claimed_until=None
    )


@command
def settle(*, errand: Errand, reply: Reply, now: datetime) -> None:
    """Write down what came of an attempt, and what follows for the event and for its receiver."""
    one = WebhookDelivery.objects.filter(pk=errand.delivery).first()
    if one is None:
        return  # the receiver was removed meanwhile
    row = WebhookEndpoint.objects.select_for_update().get(pk=one.endpoint_id)
    WebhookAttempt.objects.create(
        delivery=one, at=now, took_ms=reply.took_ms, status=reply.status, result=reply.result[:200]
    )
    one.tried_at, one.last_status, one.last_result = now, reply.status, reply.result[:200]
    one.claimed_until = None
    if reply.taken:
        one.state, one.finished_at = _DELIVERED, now
        one.tries += not errand.is_probe
        _works(row, now=now)
    else:
        _after_failure(one, errand, now=now)
        if not one.test:
            _fails(row, reply, now=now)
    one.save()
    row.save()


def put_back(*, errands: list[Errand], due_at: datetime) -> None:
    """Give errands out of hand untried."""
    if errands:
        WebhookDelivery.objects.filter(pk__in=[one.delivery for one in errands], state=_PENDING).update(
            claimed_until=None, due_at=due_at
        )


def _after_failure(one: WebhookDelivery, errand: Errand, *, now: datetime) -> None:
    if one.test:  # who asked is looking: once is enough
        one.tries, one.state, one.finished_at = 1, _DEAD, now
        return
    if errand.is_probe:
        return
    one.tries += 1
    gap = schedule.next_try(tries=one.tries)
    if gap is None:
        one.state, one.finished_at = _DEAD, now
    else:
        one.due_at = now + gap


def _works(row: WebhookEndpoint, *, now: datetime) -> None:
    if row.failures >= schedule.FAILING_AFTER:  # it is back: what waited for its next try need not wait longer
        row.deliveries.filter(state=_PENDING, due_at__gt=now).update(due_at=now)
    row.failures, row.failing_since, row.resume_at, row.last_success_at = 0, None, None, now


def _fails(row: WebhookEndpoint, reply: Reply, *, now: datetime) -> None:
    row.failures += 1
    row.failing_since = row.failing_since or now
    waits = [schedule.next_probe(failures=row.failures)] if row.failures >= schedule.FAILING_AFTER else []
    wish = schedule.obeyed(reply.retry_after) if reply.status in {429, 503} else None
    waits += [wish] if wish is not None else []
    if waits:
        row.resume_at = now + max(waits)
    if reply.status == 410:
        _switch_off(row, "gone", now=now)
    elif now - row.failing_since > schedule.GIVE_UP_AFTER:
        _switch_off(row, "failing", now=now)


def _switch_off(row: WebhookEndpoint, reason: str, *, now: datetime) -> None:
    """Nothing is lost: the cursor stays, and switching on again goes on from it."""
    row.active, row.inactive_reason = False, reason
    events.record(
        type="webhook.disabled",
        now=now,
        domain=row.domain,
        actor="system",
        data={"webhook": row.pk.hex, "reason": reason},
    )


def sweep(*, now: datetime, limit: int = 5_000) -> int:
    """Forget what was delivered a week ago and given up a month ago, with its attempts; answers how many."""
    old = Q(state=_DELIVERED, finished_at__lt=now - timedelta(days=7))
    old |= Q(state=_DEAD, finished_at__lt=now - timedelta(days=30))
    chosen = list(WebhookDelivery.objects.filter(old).values_list("pk", flat=True)[:limit])
    WebhookDelivery.objects.filter(pk__in=chosen).delete()
    return len(chosen)
