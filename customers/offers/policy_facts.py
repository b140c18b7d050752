"""Reading what the contact policy weighs, and the rules that count now: one statement, each part by an index."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any
from uuid import UUID

from callcenter.foundation.phones import country
from customers.identity.models import Customer
from customers.insight.tags import VULNERABLE
from customers.offers.contact import terms
from customers.offers.contact.facts import ConsentFact, Declined, PolicyFacts, Touch
from customers.offers.contact.terms import Rules
from customers.reading import instant, rows, section

HOME = "CN"  # where a customer lives whose record names a region: provinces and cities are ours
_READ = 100  # rows of one kind: beyond these no rule looks
_BACK = timedelta(days=732)  # no rule may look further (contact.terms): a year of refusals, then a year of silence

# Cut where no rule looks further. What the present call did counts for no limit.
_FACTS = """
SELECT
    customer.id IS NOT NULL, customer.status, customer.birth_year, customer.region,
    EXISTS (SELECT FROM customers_donotcall WHERE customer_id = asked.id)
        OR EXISTS (SELECT FROM customers_donotcall WHERE number = %(number)s AND number <> ''),
    (SELECT coalesce(json_agg(row), '[]') FROM (
        SELECT purpose, channel, state, until FROM customers_consent WHERE customer_id = customer.id) AS row)::text,
    (SELECT at FROM customers_interaction
     WHERE customer_id = customer.id AND kind = 'complaint' AND outcome = 'open' ORDER BY at DESC LIMIT 1),
    (SELECT coalesce(json_agg(json_build_array(coalesce(data->>'closed_at', at::text), data->>'about')), '[]') FROM (
        SELECT at, data FROM customers_interaction
        WHERE customer_id = customer.id AND kind = 'complaint' AND outcome <> 'open' AND at > %(since)s
        ORDER BY at DESC LIMIT %(limit)s) AS row)::text,
    EXISTS (SELECT FROM customers_tagassignment AS given JOIN customers_tag AS tag ON tag.id = given.tag_id
            WHERE given.customer_id = customer.id AND tag.key = %(vulnerable)s
              AND (given.expires_at IS NULL OR given.expires_at > %(now)s)),
    ARRAY (SELECT at FROM customers_interaction
           WHERE customer_id = customer.id AND kind = 'call' AND at > %(lately)s AND at <= %(now)s
             AND direction = 'in' AND (ref = %(call)s::uuid) IS NOT TRUE
           ORDER BY at DESC, id DESC LIMIT %(limit)s),
    ARRAY (SELECT max(decided_at) FROM customers_offer
           WHERE customer_id = customer.id AND shown_at > %(since)s AND lane = 'sales'
             AND decided_at IS NOT NULL AND (call = %(call)s::uuid) IS NOT TRUE
           GROUP BY call ORDER BY 1 DESC LIMIT %(limit)s),
    (SELECT coalesce(json_agg(json_build_array(decided_at, coalesce(code, rule), action)), '[]') FROM (
        SELECT offer.decided_at, offering.code, offer.rule, offer.action
        FROM customers_offer AS offer LEFT JOIN customers_offering AS offering ON offering.id = offer.offering_id
        WHERE offer.customer_id = customer.id AND offer.shown_at > %(since)s AND offer.lane = 'sales'
          AND offer.decided_at IS NOT NULL AND offer.state = 'declined'
        ORDER BY offer.decided_at DESC LIMIT %(limit)s) AS row)::text,
    (SELECT coalesce(json_agg(json_build_array(
        at, direction, channel, action, "group", customer_id = asked.id, number = %(number)s AND number <> '',
        household = home.id, CASE WHEN state = 'pending' THEN expires_at END)), '[]') FROM (
        (SELECT * FROM customers_contact WHERE customer_id = asked.id AND at > %(since)s
         ORDER BY at DESC LIMIT %(limit)s)
        UNION (SELECT * FROM customers_contact WHERE number = %(number)s AND number <> '' AND at > %(since)s
         ORDER BY at DESC LIMIT %(limit)s)
        UNION (SELECT * FROM customers_contact WHERE household = home.id AND at > %(since)s
         ORDER BY at DESC LIMIT %(limit)s)) AS row
     WHERE state = 'done' OR (state = 'pending' AND expires_at > %(now)s))::text,
    (SELECT coalesce(json_agg(json_build_array(kind, until)), '[]') FROM (
        SELECT kind, max(expires_at) AS until FROM customers_circumstance
        WHERE ended_at IS NULL AND since <= %(now)s AND expires_at > %(now)s
          AND (customer_id = asked.id OR (number = %(number)s AND number <> '')
               OR (region = customer.region AND region <> ''))
        GROUP BY kind ORDER BY kind) AS row)::text,
    (SELECT coalesce(json_agg(other.code), '[]')::text FROM customers_offering AS other
     WHERE other.excludes ?| asked_for.names OR asked_for.excludes ?| ARRAY[other.code, other.family || ':' || other.kind]),
    asked_for.code IS NOT NULL AND customer.id IS NOT NULL AND (
        EXISTS (SELECT FROM customers_holding AS held JOIN customers_offering AS had ON had.id = held.offering_id
                WHERE held.customer_id = asked.id AND held.status <> 'ended' AND had.code <> asked_for.code
                  AND NOT (had.kind = 'plan' AND asked_for.kind = 'plan' AND had.family = asked_for.family)
                  AND (had.excludes ?| asked_for.names
                       OR asked_for.excludes ?| ARRAY[had.code, had.family || ':' || had.kind]))
        OR (jsonb_array_length(asked_for.requires) > 0 AND NOT EXISTS (
                SELECT FROM customers_holding AS held JOIN customers_offering AS had ON had.id = held.offering_id
                WHERE held.customer_id = asked.id AND held.status <> 'ended'
                  AND asked_for.requires ?| ARRAY[had.code, had.family || ':' || had.kind]))),
    home.id,
    (SELECT json_build_array(id, rules)::text FROM customers_contactrules
     WHERE state = 'approved' AND effective_from <= %(now)s ORDER BY effective_from DESC, id DESC LIMIT 1)
