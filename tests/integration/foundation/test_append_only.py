"""The past cannot be rewritten, not even by our own code."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import IntegrityError, connection, transaction

from callcenter.foundation import audit, events
from callcenter.foundation.clock import db_now
from callcenter.foundation.models import AuditEntry, Event
from callcenter.live import publishing

pytestmark = pytest.mark.django_db


@pytest.fixture
def entry() -> AuditEntry:
    audit.write(actor="user:1", action="customer.revealed", subject="customer:1", now=db_now())
    return AuditEntry.objects.get()


@pytest.fixture
def event() -> Event:
    events.record(type="call.arrived", now=db_now(), domain="main", actor="test")
    return Event.objects.get()


def refused(act: Callable[[], object]) -> None:
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        act()


def test_an_audit_row_is_never_changed_or_removed(entry: AuditEntry) -> None:
    refused(lambda: AuditEntry.objects.update(actor="user:2"))
    refused(entry.delete)
    assert AuditEntry.objects.get().actor == "user:1"


def test_an_event_is_never_changed_or_removed(event: Event) -> None:
    refused(lambda: Event.objects.update(type="call.completed"))
    refused(lambda: Event.objects.update(type="call.completed", feed_seq=1))
    refused(event.delete)
    assert Event.objects.get().type == "call.arrived"


def test_an_event_gets_its_number_once(event: Event) -> None:
    assert publishing.publish() == 1
    refused(lambda: Event.objects.update(feed_seq=2))
    refused(lambda: Event.objects.update(feed_seq=None))
    assert Event.objects.get().feed_seq == 1


def test_the_triggers_stand_on_the_tables_that_are_really_used() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgname LIKE '%%append_only' ORDER BY 1")
        guarded = [name for (name,) in cursor.fetchall()]
    assert guarded == sorted([AuditEntry._meta.db_table, Event._meta.db_table])
