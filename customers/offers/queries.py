"""What may be said to this caller, what would suit, and in which words: read once, decided by the pure modules."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Q, TextField
from django.db.models.functions import Cast
from django.utils import timezone

from customers.catalogue import queries as catalogue
from customers.catalogue.accounts import billed_month, transitions
from customers.catalogue.models import Offering
from customers.catalogue.reconciliation import BilledMonth
from customers.catalogue.tariffs import allowance_of
from customers.identity.models import Customer
from customers.identity.queries import USAGE_MONTHS, kin, usage_view
from customers.insight.tags import VULNERABLE
from customers.offers import advice, contact_policy, selection
from customers.offers.contact_policy import ConsentFact, PolicyFacts
from customers.offers.facts import Held, Matter, Product, Snapshot, Tagged
from customers.offers.models import Offer, ScriptVersion
from customers.offers.rules import BY_KEY
from customers.offers.scripts import addressing, slots
from customers.reading import instant, rows, section
from customers.results import CallContext, Policy, ProductName, ScriptLine, ScriptView, Suggestion, UsageView

REFUSED_LATELY = timedelta(days=30)
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

# What the rules know of the customer besides holdings: use, tags, what waits for us, what was answered to offers.
_ABOUT = """
SELECT
    (SELECT coalesce(json_agg(row), '[]') FROM (
        SELECT month, voice_s, data_kb, messages, bill_fen, "full", sums, lines FROM customers_usagemonth
        WHERE customer_id = %(customer)s ORDER BY month DESC LIMIT %(months)s) AS row)::text,
    (SELECT coalesce(json_agg(row), '[]') FROM (
        SELECT tag.key, tag.name_en, tag.name_zh, given.at
        FROM customers_tagassignment AS given JOIN customers_tag AS tag ON tag.id = given.tag_id
        WHERE given.customer_id = %(customer)s AND (given.expires_at IS NULL OR given.expires_at > %(now)s)
        ORDER BY given.at DESC, tag.key LIMIT %(limit)s) AS row)::text,
    (SELECT coalesce(json_agg(row), '[]') FROM (
        SELECT kind, code, at FROM customers_interaction
        WHERE customer_id = %(customer)s AND kind IN ('complaint', 'ticket') AND outcome = 'open'
        ORDER BY at DESC LIMIT %(limit)s) AS row)::text,
    (SELECT coalesce(json_agg(json_build_array(call, rule, code, lane, declined)), '[]') FROM (
        SELECT offer.call, offer.rule, coalesce(offering.code, '') AS code, offer.lane, offer.state = 'declined' AS declined
        FROM customers_offer AS offer LEFT JOIN customers_offering AS offering ON offering.id = offer.offering_id
        WHERE offer.customer_id = %(customer)s AND offer.decided_at > %(offers_since)s
          AND offer.shown_at > %(offers_since)s - interval '1 day'
        ORDER BY offer.decided_at DESC LIMIT %(limit)s) AS row)::text
"""

_PRODUCT = (
    "code", "family", "kind", "name_en", "name_zh", "fee_fen", "terms", "tags", "suits", "not_for", "valid_from",
    "valid_to",
)  # fmt: skip
# What the household holds: the customer's own first, whatever others have.
_HELD = """
SELECT held.customer_id, held.since, held.term_end, code, family, kind, name_en, name_zh, fee_fen, tariff::text,
       tags::text, suits::text, not_for::text, valid_from, valid_to
FROM customers_holding AS held JOIN customers_offering AS offering ON offering.id = held.offering_id
WHERE (held.customer_id = %(customer)s OR held.customer_id = ANY (%(others)s)) AND held.status <> 'ended'
ORDER BY held.customer_id <> %(customer)s, held.id LIMIT %(limit)s
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
    return selection.choose(snapshot=_snapshot(context, context.customer_id, now), policy=policy)


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


