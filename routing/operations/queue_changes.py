"""Changing what a queue is set to: every change is a version, with who and why, and any version can be put back."""

from __future__ import annotations

from datetime import datetime

from django.db import connection

from callcenter.foundation import audit, versions
from callcenter.foundation.commands import command
from callcenter.foundation.errors import Conflict
from routing.models import Queue
from routing.operations.reasons import said as said_why
from routing.queue_settings import Settings, differences, put, queue_named, settings_of, version_settings
from routing.version_models import QueueVersion

_DRAW = "UPDATE routing_domain SET roster_version = nextval('routing_roster_version') WHERE id = %s"


@command
def change_queue(
    *,
    domain: str,
    queue: str,
    settings: Settings,
    why: str,
    now: datetime,
    actor: str,
    expected: int | None = None,
) -> int:
    """Set a queue, whole or in part; the next decision goes by it. The number of the version that holds now.

    `expected` is the version (`versions.of_content`) that is to be replaced. Raises NotFound, Conflict
    (version_conflict), Invalid with the setting that cannot be.
    """
    why = said_why(why)
    row = _lock(domain, queue)
    before = settings_of(row)
    if expected is not None and expected != versions.of_content(before):
        raise Conflict(
            "Somebody has changed this queue meanwhile: read it again, then decide.",
            code="version_conflict",
            version=versions.of_content(before),
        )
    keep_first(row, now=now)
    put(row, settings)
    return keep_version(row, why=why, now=now, actor=actor)


@command
def restore_queue(*, domain: str, queue: str, number: int, why: str, now: datetime, actor: str) -> int:
    """Put a version back, as a new one. Raises NotFound, Invalid where what it names is gone."""
    row = _lock(domain, queue)
    wanted = version_settings(queue=row, number=number)
    return change_queue(domain=domain, queue=queue, settings=wanted, why=why, now=now, actor=actor)


def keep_first(queue: Queue, *, now: datetime) -> None:
    """What stood before anybody kept versions is the first of them."""
    if not queue.versions.exists():
        QueueVersion.objects.create(queue=queue, number=1, at=now, by="", settings=settings_of(queue))


def keep_version(queue: Queue, *, why: str, now: datetime, actor: str) -> int:
    """Keep what stands now, if it is something new. In the transaction of the change."""
    fresh = Queue.objects.select_related("domain", "closed_to").get(pk=queue.pk)
    last = fresh.versions.order_by("-number").first()
    present = settings_of(fresh)
    changed = differences(last.settings, present) if last is not None else ()
    if last is not None and not changed:
        return last.number
    number = last.number + 1 if last is not None else 1
    QueueVersion.objects.create(queue=fresh, number=number, at=now, by=actor, why=why, settings=present)
    with connection.cursor() as cursor:
        cursor.execute(_DRAW, [fresh.domain_id])
    audit.write(
        actor=actor, action="queue.changed", now=now, subject=f"queue:{fresh.domain.key}:{fresh.key}", purpose=why,
        data={"version": number, "settings": [one.name for one in changed]},
    )  # fmt: skip
    return number


def _lock(domain: str, queue: str) -> Queue:
    found = queue_named(domain=domain, key=queue)
    return Queue.objects.select_for_update(of=("self",)).select_related("domain", "closed_to").get(pk=found.pk)
