"""What may be said to this caller, what would suit, and in which words: read once, decided by the pure modules."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from time import perf_counter
from uuid import UUID

from django.db.models import Q

from customers.catalogue.models import Offering
from customers.identity.models import Customer
from customers.offers import contact_policy, experience, moments, policy_facts, selection, snapshots
from customers.offers.cells import Cell, cell_of
from customers.offers.contact import calendars
from customers.offers.contact_policy import Ask, Verdict
from customers.offers.models import Offer, ScriptVersion
from customers.offers.rule_table import BY_KEY
from customers.offers.scripts import addressing, slots
from customers.results import CallContext, Policy, ProductName, ScriptLine, ScriptView, Suggestion, Suggestions


def policy(*, customer_id: UUID | None, number_e164: str, now: datetime, call_id: UUID | None = None) -> Policy:
    """May we sell to this caller? One statement. `call_id` is the present call, which counts for no limit.

    Without a customer only the number is known: then nothing is sold.
    """
    known = policy_facts.read(customer_id=customer_id, number_e164=number_e164, now=now, call_id=call_id)
    return contact_policy.in_call(facts=known.facts, now=now, rules=known.rules)


def contact_check(*, customer_id: UUID | None, number_e164: str, ask: Ask, now: datetime) -> Verdict:
    """May this contact be made? The same function and facts for lists, dialers, the simulator and the audit."""
    known = policy_facts.read(customer_id=customer_id, number_e164=number_e164, now=now)
    return contact_policy.decide(
        now=now, ask=ask, facts=known.facts, rules=known.rules, calendars=calendars.shipped()
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
    selected = selection.select(snapshot=known.snapshot, policy=policy, learned=learned, cell=cell, key=key)
    moment = moments.moment(intent=context.intent, refused_in_call=known.snapshot.refused_in_call)
    decision = selected.as_decision() | {"intent": context.intent, "took_ms": (perf_counter() - began) * 1000}
    return Suggestions(cards=selected.cards, decision=decision, moment=moment.value)


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


def product_names(*, codes: Iterable[str]) -> dict[str, ProductName]:
    """The products among these codes by name. One statement, none for no codes."""
    asked = set(codes)
    if not asked:
        return {}
    found = Offering.objects.filter(code__in=asked).values_list("code", "name_en", "name_zh")
    return {code: ProductName(name_en=name_en, name_zh=name_zh) for code, name_en, name_zh in found}


def script(*, context: CallContext, language: str, offering_code: str = "") -> ScriptView | None:
    """The published words for this call: of the offer, else of its reason, else the general ones; None if none.

    In the asked language, else in English, else in whatever there is: `ScriptView.language` says which.
    """
    wanted = Q(script__offering=None, script__intent__in=["", context.intent])
    if offering_code:
        wanted |= Q(script__offering__code=offering_code)
    versions = list(
        ScriptVersion.objects.filter(wanted, state=ScriptVersion.State.PUBLISHED).select_related("script__offering")
    )
    if not versions:
        return None
    version = min(versions, key=lambda one: (_distance(one), _foreignness(one.language, language), one.script.key))
    values = _slot_values(context, version)
    return ScriptView(
        key=version.script.key,
        number=version.number,
        language=version.language,
        cue=slots.fill(version.cue, values=values, language=version.language),
        lines=tuple(
            ScriptLine(
                stage=line["stage"],
                text=slots.fill(line["text"], values=values, language=version.language),
                mandatory=line["mandatory"],
            )
            for line in version.lines
        ),
    )


# --- for the script -------------------------------------------------------------------------------------------------
def _distance(version: ScriptVersion) -> int:
    """The offer's words before those of the reason, those before the general ones."""
    if version.script.offering is not None:
        return 0
    return 1 if version.script.intent else 2


def _foreignness(language: str, wanted: str) -> int:
    spoken, asked = (tag.lower().split("-")[0] for tag in (language, wanted))
    return 0 if spoken == asked else 1 if spoken == "en" else 2


def _slot_values(context: CallContext, version: ScriptVersion) -> dict[str, str]:
    zh = version.language.lower().startswith("zh")
    offering = version.script.offering
    name = title = ""
    if context.customer_id is not None:
        name, title = Customer.objects.filter(pk=context.customer_id).values_list("name", "title").first() or ("", "")
    return {
        "agent": context.agent_name,
        "customer_title": addressing.address(name=name, title=title, language=version.language),
        "queue": context.queue,
        "offer": "" if offering is None else offering.name_zh if zh else offering.name_en,
    }


def _title(rule: str, language: str) -> str:
    known = BY_KEY.get(rule)
    return known.title.to(language) if known else rule