# --- for the rules --------------------------------------------------------------------------------------------------
def _snapshot(context: CallContext, customer_id: UUID, now: datetime) -> Snapshot:
    """Four statements: the household, what it holds, what we know of the customer, what is on sale.

    A fifth in a quarter of an hour: the pool that promises are tried on.
    """
    today = timezone.localdate(now)
    others = [party.customer_id for party in kin(customer_id=customer_id, today=today)]
    held, families = _held(customer_id, others)
    found = rows(
        _ABOUT, customer=customer_id, now=now, offers_since=now - REFUSED_LATELY, months=USAGE_MONTHS, limit=_READ
    )
    usage, tags, matters, answers = found[0]
    refused, decided, refused_in_call = _answers(json.loads(answers), context.call_id)
    months = section(usage, _month)
    snapshot = Snapshot(
        today=today,
        intent=context.intent,
        held=held,
        usage=tuple(view for view, billed in months if billed.usage.full),
        tags=section(tags, _tagged),
        matters=section(matters, _matter),
        in_household=bool(others),
        household_families=families,
        on_sale=tuple(
            _product(*row)
            for row in Offering.objects.filter(_sold_on(today))
            .annotate(terms=Cast("tariff", TextField()))  # as text, so that what was read once is known again
            .order_by("code")
            .values_list(*_PRODUCT)
        ),
        refused_lately=refused,
        decided_in_call=decided,
        refused_in_call=refused_in_call,
    )
    if snapshot.mobile_plan() is None:
        return snapshot
    pool = transitions(catalogue.pool(now=now), without=customer_id)
    billed = [month for _view, month in reversed(months)]
    return replace(snapshot, fitting=advice.advise(snapshot, months=billed, pool=pool))


def _held(customer_id: UUID, others: list[UUID]) -> tuple[tuple[Held, ...], frozenset[str]]:
    """What the customer holds, and which families of products others of the household hold."""
    own, families = [], set()
    for holder, since, term_end, *product in rows(_HELD, customer=customer_id, others=others, limit=_READ):
        if holder == customer_id:
            code, family, kind, name_en, name_zh, fee_fen, tariff, tags, suits, not_for, *valid = product
            lists = (json.loads(text) for text in (tags, suits, not_for))
            own.append(
                Held(
                    product=_product(code, family, kind, name_en, name_zh, fee_fen, tariff, *lists, *valid),
                    since=since,
                    term_end=term_end,
                )
            )
        else:
            families.add(product[1])
    return tuple(own), frozenset(families)


def _answers(
    answers: list[list[Any]], call_id: UUID
) -> tuple[frozenset[tuple[str, str]], frozenset[tuple[str, str]], bool]:
    """What was refused lately in other calls, what was answered in this one, and whether selling was refused in it."""
    refused, decided, refused_in_call = set(), set(), False
    for call, rule, code, lane, declined in answers:
        if call == str(call_id):
            decided.add((rule, code))
            refused_in_call = refused_in_call or (declined and lane == "sales")
        elif declined:
            refused.add((rule, code))
    return frozenset(refused), frozenset(decided), refused_in_call


def _month(
    *, month: str, voice_s: int, data_kb: int, messages: int, bill_fen: int, full: bool, sums: Any, lines: Any
) -> tuple[UsageView, BilledMonth]:
    """One month for the eye, and as the engine reads it."""
    view = usage_view(month=month, voice_s=voice_s, data_kb=data_kb, messages=messages, bill_fen=bill_fen)
    billed = billed_month(
        month=view.month, voice_s=voice_s, messages=messages, data_kb=data_kb, full=full, sums=sums, lines=lines
    )
    return view, billed


def _consent(*, until: str | None, **rest: str) -> ConsentFact:
    return ConsentFact(until=instant(until), **rest)


def _tagged(*, at: str, **rest: str) -> Tagged:
    return Tagged(at=datetime.fromisoformat(at), **rest)


def _matter(*, at: str, **rest: str) -> Matter:
    return Matter(since=timezone.localdate(datetime.fromisoformat(at)), **rest)


def _sold_on(today: date) -> Q:
    return Q(valid_from__lte=today) & (Q(valid_to=None) | Q(valid_to__gt=today))


def _product(
    code: str,
    family: str,
    kind: str,
    name_en: str,
    name_zh: str,
    fee_fen: int,
    terms: str,
    tags: list[str],
    suits: list[str],
    not_for: list[str],
    valid_from: date,
    valid_to: date | None,
) -> Product:
    return Product(
        code=code,
        family=family,
        kind=kind,
        name_en=name_en,
        name_zh=name_zh,
        fee_fen=fee_fen,
        allowance=allowance_of(terms),
        terms=terms,
        tags=frozenset(tags),
        suits=frozenset(suits),
        not_for=frozenset(not_for),
        valid_from=valid_from,
        valid_to=valid_to,
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
