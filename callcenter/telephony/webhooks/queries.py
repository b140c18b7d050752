"""Reading receivers and their delivery log."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db.models import Max

from callcenter.foundation.errors import NotFound
from callcenter.foundation.models import Event
from callcenter.telephony.webhooks import signing
from callcenter.telephony.webhooks.models import WebhookAttempt, WebhookDelivery, WebhookEndpoint
from callcenter.telephony.webhooks.results import AttemptView, DeliveryView, EndpointView

MOST_COUNTED = 10_000
_PENDING, _DEAD = WebhookDelivery.State.PENDING, WebhookDelivery.State.DEAD


def newest() -> int:
    """The number published last."""
    return Event.objects.aggregate(last=Max("feed_seq"))["last"] or 0


def find(*, endpoint_id: UUID, domain: str) -> WebhookEndpoint:
    """The row; `domain` "" stands for every domain. Raises NotFound."""
    row = WebhookEndpoint.objects.filter(pk=endpoint_id).first()
    if row is None or domain not in {"", row.domain}:
        raise NotFound("There is no such webhook.")
    return row


def endpoint(*, endpoint_id: UUID, domain: str) -> EndpointView:
    return view(find(endpoint_id=endpoint_id, domain=domain))


def endpoints(*, domain: str) -> list[EndpointView]:
    """The receivers of a domain, or of all domains, in the order they were made."""
    rows = WebhookEndpoint.objects.order_by("created_at", "pk")
    return [view(row) for row in (rows.filter(domain=domain) if domain else rows)[:200]]


def view(row: WebhookEndpoint) -> EndpointView:
    waiting = row.deliveries.filter(state=_PENDING)[:MOST_COUNTED].count()
    return EndpointView(
        id=row.pk,
        domain=row.domain,
        url=row.url,
        description=row.description,
        types=tuple(row.types),
        active=row.active,
        inactive_reason=row.inactive_reason,
        failing_since=row.failing_since,
        resume_at=row.resume_at,
        last_success_at=row.last_success_at,
        previous_until=row.previous_until,
        created_at=row.created_at,
        pending=waiting,
        behind=_behind(row),
        dead=row.deliveries.filter(state=_DEAD)[:MOST_COUNTED].count(),
    )


def _behind(row: WebhookEndpoint) -> int:
    return Event.objects.filter(feed_seq__gt=row.cursor, domain=row.domain)[:MOST_COUNTED].count()


def secrets(row: WebhookEndpoint, *, now: datetime) -> list[str]:
    """The secrets that sign now: the present one, and during a rotation the one before."""
    generations = [row.generation]
    if row.previous_until is not None and now < row.previous_until:
        generations.append(row.generation - 1)
    return [secret(row, generation=generation) for generation in generations]


def secret(row: WebhookEndpoint, *, generation: int) -> str:
    return signing.secret(master=settings.WEBHOOK_MASTER_SECRET, endpoint=row.pk.hex, generation=generation)


def deliveries(
    *, endpoint_id: UUID, domain: str, state: str = "", before: int | None = None, limit: int = 50
) -> list[DeliveryView]:
    """The delivery log of a receiver, newest first; `before` is the id of the last one seen."""
    rows = find(endpoint_id=endpoint_id, domain=domain).deliveries.order_by("-id")
    if state:
        rows = rows.filter(state=state)
    if before is not None:
        rows = rows.filter(pk__lt=before)
    return [delivery_view(row) for row in rows[:limit]]


def delivery(*, endpoint_id: UUID, delivery_id: int, domain: str) -> DeliveryView:
    """One delivery with its attempts, oldest first, the last fifty. Raises NotFound."""
    find(endpoint_id=endpoint_id, domain=domain)
    row = WebhookDelivery.objects.filter(endpoint=endpoint_id, pk=delivery_id).first()
    if row is None:
        raise NotFound("There is no such delivery.")
    last = list(row.attempts.order_by("-id")[:50])
    return delivery_view(row, attempts=tuple(_attempt(one) for one in reversed(last)))


def delivery_view(row: WebhookDelivery, *, attempts: tuple[AttemptView, ...] = ()) -> DeliveryView:
    return DeliveryView(
        id=row.pk,
        endpoint=row.endpoint_id,
        event=row.event,
        type=row.type,
        call=row.call,
        state=row.state,
        test=row.test,
        tries=row.tries,
        due_at=row.due_at,
        tried_at=row.tried_at,
        last_status=row.last_status,
        last_result=row.last_result,
        created_at=row.created_at,
        finished_at=row.finished_at,
        attempts=attempts,
    )


def _attempt(row: WebhookAttempt) -> AttemptView:
    return AttemptView(at=row.at, took_ms=row.took_ms, status=row.status, result=row.result)
