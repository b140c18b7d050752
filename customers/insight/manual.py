"""Tags put on and taken off by people: with who and until when, locked if need be, and never against a lock."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.utils.translation import gettext as _

from callcenter.foundation import audit
from callcenter.foundation.commands import command
from callcenter.foundation.errors import Conflict, Invalid, NotFound
from customers.identity.models import Customer
from customers.insight import queries
from customers.insight.models import Tag, TagAssignment, TagBan, TagLog

DAYS = 180  # how long a hand's word stands unless said otherwise
LONGEST_DAYS = 1_095
LONGEST_WHY = 160


@command
def add_tag(
    *, customer_id: UUID, key: str, why: str, actor: str, now: datetime, days: int = DAYS, locked: bool = False
) -> TagAssignment:
    """Put a tag on by hand. It beats a rule's until it runs out; `locked`, no rule, model or import touches it.

    Raises NotFound, Invalid (no reason, no such span, a place), Conflict where somebody else's lock holds the tag.
    """
    why = why.strip()
    if not why or len(why) > LONGEST_WHY:
        raise Invalid(_("Say in at most 160 characters why this tag fits."), field="/why")
    if not 1 <= days <= LONGEST_DAYS:
        raise Invalid(_("A tag by hand holds for 1 to 1,095 days."), field="/days")
    customer, tag = _customer(customer_id), queries.tag(key=key)
    if tag.layer == Tag.PLACE:
        raise Invalid(_("Places come out of stays that a person agreed to, never by hand."), field="/key")
    held = TagAssignment.objects.select_for_update().filter(customer=customer, tag=tag).first()
    _respect_lock(held, actor)
    given, _new = TagAssignment.objects.update_or_create(
        customer=customer, tag=tag,
        defaults={"origin": TagAssignment.Origin.MANUAL, "evidence": why, "at": now, "actor": actor, "locked": locked,
                  "expires_at": now + timedelta(days=days), "rule_version": None},
    )  # fmt: skip
    TagBan.objects.filter(customer=customer, tag=tag).delete()
    _log(customer, tag, TagLog.Act.LOCKED if locked else TagLog.Act.ADDED, why, actor, now)
    return given


@command
def remove_tag(*, customer_id: UUID, key: str, why: str, actor: str, now: datetime, days: int = DAYS) -> None:
    """Take a tag off and keep rules from putting it on again for so long. Raises NotFound, Invalid, Conflict (locked)."""
    why = why.strip()
    if not why or len(why) > LONGEST_WHY:
        raise Invalid(_("Say in at most 160 characters why this tag does not fit."), field="/why")
    customer, tag = _customer(customer_id), queries.tag(key=key)
    held = TagAssignment.objects.select_for_update().filter(customer=customer, tag=tag).first()
    if held is None:
        raise NotFound(_("This customer does not have the tag."))
    _respect_lock(held, actor)
    held.delete()
    TagBan.objects.update_or_create(
        customer=customer, tag=tag, defaults={"until": now + timedelta(days=days), "actor": actor}
    )
    _log(customer, tag, TagLog.Act.REMOVED, why, actor, now)


def _respect_lock(held: TagAssignment | None, actor: str) -> None:
    if held is not None and held.locked and held.actor != actor:
        raise Conflict(_("This tag is locked by the person who put it there."), code="tag_locked", by=held.actor)


def _log(customer: Customer, tag: Tag, act: str, why: str, actor: str, now: datetime) -> None:
    TagLog.objects.create(customer=customer, tag=tag, act=act, origin="manual", evidence=why, actor=actor, at=now)
    audit.write(
        actor=actor, action=f"tag.{act}", subject=f"customer:{customer.pk}", data={"tag": tag.key, "why": why}, now=now
    )


def _customer(customer_id: UUID) -> Customer:
    closed = (Customer.Status.ERASED, Customer.Status.MERGED, Customer.Status.RESTRICTED)
    found = Customer.objects.select_for_update(no_key=True).exclude(status__in=closed).filter(pk=customer_id).first()
    if found is None:
        raise NotFound(_("There is no such customer."))
    return found
