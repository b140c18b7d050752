"""The privacy page: what is kept how long and when it last went, who asked for what, who is restricted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.migrations.recorder import MigrationRecorder
from django.db.models import Min, QuerySet

from customers.models import Consent
from customers.rights.classes import PERIODS
from customers.rights.models import PrivacyRequest, Restriction, RetentionRun

LATE = timedelta(hours=26)


@dataclass(frozen=True, kw_only=True)
class Kept:
    """One class: its period in days, and what the last night took away and left."""

    key: str
    days: int
    removed: int | None
    left: int | None


@dataclass(frozen=True, kw_only=True)
class Retention:
    classes: tuple[Kept, ...]
    run: RetentionRun | None
    is_late: bool


def retention(*, now: datetime) -> Retention:
    """Every class beside the newest run."""
    run = RetentionRun.objects.order_by("-at").first()
    removed, left = (run.removed, run.left) if run else ({}, {})
    return Retention(
        classes=tuple(
            Kept(key=key, days=days, removed=removed.get(key), left=left.get(key)) for key, days in PERIODS.items()
        ),
        run=run,
        is_late=(run.at if run else _installed_at(now)) < now - LATE,
    )


def _installed_at(now: datetime) -> datetime:
    """When this database was set up: from then on nights are awaited."""
    return MigrationRecorder.Migration.objects.aggregate(first=Min("applied"))["first"] or now


def requests(*, customer_id: UUID | None = None, most: int = 50) -> QuerySet[PrivacyRequest]:
    """The newest requests, of one customer or of all."""
    found = PrivacyRequest.objects.order_by("-at", "-pk")
    return (found.filter(customer=customer_id) if customer_id else found)[:most]


def restrictions() -> QuerySet[Restriction]:
    """Those that stand, the newest first."""
    return Restriction.objects.filter(lifted_at__isnull=True).order_by("-at")[:200]


def restriction_of(*, customer_id: UUID) -> Restriction | None:
    return Restriction.objects.filter(customer=customer_id, lifted_at__isnull=True).first()


def objects(*, customer_id: UUID) -> bool:
    """Whether the person refuses conclusions."""
    return Consent.objects.filter(customer=customer_id, purpose="profiling", state="refused").exists()
