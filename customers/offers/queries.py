"""What may be said to this caller, what would suit, and in which words: read once, decided by the pure modules."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db.models import Q

from customers.catalogue.models import Offering
from customers.identity.models import Customer
from customers.insight.tags import VULNERABLE
from customers.offers import contact_policy, selection, snapshots
from customers.offers.contact_policy import ConsentFact, PolicyFacts
from customers.offers.models import Offer, ScriptVersion
from customers.offers.rules import BY_KEY
from customers.offers.scripts import addressing, slots
from customers.reading import instant, rows, section
from customers.results import CallContext, Policy, ProductName, ScriptLine, ScriptView, Suggestion

_READ = 100  # rows of one kind: beyond these no rule looks

# All that the policy weighs, each part read by an index of its own and cut where no rule looks further.
_POLICY_FACTS = """
SELECT
    customer.id IS NOT NULL, customer.status, customer.birth_year,
    EXISTS (SELECT FROM customers_donotcall WHERE customer_id = asked.id)
        OR EXISTS (SELECT FROM customers_donotcall WHERE number = %(number)s AND number <> ''),
    (SELECT coalesce(json_agg(row), '[]') FROM (
        SELECT purpose, channel, state, until FROM customers_consent WHERE customer_id = customer.id) AS row)::text,
    (SELECT at FROM customers_interaction
     WHERE customer_id = customer.id AND kind = 'complaint' AND outcome = 'open' ORDER BY at DESC LIMIT 1),
    EXISTS (SELECT FROM customers_tagassignment AS given JOIN customers_tag AS tag ON tag.id = given.tag_id
            WHERE given.customer_id = customer.id AND tag.key = %(vulnerable)s
              AND (given.expires_at IS NULL OR given.expires_at > %(now)s)),
    ARRAY (SELECT at FROM customers_interaction
           WHERE customer_id = customer.id AND kind = 'call' AND at > %(contacts_since)s AND at <= %(now)s
             AND direction = 'in' AND (ref = %(call)s::uuid) IS NOT TRUE
           ORDER BY at DESC, id DESC LIMIT %(limit)s),
    ARRAY (SELECT max(decided_at) FROM customers_offer
           WHERE customer_id = customer.id AND shown_at > %(offers_since)s AND lane = 'sales'
             AND decided_at IS NOT NULL AND (call = %(call)s::uuid) IS NOT TRUE
           GROUP BY call ORDER BY 1 DESC LIMIT %(limit)s),
    ARRAY (SELECT decided_at FROM customers_offer
           WHERE customer_id = customer.id AND shown_at > %(offers_since)s AND lane = 'sales'
             AND decided_at IS NOT NULL AND state = 'declined'
           ORDER BY decided_at DESC LIMIT %(limit)s)
FROM (SELECT %(customer)s::uuid AS id) AS asked LEFT JOIN customers_customer AS customer ON customer.id = asked.id
"""


def policy(*, customer_id: UUID | None, number_e164: str, now: datetime, call_id: UUID | None = None) -> Policy:
    """May we sell to this caller? One statement. `call_id` is the present call, which counts for no limit.

    Without a customer only the number is known: then nothing is sold.
    """
    found = rows(
        _POLICY_FACTS,
        customer=customer_id,
        number=number_e164,
        call=call_id,
        now=now,
        contacts_since=now - contact_policy.CONTACT_WINDOW,
        offers_since=now - contact_policy.REFUSALS_READ,
        vulnerable=VULNERABLE,
        limit=_READ,
    )
    known, status, birth_year, do_not_call, consents, complaint_since, vulnerable, contacts, pitches, refusals = found[
        0
    ]
    facts = PolicyFacts(
        resolved=known,
        restricted=status == Customer.Status.RESTRICTED,
        birth_year=birth_year,
        consents=section(consents, _consent),
        do_not_call=do_not_call,
        complaint_since=complaint_since,
        vulnerable=vulnerable,
        contacts=tuple(contacts),
        pitches=tuple(pitches),
        refusals=tuple(refusals),
    )
    return contact_policy.decide(facts=facts, now=now)


def suggestions(*, context: CallContext, policy: Policy, now: datetime) -> tuple[Suggestion, ...]:
    """Up to three cards in lanes notice → service → sales; none is a normal answer. Reading has no side effect."""
    if context.customer_id is None:
        return ()
    known = snapshots.read(context=context, customer_id=context.customer_id, now=now)
    return selection.choose(snapshot=known.snapshot, policy=policy)


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


def _consent(*, until: str | None, **rest: str) -> ConsentFact:
    return ConsentFact(until=instant(until), **rest)


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
