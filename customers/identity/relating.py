"""Saying who belongs with whom: a dated role between two parties, begun and ended, never deleted."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext as _

from callcenter.foundation import audit
from callcenter.foundation.commands import command
from callcenter.foundation.errors import Conflict, Invalid, NotFound
from customers.identity.models import Customer, Relationship

_PERSON, _GROUPS = ("individual",), ("household", "campus", "enterprise")
_ANY = (*_PERSON, *_GROUPS)
# role → which kinds the one may be, and the other
ROLES: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "payer": (_ANY, _ANY), "holder": (_ANY, _ANY), "user": (_ANY, _ANY), "contact": (_PERSON, _ANY),
    "decision_maker": (_PERSON, _ANY), "head": (_PERSON, _GROUPS), "member": (_ANY, _GROUPS),
    "student": (_PERSON, ("campus",)), "employee": (_PERSON, ("enterprise",)),
}  # fmt: skip


@command
def relate(
    *,
    one: UUID,
    other: UUID,
    role: str,
    actor: str,
    now: datetime,
    since: date | None = None,
    until: date | None = None,
) -> Relationship:
    """`one` is `role` of `other` from `since` (today) to `until`. Told again, its dates are what was told last.

    Raises Invalid for a role there is not, kinds it does not fit, or an end before the beginning; NotFound.
    """
    if role not in ROLES:
        raise Invalid(
            _("There is no role %(role)s. Roles are: %(roles)s.") % {"role": role, "roles": ", ".join(ROLES)},
            field="/role",
        )
    if one == other:
        raise Invalid(_("Nobody is related to themselves."), field="/other")
    kinds = [_kind(party) for party in (one, other)]
    if any(kind not in fits for kind, fits in zip(kinds, ROLES[role], strict=True)):
        raise Invalid(_("This role does not fit between these two kinds of customer."), field="/role")
    begins = since or timezone.localdate(now)
    if until is not None and until < begins and since is not None:
        raise Invalid(_("It ends before it begins."), field="/until")
    held = Relationship.objects.select_for_update().filter(a=one, b=other, role=role, valid_to__isnull=True).first()
    if held is None:
        held = Relationship(a_id=one, b_id=other, role=role, valid_from=min(begins, until or begins))
    elif since is not None:
        held.valid_from = since
    held.valid_to = until if until is None or held.valid_from is None else max(until, held.valid_from)
    held.save()
    _note(held, "customer.related", actor, now)
    return held


@command
def end(*, relation_id: int, customer_id: UUID, actor: str, now: datetime) -> None:
    """It ends today. Raises NotFound where the customer has no such tie, Conflict where it has ended."""
    held = Relationship.objects.select_for_update().filter(pk=relation_id).first()
    if held is None or customer_id not in (held.a_id, held.b_id):
        raise NotFound(_("This customer has no such tie."))
    today = timezone.localdate(now)
    if held.valid_to is not None and held.valid_to <= today:
        raise Conflict(_("This tie has ended already."), code="relation_ended")
    held.valid_to = max(today, held.valid_from or today)
    held.save(update_fields=["valid_to"])
    _note(held, "customer.unrelated", actor, now)


def _kind(party: UUID) -> str:
    closed = (Customer.Status.MERGED, Customer.Status.ERASED, Customer.Status.RESTRICTED)
    kind = Customer.objects.filter(pk=party).exclude(status__in=closed).values_list("kind", flat=True).first()
    if kind is None:
        raise NotFound(_("There is no such customer."))
    return kind


def _note(held: Relationship, action: str, actor: str, now: datetime) -> None:
    audit.write(
        actor=actor, action=action, subject=f"customer:{held.a_id}", data={"other": str(held.b_id), "role": held.role},
        now=now,
    )  # fmt: skip
