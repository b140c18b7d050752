"""The values of a script's slots for one call: read only what the words name, figures from the engine alone."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from callcenter.foundation.errors import NotFound
from customers.catalogue.models import Offering
from customers.identity.models import Customer
from customers.offers import comparison, snapshots
from customers.offers.scripts import addressing
from customers.offers.scripts.slots import Value
from customers.results import CallContext

Values = dict[str, Value | None]
_OF_CLAIM = frozenset({"saving", "penalty", "one_off", "contract", "throttled"})
_OF_HOLDINGS = frozenset({"plan", "contract_ends", "data_used"})


@dataclass(frozen=True, kw_only=True)
class Scene:
    """Whom the words are for, and about what."""

    context: CallContext
    offering: Offering | None
    language: str
    may_sell: bool
    now: datetime


def values(scene: Scene, *, named: Collection[str]) -> Values:
    """What the named slots hold; a figure that cannot be computed is None, and its line gives way."""
    zh, offering, who = scene.language.lower().startswith("zh"), scene.offering, scene.context.customer_id
    found: Values = {
        "agent": scene.context.agent_name,
        "queue": scene.context.queue,
        "known": who is not None,
        "may_sell": scene.may_sell,
    }
    if offering is not None:
        found |= {"offer": offering.name_zh if zh else offering.name_en, "fee": offering.fee_fen}
    if who is None:
        return found
    if "customer_title" in named:
        name, title = Customer.objects.filter(pk=who).values_list("name", "title").first() or ("", "")
        found["customer_title"] = addressing.address(name=name, title=title, language=scene.language)
    if _OF_HOLDINGS & set(named):
        found |= _held(scene, who, zh)
    if _OF_CLAIM & set(named) and offering is not None:
        found |= _claimed(scene, who, offering.code)
    return found


def _held(scene: Scene, who: UUID, zh: bool) -> Values:
    snapshot = snapshots.read(context=scene.context, customer_id=who, now=scene.now).snapshot
    plan, months = snapshot.mobile_plan(), snapshot.full_months()
    return {
        "plan": (plan.product.name_zh if zh else plan.product.name_en) if plan else None,
        "contract_ends": plan.term_end.isoformat() if plan and plan.term_end else None,
        "data_used": max(month.data_kb for month in months) if months else None,
    }


def _claimed(scene: Scene, who: UUID, code: str) -> Values:
    """From the same sheet the agent can open; nothing where bills do not explain themselves."""
    try:
        sheet = comparison.comparison(context=scene.context, customer_id=who, offering_code=code, now=scene.now)
    except (comparison.UnableToCompare, NotFound):
        return {}
    return {
        "saving": sheet.promise_fen or None,
        "penalty": sheet.penalty_fen or None,
        "one_off": sheet.one_off_fen or None,
        "contract": sheet.contract_months or None,
        "throttled": sheet.throttled,
    }
