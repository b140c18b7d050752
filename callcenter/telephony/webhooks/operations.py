"""What people and programs do with receivers: make, change, rotate, test, send again."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from django.db import connection
from django.db.models import Q
from django.utils.translation import gettext_noop as _

from callcenter.foundation import audit, events
from callcenter.foundation.commands import command
from callcenter.foundation.errors import Conflict, Invalid, NotFound
from callcenter.foundation.models import Event
from callcenter.telephony.webhooks import addresses, kinds, queries
from callcenter.telephony.webhooks.models import WebhookDelivery, WebhookEndpoint
from callcenter.telephony.webhooks.results import DeliveryView, EndpointView, Issued, Replay

MOST_ENDPOINTS = 50  # in a domain
MOST_REPLAYED = 20_000  # events at once
TEST_TYPE = "webhook.tested"
_State = WebhookDelivery.State


class TooManyWebhooks(Conflict):
    code = "too_many_webhooks"


@command
def create(
    *,
    domain: str,
    url: str,
    types: Collection[str],
    description: str,
    after: int | None,
    actor: str,
    now: datetime,
) -> Issued:
    """A new receiver. It is told what is published after the feed number `after`, by default from now on.

    Raises NotAllowed for a URL that may not be reached, Invalid for a type that is none, TooManyWebhooks.
    """
    addresses.read(url, allowed=settings.WEBHOOK_ALLOW)
    if WebhookEndpoint.objects.filter(domain=domain).count() >= MOST_ENDPOINTS:
        raise TooManyWebhooks(f"A domain has at most {MOST_ENDPOINTS} webhooks: remove one that is not used.")
    row = WebhookEndpoint.objects.create(
        domain=domain,
        url=url,
        types=_checked(types),
        description=description,
        cursor=queries.newest() if after is None else after,
        created_at=now,
        created_by=actor,
    )
    _note("webhook.created", row, actor=actor, now=now)
    return Issued(endpoint=queries.view(row), secret=queries.secret(row, generation=row.generation))


@command
def change(
    *,
    endpoint_id: UUID,
    domain: str,
    url: str | None = None,
    types: Collection[str] | None = None,
    description: str | None = None,
    active: bool | None = None,
    actor: str,
    now: datetime,
) -> EndpointView:
    """Change what is named. Switching on goes on where the cursor stands: what came meanwhile is delivered."""
    row = _locked(endpoint_id, domain)
    if url is not None:
        addresses.read(url, allowed=settings.WEBHOOK_ALLOW)
        row.url = url
    if types is not None:
        row.types = _checked(types)
    if description is not None:
        row.description = description
    if active is not None:
        row.active, row.inactive_reason = active, "" if active else "by_hand"
    if active or url is not None:  # a fresh start, looked at once
        row.failures, row.failing_since, row.resume_at = 0, None, None
        row.deliveries.filter(state=_State.PENDING).update(due_at=now)
    row.save()
    _note("webhook.changed", row, actor=actor, now=now)
    return queries.view(row)


@command
def remove(*, endpoint_id: UUID, domain: str, actor: str, now: datetime) -> None:
    """Forget a receiver and its delivery log."""
    row = _locked(endpoint_id, domain)
    _note("webhook.removed", row, actor=actor, now=now)
    row.delete()


@command
def rotate_secret(*, endpoint_id: UUID, domain: str, overlap: timedelta, actor: str, now: datetime) -> Issued:
    """A new secret; the one before signs beside it for `overlap`, so that the receiver can change in its own time.

    Raises Conflict while an overlap still runs: a third secret would leave the receiver with none that fits.
    """
    row = _locked(endpoint_id, domain)
    if row.previous_until is not None and now < row.previous_until:
        raise Conflict(_("The secret before is still in use: rotate again when its overlap is over."), code="rotating")
    row.generation += 1
    row.previous_until = now + overlap if overlap else None
    row.save()
    _note("webhook.secret_rotated", row, actor=actor, now=now)
    return Issued(endpoint=queries.view(row), secret=queries.secret(row, generation=row.generation))


@command
def send_test(*, endpoint_id: UUID, domain: str, actor: str, now: datetime) -> DeliveryView:
    """Send a `webhook.tested` event to this receiver alone, at once, whatever state it is in."""
    row = _locked(endpoint_id, domain)
    events.record(type=TEST_TYPE, now=now, domain=row.domain, actor=actor, data={"webhook": row.pk.hex})
    told = Event.objects.filter(domain=row.domain, type=TEST_TYPE, at=now).latest("id")
    made = row.deliveries.create(event=told.pk, type=TEST_TYPE, test=True, due_at=now, created_at=now)
    return queries.delivery_view(made)


@command
def redeliver(*, endpoint_id: UUID, delivery_id: int, domain: str, now: datetime) -> DeliveryView:
    """Send one event again under the same id, with all its tries before it. Raises NotFound."""
    row = _locked(endpoint_id, domain)
    made = row.deliveries.select_for_update().filter(pk=delivery_id).first()
    if made is None:
        raise NotFound("There is no such delivery.")
    made.state, made.tries, made.due_at, made.claimed_until = _State.PENDING, 0, now, None
    made.finished_at = None
    made.save()
    return queries.delivery_view(made)


@command
def redeliver_dead(*, endpoint_id: UUID, domain: str, now: datetime) -> int:
    """Send again all that was given up; answers how many."""
    row = _locked(endpoint_id, domain)
    return row.deliveries.filter(state=_State.DEAD).update(
        state=_State.PENDING, tries=0, due_at=now, claimed_until=None, finished_at=None
    )


_REPLAY = """
WITH chosen AS (
    SELECT id, type, call, feed_seq FROM event_log
    WHERE feed_seq > %(after)s AND feed_seq <= %(until)s AND domain = %(domain)s AND type <> 'webhook.tested'
      AND (%(any)s OR type = ANY(%(exact)s) OR split_part(type, '.', 1) = ANY(%(kinds)s))
    ORDER BY feed_seq LIMIT %(most)s
), put AS (
    INSERT INTO telephony_webhookdelivery AS kept
        (endpoint_id, event, type, call, state, test, tries, due_at, last_result, created_at)
    SELECT %(endpoint)s, id, type, call, 'pending', false, 0, %(now)s, '', %(now)s FROM chosen ORDER BY feed_seq
    ON CONFLICT (endpoint_id, event) DO UPDATE
        SET state = 'pending', tries = 0, due_at = %(now)s, tried_at = NULL, claimed_until = NULL, finished_at = NULL
    RETURNING 1
)
SELECT (SELECT count(*) FROM put), (SELECT max(feed_seq) FROM chosen)
"""


@command
def replay(
    *, endpoint_id: UUID, domain: str, after: int, types: Collection[str] = (), actor: str, now: datetime
) -> Replay:
    """Send again what was published after a feed number, under the same ids; of `types` alone where they are named.

    At most MOST_REPLAYED events at once: the answer says how far it came. What lies beyond the receiver's cursor is
    not a repeat and comes by itself.
    """
    row = _locked(endpoint_id, domain)
    exact, kinds = _split(_checked(types) or row.types)
    asked: dict[str, Any] = {
        "after": after, "until": row.cursor, "domain": row.domain, "most": MOST_REPLAYED, "endpoint": row.pk, "now": now,
        "any": not exact and not kinds, "exact": exact, "kinds": kinds,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_REPLAY, asked)
        count, last = cursor.fetchone()
    _note("webhook.replayed", row, actor=actor, now=now, events=count)
    complete = count < MOST_REPLAYED
    return Replay(events=count, until=row.cursor if complete else last, complete=complete)


def of_types(types: Collection[str]) -> Q:
    """The events that these words name: `call.queued`, or `call.*` for all of a kind; all of them without any."""
    exact, kinds = _split(types)
    if not exact and not kinds:
        return Q()
    wanted = Q(type__in=exact)
    for kind in kinds:
        wanted |= Q(type__startswith=f"{kind}.")
    return wanted


def _split(types: Collection[str]) -> tuple[list[str], list[str]]:
    exact = [word for word in types if not word.endswith(".*")]
    return exact, [word.removesuffix(".*") for word in types if word.endswith(".*")]


def _checked(types: Collection[str]) -> list[str]:
    if sentence := kinds.wrong(types):
        raise Invalid(sentence, field="/types")
    return list(dict.fromkeys(types))


def _locked(endpoint_id: UUID, domain: str) -> WebhookEndpoint:
    queries.find(endpoint_id=endpoint_id, domain=domain)
    row = WebhookEndpoint.objects.select_for_update().filter(pk=endpoint_id).first()
    if row is None:
        raise NotFound("There is no such webhook.")
    return row


def _note(action: str, row: WebhookEndpoint, *, actor: str, now: datetime, **facts: int) -> None:
    """Where our events go is a matter for the audit trail: the host, never what stands in the rest of the URL."""
    data = {"host": urlsplit(row.url).hostname or ""} | facts
    audit.write(actor=actor, action=action, now=now, subject=f"webhook:{row.pk}", data=data)