FROM (SELECT %(customer)s::uuid AS id) AS asked
LEFT JOIN customers_customer AS customer ON customer.id = asked.id
LEFT JOIN LATERAL (
    SELECT code, family, kind, requires, excludes, ARRAY[code, family || ':' || kind] AS names
    FROM customers_offering WHERE code = %(action)s) AS asked_for ON true
LEFT JOIN LATERAL (
    SELECT b_id AS id FROM customers_relationship AS tie
    WHERE tie.a_id = asked.id AND tie.role IN ('head', 'member')
      AND (tie.valid_from IS NULL OR tie.valid_from <= %(now)s) AND (tie.valid_to IS NULL OR tie.valid_to > %(now)s)
    ORDER BY tie.id LIMIT 1) AS home ON true
"""


@dataclass(frozen=True, kw_only=True)
class Weighed:
    """The facts about one party and number, and the rules that count at that instant."""

    facts: PolicyFacts
    rules: Rules
    household: UUID | None


def read(
    *, customer_id: UUID | None, number_e164: str, now: datetime, call_id: UUID | None = None, action: str = ""
) -> Weighed:
    """Everything the policy asks of one contact, about the product `action`. A number alone is nobody known."""
    found = rows(
        _FACTS, customer=customer_id, number=number_e164, call=call_id, now=now, since=now - _BACK,
        lately=now - _BACK, vulnerable=VULNERABLE, limit=_READ, action=action,
    )  # fmt: skip
    (known, status, born, region, do_not_call, consents, complaint, closed, vulnerable, *rest) = found[0]
    contacts, pitches, declined, touches, standing, excluded, unfit, household, rules = rest
    facts = PolicyFacts(
        resolved=known,
        restricted=status == Customer.Status.RESTRICTED,
        birth_year=born,
        consents=section(consents, _consent),
        do_not_call=do_not_call,
        complaint_since=complaint,
        complaints_closed=tuple((datetime.fromisoformat(at), about or "") for at, about in json.loads(closed)),
        vulnerable=vulnerable,
        contacts=tuple(contacts),
        pitches=tuple(pitches),
        declined=tuple(_declined(*row) for row in json.loads(declined)),
        touches=tuple(_touch(row) for row in json.loads(touches)),
        bar_ends=tuple((kind, datetime.fromisoformat(until)) for kind, until in json.loads(standing)),
        regions=_regions(number_e164, region),
        excluded=frozenset(json.loads(excluded)),
        unfit=unfit,
    )
    return Weighed(facts=facts, rules=_rules(rules), household=household)


@lru_cache(maxsize=16)
def _rules(text: str | None) -> Rules:
    """The rules of a stored version; those that come with the product where nobody has approved any."""
    if text is None:
        return terms.shipped()
    number, raw = json.loads(text)
    return terms.read_rules(raw, version=number)


def _regions(number: str, region: str | None) -> tuple[str | None, ...]:
    """Where the number is, and where the party lives if that is known. No number: nobody to reach."""
    of_number: tuple[str | None, ...] = (country(number) or None,) if number else ()
    return (*of_number, HOME) if region else of_number


def _consent(*, until: str | None, **rest: str) -> ConsentFact:
    return ConsentFact(until=instant(until), **rest)


def _declined(at: str, action: str, group: str) -> Declined:
    return Declined(at=datetime.fromisoformat(at), action=action, group=group)


def _touch(row: Sequence[Any]) -> Touch:
    at, direction, channel, action, group, party, number, household, until = row
    reach = {"party": party, "number": number, "household": household}
    return Touch(
        at=datetime.fromisoformat(at),
        direction=direction,
        channel=channel,
        action=action,
        group=group,
        by=frozenset(name for name, same in reach.items() if same),
        until=instant(until),
    )
