"""What the rules know of a customer, read once per screen-pop from few statements."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.utils import timezone

from customers.catalogue import queries as catalogue
from customers.catalogue.accounts import billed_month, pool_of
from customers.catalogue.forward_test import Transitions
from customers.catalogue.reconciliation import BilledMonth
from customers.identity.queries import USAGE_MONTHS, kin, usage_view
from customers.offers import advice, rivals, shelf
from customers.offers.consents.asking import PAUSE, Said
from customers.offers.facts import Comeback, Held, Kept, Matter, Snapshot, Standing, Tagged, Worth
from customers.offers.neighbourhood import BOUNDS, COMMON
from customers.reading import rows, section
from customers.results import CallContext, UsageView

REFUSED_LATELY = timedelta(days=30)
_READ = 100  # rows of one kind: beyond these no rule looks

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
        ORDER BY offer.decided_at DESC LIMIT %(limit)s) AS row)::text,
    (SELECT stamp FROM customers_cataloguestamp),
    (SELECT coalesce(json_agg(row), '[]') FROM (
        SELECT kind, since, expires_at AS until, source FROM customers_circumstance
        WHERE ended_at IS NULL AND since <= %(now)s AND expires_at > %(now)s AND (customer_id = %(customer)s
            OR (region <> '' AND region = (SELECT region FROM customers_customer WHERE id = %(customer)s)))
        ORDER BY since DESC LIMIT %(limit)s) AS row)::text,
    (SELECT coalesce(json_agg(row), '[]') FROM (
        SELECT code, at AS since, expires_at AS until, because
        FROM customers_waitingoffer AS kept JOIN customers_offering AS offering ON offering.id = kept.offering_id
        WHERE kept.customer_id = %(customer)s AND kept.closed_at IS NULL AND kept.expires_at > %(now)s
        ORDER BY at LIMIT %(limit)s) AS row)::text,
    (SELECT json_build_object('level', level, 'term_ends', term_ends, 'term_pace', term_pace, 'level_needs', level_needs,
        'value_fen', value_fen, 'churn', churn)::text
     FROM customers_facts WHERE customer_id = %(customer)s),
    (SELECT coalesce(json_agg(json_build_object('purpose', purpose, 'channel', channel, 'state', state)), '[]')
     FROM customers_consent WHERE customer_id = %(customer)s AND (until IS NULL OR until > %(now)s))::text,
    EXISTS (SELECT FROM customers_offer WHERE customer_id = %(customer)s AND action = 'ask_consent'
            AND shown_at > %(asked_since)s - interval '1 day' AND decided_at > %(asked_since)s AND call <> %(call)s),
    EXISTS (SELECT FROM customers_holding AS held JOIN customers_offering AS offering ON offering.id = held.offering_id
            WHERE held.customer_id = %(customer)s AND held.status = 'ended' AND kind = 'plan' AND family = 'mobile'),
    CASE WHEN (SELECT circle FROM customers_facts WHERE customer_id = %(customer)s) IS NOT NULL THEN ARRAY ({common}) END
"""
# In one line: what psycopg makes of a statement is kept up to 4,096 characters.
_ABOUT = " ".join(_ABOUT.format(common=COMMON).split())

# What the household holds: the customer's own first, whatever others have.
_HELD = """
SELECT held.customer_id, held.since, held.term_end, code, family, kind, name_en, name_zh, fee_fen, margin_fen, tariff::text,
       tags::text, suits::text, not_for::text, valid_from, valid_to, parts::text, requires::text, excludes::text,
       (SELECT coalesce(json_agg(json_build_array(until, earlier.tariff::text) ORDER BY until), '[]')
        FROM customers_earlierterms AS earlier WHERE earlier.offering_id = offering.id)::text
FROM customers_holding AS held JOIN customers_offering AS offering ON offering.id = held.offering_id
WHERE (held.customer_id = %(customer)s OR held.customer_id = ANY (%(others)s)) AND held.status <> 'ended'
ORDER BY held.customer_id <> %(customer)s, held.id LIMIT %(limit)s
"""


@dataclass(frozen=True, kw_only=True)
class Known:
    """What the rules see, and what the engine saw: `months` oldest first, `pool` without this customer."""

    snapshot: Snapshot
    months: tuple[BilledMonth, ...]
    pool: Transitions


