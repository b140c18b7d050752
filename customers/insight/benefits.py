"""What a level brings, how often a term, and what of it is used up."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Count
from django.utils.translation import gettext as _

from callcenter.foundation import audit
from callcenter.foundation.commands import command
from callcenter.foundation.errors import Conflict, Invalid, NotFound
from customers.identity.models import Customer
from customers.insight.formulas import BENEFITS, Benefit
from customers.insight.membership_models import BenefitUse, LevelTerm


@dataclass(frozen=True, kw_only=True)
class Held:
    """A benefit of the level somebody has now; `left` in this term, None where it has no count."""

    benefit: Benefit
    used: int
    left: int | None


def held(*, customer_id: UUID) -> tuple[Held, ...]:
    """The benefits of the open term with what of them is used. Two statements."""
    term = LevelTerm.objects.filter(customer=customer_id, closed_on=None).first()
    if term is None:
        return ()
    told = BenefitUse.objects.filter(term=term).values_list("benefit").annotate(many=Count("pk"))
    used = {str(key): int(many) for key, many in told}
    return tuple(_held(one, used.get(one.key, 0)) for one in BENEFITS.get(term.level, ()))


@command
def use(*, customer_id: UUID, key: str, ref: str, actor: str, now: datetime) -> BenefitUse:
    """Note that a benefit was used. The same `ref` again answers the use that stands.

    Raises NotFound (no such customer, none of this level's benefits), Invalid without a reference, Conflict where none is left.
    """
    ref = ref.strip()
    if not ref or len(ref) > 80:
        raise Invalid(_("Say in at most 80 characters what it was used for."), field="/ref")
    if not Customer.objects.select_for_update(no_key=True).filter(pk=customer_id, status="active").exists():
        raise NotFound(_("There is no such customer."))
    term = LevelTerm.objects.filter(customer=customer_id, closed_on=None).first()
    mine = next((one for one in held(customer_id=customer_id) if one.benefit.key == key), None)
    if term is None or mine is None:
        raise NotFound(_("This level does not have that benefit."))
    known = BenefitUse.objects.filter(term=term, benefit=key, ref=ref).first()
    if known is not None:
        return known
    if mine.left == 0:
        raise Conflict(_("This benefit is used up until the end of the term."), code="benefit_used_up")
    done = BenefitUse.objects.create(customer_id=customer_id, term=term, benefit=key, ref=ref, at=now, actor=actor)
    audit.write(actor=actor, action="benefit.used", subject=f"customer:{customer_id}", data={"benefit": key}, now=now)
    return done


def _held(one: Benefit, used: int) -> Held:
    return Held(benefit=one, used=used, left=None if one.a_term is None else max(0, one.a_term - used))
