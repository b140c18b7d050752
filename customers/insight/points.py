"""Points as a ledger: earned, spent, put right, taken back; never edited, never below nothing, no reference counted twice."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Sum
from django.utils.translation import gettext as _

from callcenter.foundation import audit
from callcenter.foundation.commands import command
from callcenter.foundation.errors import Conflict, Invalid, NotFound
from customers.identity.models import Customer
from customers.insight import lots, terms
from customers.insight.facts import Facts
from customers.insight.formulas import POINTS_LIVE_DAYS
from customers.insight.membership_models import PointsEntry

MOST_POINTS = 10_000_000
LONGEST_REASON = 120
LONGEST_REF = 80
Kind = PointsEntry.Kind
# What the house itself writes begins so: nobody else may take such a reference.
_OURS = ("transaction:", "entry:", "expire:", lots.UNMERGE)


@command
def earn(
    *, customer_id: UUID, points: int, ref: str, reason: str, actor: str, now: datetime, qualifying: bool = True
) -> PointsEntry:
    """Add points that live two years; `qualifying` ones count towards the level. The same `ref` again answers the entry
    that stands.

    Raises NotFound, Invalid, Conflict where the reference stands for something else.
    """
    _positive(points)
    entry = {"points": points, "qualifying": qualifying, "expires_at": now + timedelta(days=POINTS_LIVE_DAYS)}
    return _enter(Kind.EARN, entry, customer_id=customer_id, ref=ref, reason=reason, actor=actor, now=now)


@command
def redeem(*, customer_id: UUID, points: int, ref: str, reason: str, actor: str, now: datetime) -> PointsEntry:
    """Spend points, the oldest first. The same `ref` again answers the entry that stands.

    Raises NotFound, Invalid, Conflict where there are not enough: nobody goes below nothing.
    """
    _positive(points)
    entry = {"points": -points, "qualifying": False}
    return _enter(Kind.REDEEM, entry, customer_id=customer_id, ref=ref, reason=reason, actor=actor, now=now)


@command
def adjust(*, customer_id: UUID, points: int, ref: str, reason: str, actor: str, now: datetime) -> PointsEntry:
    """Put the balance right by more or less than nothing, with a reason; it never counts towards the level.

    Raises NotFound, Invalid (nothing to adjust, no reason), Conflict where there are not enough to take off.
    """
    _positive(abs(points))
    if not reason.strip():
        raise Invalid(_("Say in at most 120 characters why the points are put right."), field="/reason")
    lives = now + timedelta(days=POINTS_LIVE_DAYS) if points > 0 else None
    entry = {"points": points, "qualifying": False, "expires_at": lives}
    return _enter(Kind.ADJUST, entry, customer_id=customer_id, ref=ref, reason=reason, actor=actor, now=now)


@command
def reverse(*, customer_id: UUID, entry_id: int, reason: str, actor: str, now: datetime) -> PointsEntry:
    """Take one entry of this customer back by its opposite, once.

    Raises NotFound, Invalid without a reason, Conflict where what was earned is spent or has run out already, or the
    entry is one that the house writes itself.
    """
    reason = _stated(reason, LONGEST_REASON, _("Say in at most 120 characters why this is taken back."), "/reason")
    _locked(customer_id)
    run_out(customer_id=customer_id, now=now)
    entry = PointsEntry.objects.filter(pk=entry_id, customer=customer_id).exclude(kind=Kind.REVERSE).first()
    if entry is None:
        raise NotFound(_("There is no such entry of points."))
    ref = lots.reversal_of(entry.pk)
    known = PointsEntry.objects.filter(kind=Kind.REVERSE, ref=ref).first()
    if known is not None:
        return known
    if entry.kind == Kind.EXPIRE or entry.ref.startswith(lots.UNMERGE):
        raise Conflict(_("The system wrote this entry; adjust the points instead."), code="points_fixed")
    if entry.expires_at is not None and entry.expires_at <= now:
        raise Conflict(_("These points have run out already."), code="points_short")
    if balance(customer_id=customer_id) - entry.points < 0:
        raise Conflict(_("These points are spent already."), code="points_short")
    made = PointsEntry.objects.create(
        kind=Kind.REVERSE, ref=ref, customer_id=entry.customer_id, origin=entry.origin, points=-entry.points,
        qualifying=entry.qualifying, at=now, actor=actor, reason=reason,
    )  # fmt: skip
    return _noted(made, now)


def balance(*, customer_id: UUID) -> int:
    """Points to spend now, what has run out since the last night still among them."""
    return int(PointsEntry.objects.filter(customer=customer_id).aggregate(sum=Sum("points"))["sum"] or 0)


def run_out(*, customer_id: UUID, now: datetime) -> None:
    """Write down what of this customer's points has run out by now, as the night does for everybody."""
    with connection.cursor() as cursor:
        cursor.execute(terms.EXPIRE_OF_ONE, {"customer": customer_id, "now": now})


def _enter(
    kind: PointsEntry.Kind,
    entry: dict[str, Any],
    *,
    customer_id: UUID,
    ref: str,
    reason: str,
    actor: str,
    now: datetime,
) -> PointsEntry:
    ref = _stated(
        ref, LONGEST_REF, _("Name in at most 80 characters what it is for: an order, a case, a letter."), "/ref"
    )
    if ref.startswith(_OURS):
        raise Invalid(_("References that begin so are the system's own. Choose another."), field="/ref")
    if len(reason.strip()) > LONGEST_REASON:
        raise Invalid(_("A reason has at most 120 characters."), field="/reason")
    customer = _locked(customer_id)
    known = PointsEntry.objects.filter(kind=kind, ref=ref).first()
    if known is not None:
        return _same(known, customer, int(entry["points"]))
    run_out(customer_id=customer_id, now=now)
    held = balance(customer_id=customer_id)
    if held + int(entry["points"]) < 0:
        raise Conflict(
            _("There are %(held)d points, %(asked)d are asked for.") % {"held": held, "asked": -int(entry["points"])},
            code="points_short",
        )
    made = PointsEntry.objects.create(
        kind=kind, ref=ref, customer=customer, origin=customer.pk, at=now, actor=actor, reason=reason.strip(), **entry
    )
    return _noted(made, now)


def _same(known: PointsEntry, customer: Customer, points: int) -> PointsEntry:
    """The entry that stands under this reference, if it is this one."""
    if (known.customer_id, known.points) == (customer.pk, points):
        return known
    raise Conflict(_("This reference stands for another movement of points already."), code="reference_taken")


def _noted(made: PointsEntry, now: datetime) -> PointsEntry:
    """The trail knows who did it; the facts that segments ask know the balance at once."""
    audit.write(
        actor=made.actor, action=f"points.{made.kind}", subject=f"customer:{made.customer_id}", purpose=made.reason,
        data={"entry": made.pk, "points": made.points}, now=now,
    )  # fmt: skip
    Facts.objects.filter(customer=made.customer_id).update(points=balance(customer_id=made.customer_id))
    return made


def _positive(points: int) -> None:
    if not 0 < points <= MOST_POINTS:
        raise Invalid(_("Points are a whole number from 1 to 10,000,000."), field="/points")


def _stated(text: str, longest: int, sentence: str, field: str) -> str:
    text = text.strip()
    if not text or len(text) > longest or "\x00" in text:
        raise Invalid(sentence, field=field)
    return text


def _locked(customer_id: UUID) -> Customer:
    found = (
        Customer.objects.select_for_update(no_key=True).filter(pk=customer_id, status=Customer.Status.ACTIVE).first()
    )
    if found is None:
        raise NotFound(_("There is no such customer."))
    return found
