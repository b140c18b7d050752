"""Points as a ledger: earned, spent, taken back; never edited, never below nothing, the same reference never twice."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Sum
from django.utils.translation import gettext as _

from callcenter.foundation.commands import command
from callcenter.foundation.errors import Conflict, Invalid, NotFound
from customers.identity.models import Customer
from customers.insight.formulas import POINTS_LIVE_DAYS
from customers.insight.membership_models import PointsEntry


@command
def earn(*, customer_id: UUID, points: int, ref: str, reason: str, actor: str, now: datetime) -> PointsEntry:
    """Add points that live two years. The same `ref` again answers the entry that stands."""
    _positive(points)
    customer = _locked(customer_id)
    entry, _new = PointsEntry.objects.get_or_create(
        kind=PointsEntry.Kind.EARN, ref=ref,
        defaults={"customer": customer, "origin": customer.pk, "points": points, "at": now, "actor": actor,
                  "expires_at": now + timedelta(days=POINTS_LIVE_DAYS), "reason": reason},
    )  # fmt: skip
    return entry


@command
def redeem(*, customer_id: UUID, points: int, ref: str, reason: str, actor: str, now: datetime) -> PointsEntry:
    """Spend points. Raises Conflict where there are not enough: nobody goes below nothing."""
    _positive(points)
    customer = _locked(customer_id)
    known = PointsEntry.objects.filter(kind=PointsEntry.Kind.REDEEM, ref=ref).first()
    if known is not None:
        return known
    held = balance(customer_id=customer_id)
    if held < points:
        raise Conflict(
            _("There are %(held)d points, %(asked)d are asked for.") % {"held": held, "asked": points},
            code="points_short",
        )
    return PointsEntry.objects.create(
        kind=PointsEntry.Kind.REDEEM, ref=ref, customer=customer, origin=customer.pk, points=-points, qualifying=False,
        at=now, actor=actor, reason=reason,
    )  # fmt: skip


@command
def reverse(*, entry_id: int, reason: str, actor: str, now: datetime) -> PointsEntry:
    """Take one entry back by its opposite, once. Raises NotFound, Conflict where what was earned is spent already."""
    entry = PointsEntry.objects.filter(pk=entry_id).exclude(kind=PointsEntry.Kind.REVERSE).first()
    if entry is None:
        raise NotFound(_("There is no such entry of points."))
    _locked(entry.customer_id)
    ref = f"entry:{entry.pk}"
    known = PointsEntry.objects.filter(kind=PointsEntry.Kind.REVERSE, ref=ref).first()
    if known is not None:
        return known
    if balance(customer_id=entry.customer_id) - entry.points < 0:
        raise Conflict(_("These points are spent already."), code="points_short")
    return PointsEntry.objects.create(
        kind=PointsEntry.Kind.REVERSE, ref=ref, customer_id=entry.customer_id, origin=entry.origin, points=-entry.points,
        qualifying=entry.qualifying, at=now, actor=actor, reason=reason,
    )  # fmt: skip


def balance(*, customer_id: UUID) -> int:
    """Points to spend now."""
    return int(PointsEntry.objects.filter(customer=customer_id).aggregate(sum=Sum("points"))["sum"] or 0)


def _positive(points: int) -> None:
    if not 0 < points <= 10_000_000:
        raise Invalid(_("Points are a whole number from 1 to 10,000,000."), field="/points")


def _locked(customer_id: UUID) -> Customer:
    found = (
        Customer.objects.select_for_update(no_key=True).filter(pk=customer_id, status=Customer.Status.ACTIVE).first()
    )
    if found is None:
        raise NotFound(_("There is no such customer."))
    return found
