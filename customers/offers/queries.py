"""What may be said to this caller, what would suit, and in which words: read once, decided by the pure modules."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from time import perf_counter
from uuid import UUID

from django.utils.translation import gettext as _

from callcenter.foundation.errors import NotFound
from customers.catalogue.models import Offering
from customers.offers import contact_policy, experience, moments, policy_facts, selection, snapshots
from customers.offers.cells import Cell, cell_of
from customers.offers.contact_policy import Ask, Verdict
from customers.offers.models import Offer
from customers.offers.rule_table import BY_KEY
from customers.offers.scripts.choosing import objection_answers, script
from customers.results import CallContext, Policy, ProductName, Suggestion, Suggestions

__all__ = [
    "contact_check", "objection_answers", "offered", "policy", "product_names", "script", "shown", "suggest", "suggestions",
]  # fmt: skip


def policy(*, customer_id: UUID | None, number_e164: str, now: datetime, call_id: UUID | None = None) -> Policy:
    """May we sell to this caller? One statement. `call_id` is the present call, which counts for no limit.

    Without a customer only the number is known: then nothing is sold.
    """
    known = policy_facts.read(customer_id=customer_id, number_e164=number_e164, now=now, call_id=call_id)
    return contact_policy.in_call(facts=known.facts, now=now, rules=known.rules)


def contact_check(*, customer_id: UUID | None, number_e164: str, ask: Ask, now: datetime) -> Verdict:
    """May this contact be made? The same function and facts for lists, dialers, the simulator and the audit."""
    known = policy_facts.read(customer_id=customer_id, number_e164=number_e164, now=now, action=ask.action)
    return contact_policy.decide(
        now=now, ask=ask, facts=known.facts, rules=known.rules
    )  # fmt: skip


def suggestions(*, context: CallContext, policy: Policy, now: datetime) -> tuple[Suggestion, ...]:
    """Up to three cards in lanes notice → service → sales; none is a normal answer. Reading has no side effect."""
    return suggest(context=context, policy=policy, now=now).cards


def suggest(*, context: CallContext, policy: Policy, now: datetime) -> Suggestions:
    """The cards, and the decision behind them for `operations.show` to write down."""
    if context.customer_id is None:
        return Suggestions()
    began = perf_counter()
    known = snapshots.read(context=context, customer_id=context.customer_id, now=now)
    learned = experience.learned(now=now)
    party = str(context.customer_id)
    # Without a salt there are no comparison groups: the best leads, always.
    cell = cell_of(salt=learned.salt, party=party, day=known.snapshot.today) if learned.salt else Cell.POLICY
    key = f"{context.call_id}|{party}" if learned.salt else ""
    selected = selection.select(
        snapshot=known.snapshot, policy=policy, learned=learned, cell=cell, key=key, party=party
    )  # fmt: skip
    moment = moments.moment(
        intent=context.intent, refused_in_call=known.snapshot.refused_in_call, unsettled=known.snapshot.unsettled
    )  # fmt: skip
    decision = selected.as_decision() | {"intent": context.intent, "took_ms": (perf_counter() - began) * 1000}
    broken = [BY_KEY[rule].title for rule, why in selected.dropped if why == "broken"]
    names = tuple(ProductName(name_en=title.en, name_zh=title.zh) for title in broken)
    return Suggestions(cards=selected.cards, decision=decision, moment=moment.value, broken=names)


def shown(*, call_id: UUID, customer_id: UUID) -> tuple[Suggestion, ...]:
    """What was put on the screen in this call for this customer, and what became of it: for the wrap-up."""
    rows = Offer.objects.filter(call=call_id, customer=customer_id).select_related("offering").order_by("rank", "id")
    return tuple(
        Suggestion(
            action=row.action,
            lane=row.lane,
            rule=row.rule,
            offering_code=row.offering.code if row.offering else "",
            title_en=row.offering.name_en if row.offering else _title(row.rule, "en"),
            title_zh=row.offering.name_zh if row.offering else _title(row.rule, "zh"),
            why_en="",
            why_zh="",
            fee_fen=row.offering.fee_fen if row.offering else None,
            offer_id=row.pk,
            state=row.state,
        )
        for row in rows
    )


def offered(*, offer_id: int, call_id: UUID) -> str:
    """The product of an offer of this call; "" for one without. Raises NotFound."""
    row = Offer.objects.filter(pk=offer_id, call=call_id).values_list("offering__code").first()
    if row is None:
        raise NotFound(_("This offer does not belong to this call."))
    return row[0] or ""


def product_names(*, codes: Iterable[str]) -> dict[str, ProductName]:
    """The products among these codes by name. One statement, none for no codes."""
    asked = set(codes)
    if not asked:
        return {}
    found = Offering.objects.filter(code__in=asked).values_list("code", "name_en", "name_zh")
    return {code: ProductName(name_en=name_en, name_zh=name_zh) for code, name_en, name_zh in found}


def _title(rule: str, language: str) -> str:
    known = BY_KEY.get(rule)
    return known.title.to(language) if known else rule