def read(*, context: CallContext, customer_id: UUID, now: datetime) -> Known:
    """Three statements: the household, what it holds, what we know of the customer.

    A fourth when the catalogue has changed, a fifth in a quarter of an hour: the pool that promises are tried on.
    """
    today = timezone.localdate(now)
    others = [party.customer_id for party in kin(customer_id=customer_id, today=today)]
    held, families = _held(customer_id, others)
    found = rows(
        _ABOUT, customer=customer_id, now=now, offers_since=now - REFUSED_LATELY, months=USAGE_MONTHS, limit=_READ,
        asked_since=now - PAUSE, call=context.call_id, **BOUNDS,
    )  # fmt: skip
    usage, tags, matters, answers, stamp, standing, waiting, worth, consents, asked, was_ours, common = found[0]
    refused, decided, refused_in_call = _answers(json.loads(answers), context.call_id)
    months = section(usage, _month)
    snapshot = Snapshot(
        today=today,
        intent=context.intent,
        held=held,
        usage=tuple(view for view, billed in months if billed.usage.full),
        tags=section(tags, _tagged),
        matters=section(matters, _matter),
        worth=_worth(worth),
        consents=section(consents, Said),
        consent_asked=asked,
        circle_ideas=tuple(common or ()),
        standing=section(standing, lambda **row: Standing(**_spanned(row))),
        waiting=section(waiting, lambda **row: Kept(**_spanned(row))),
        in_household=bool(others),
        household_families=families,
        on_sale=shelf.on_sale(stamp=stamp, today=today),
        refused_lately=refused,
        decided_in_call=decided,
        refused_in_call=refused_in_call,
    )
    pool = (catalogue.pool(now=now) if snapshot.mobile_plan() else pool_of(())).without(customer_id)
    billed = tuple(month for _view, month in reversed(months))
    fitting = advice.advise(snapshot, months=billed, pool=pool)
    if was_ours:
        snapshot = replace(snapshot, comeback=_comeback(snapshot, billed))
    return Known(snapshot=replace(snapshot, fitting=fitting), months=billed, pool=pool)


def _comeback(snapshot: Snapshot, billed: tuple[BilledMonth, ...]) -> Comeback | None:
    """With the rivals' cheapest on the same months: one more statement, for former customers alone."""
    found = advice.comeback(snapshot, months=billed)
    if found is None:
        return None
    last = [month.usage for month in billed if month.usage.full][-found.months :]
    beside = rivals.on_use(last, now=found.mean_fen * len(last), today=snapshot.today)
    return replace(found, rival=next((one for one in beside if one.total_fen is not None), None))


def _held(customer_id: UUID, others: list[UUID]) -> tuple[tuple[Held, ...], frozenset[str]]:
    """What the customer holds, and which families of products others of the household hold."""
    own, families = [], set()
    for holder, since, term_end, *product in rows(_HELD, customer=customer_id, others=others, limit=_READ):
        if holder == customer_id:
            code, family, kind, name_en, name_zh, fee_fen, margin, tariff, tags, suits, not_for, *valid = product
            own.append(
                Held(
                    product=shelf.product(
                        code, family, kind, name_en, name_zh, fee_fen, margin, tariff, tags, suits, not_for, *valid
                    ),
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


def _tagged(*, at: str, **rest: str) -> Tagged:
    return Tagged(at=datetime.fromisoformat(at), **rest)


def _worth(text: str | None) -> Worth:
    known = json.loads(text or "{}")
    ends = known.get("term_ends")
    fields = {name: known.get(name) for name in ("term_pace", "level_needs", "value_fen", "churn")}
    return Worth(level=known.get("level") or "", term_ends=date.fromisoformat(ends) if ends else None, **fields)


def _spanned(row: dict[str, Any]) -> dict[str, Any]:
    """Instants as days where the operator is."""
    ends = {name: timezone.localdate(datetime.fromisoformat(row[name])) for name in ("since", "until")}
    return {**row, **ends}


def _matter(*, at: str, **rest: str) -> Matter:
    return Matter(since=timezone.localdate(datetime.fromisoformat(at)), **rest)
