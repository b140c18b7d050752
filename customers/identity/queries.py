"""Reading who somebody is: by any identifier, as facts for routing, as the view an agent sees, one value in clear."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext as _

from callcenter.foundation import asking, masks
from callcenter.foundation.errors import Invalid, NotFound
from callcenter.foundation.numbers import whole
from customers.identity import generic, normalise, ranking, sealed
from customers.identity.models import Customer, Identifier
from customers.insight.tags import PROTECTED
from customers.reading import day, instant, rows, section
from customers.results import (
    Caller,
    Candidate,
    ConsentView,
    CustomerView,
    Found,
    HoldingView,
    MaskedIdentifier,
    TagView,
    UsageView,
)
from customers.timeline.kinds import COMPLAINT, OPEN

CANDIDATES = 20  # shown to choose from
USAGE_MONTHS = 6
_PROBED = 200  # rows of one identifier: a switchboard's number has thousands, and nobody chooses among thousands
_LISTED = 50  # of one section of the view
_KIN = 30
_HIDDEN = (Customer.Status.ERASED, Customer.Status.RESTRICTED)

# Who can be reached by one spelling of an identifier, of this kind or its sister: one probe of one index. Two names and a
# fixed limit, not a list and a number: such a question the server plans once, not for every call.
_REACHED = f"""
SELECT customer.id, customer.name, customer.kind, customer.region, own.role, own.verified_at, own.last_seen_at,
    customer.status, {generic.IS_LISTED.format(kind="%(kind)s", scope="%(scope)s", value="%(value)s")}
FROM customers_identifier AS own JOIN customers_customer AS customer ON customer.id = own.customer_id
WHERE own.kind IN (%(kind)s, %(sister)s) AND own.scope = %(scope)s AND own.value = %(value)s
  AND (own.valid_from IS NULL OR own.valid_from <= %(now)s) AND (own.valid_to IS NULL OR own.valid_to > %(now)s)
  AND customer.status NOT IN ('erased', 'restricted')
ORDER BY own.last_seen_at DESC NULLS LAST, own.id LIMIT {_PROBED}
"""  # noqa: S608

# A customer with every section of the view, each read by the customer's own index and cut to what a screen can hold.
_VIEW = """
SELECT
    kind, status, name, title, language, region, level, value_tier, lifecycle, since, source, observed_at,
    (SELECT coalesce(json_agg(row), '[]') FROM (
        SELECT id, kind, value, sealed, verified_at IS NOT NULL AS verified, source, last_seen_at FROM customers_identifier
        WHERE customer_id = customer.id AND (valid_from IS NULL OR valid_from <= %(now)s)
          AND (valid_to IS NULL OR valid_to > %(now)s)
        ORDER BY kind, id LIMIT %(limit)s) AS row)::text,
    (SELECT coalesce(json_agg(row), '[]') FROM (
        SELECT tag.key, tag.name_en, tag.name_zh, given.origin, given.evidence, given.at, given.expires_at
        FROM customers_tagassignment AS given JOIN customers_tag AS tag ON tag.id = given.tag_id
        WHERE given.customer_id = customer.id AND (given.expires_at IS NULL OR given.expires_at > %(now)s)
        ORDER BY given.at DESC, tag.key LIMIT %(limit)s) AS row)::text,
    (SELECT coalesce(json_agg(row), '[]') FROM (
        SELECT offering.code, offering.family, offering.name_en, offering.name_zh, offering.fee_fen, held.status,
               held.since, held.term_end, held.source
        FROM customers_holding AS held JOIN customers_offering AS offering ON offering.id = held.offering_id
        WHERE held.customer_id = customer.id
        ORDER BY held.status, held.since DESC, held.id DESC LIMIT %(limit)s) AS row)::text,
    (SELECT coalesce(json_agg(row), '[]') FROM (
        SELECT month, voice_s, data_kb, messages, bill_fen FROM customers_usagemonth
        WHERE customer_id = customer.id ORDER BY month DESC LIMIT %(months)s) AS row)::text,
    (SELECT coalesce(json_agg(row), '[]') FROM (
        SELECT purpose, channel, state, proof, at, until FROM customers_consent
        WHERE customer_id = customer.id ORDER BY purpose, channel LIMIT %(limit)s) AS row)::text
FROM customers_customer AS customer WHERE id = %(customer)s AND status NOT IN ('erased', %(hidden)s)
"""

# The parties tied to a customer, and the others of each household among them; the nearest tie names the role.
_KIN_OF = """
WITH valid AS NOT MATERIALIZED (
    SELECT id, a_id, b_id, role FROM customers_relationship
    WHERE (valid_from IS NULL OR valid_from <= %(today)s) AND (valid_to IS NULL OR valid_to > %(today)s)
), near AS (
    (SELECT id, b_id AS party, role FROM valid WHERE a_id = %(customer)s ORDER BY id LIMIT %(limit)s)
    UNION ALL (SELECT id, a_id, role FROM valid WHERE b_id = %(customer)s ORDER BY id LIMIT %(limit)s)
), homes AS (
    SELECT near.party FROM near JOIN customers_customer AS home ON home.id = near.party AND home.kind = 'household'
), far AS (
    (SELECT valid.id, a_id AS party, role FROM valid JOIN homes ON b_id = homes.party LIMIT %(limit)s)
    UNION ALL (SELECT valid.id, b_id, role FROM valid JOIN homes ON a_id = homes.party LIMIT %(limit)s)
), ties AS (
    SELECT DISTINCT ON (party) party, role, distance, id FROM (
        SELECT party, role, 0 AS distance, id FROM near UNION ALL SELECT party, role, 1, id FROM far
    ) AS tie WHERE party <> %(customer)s ORDER BY party, distance, id
)
SELECT ties.party, customer.name, customer.kind, customer.region, ties.role
FROM ties JOIN customers_customer AS customer ON customer.id = ties.party
    AND customer.status NOT IN ('erased', 'restricted')
ORDER BY ties.distance, ties.id LIMIT %(limit)s
"""

# One statement by hand: every arriving call asks this. Who refuses conclusions is routed by rules alone.
_CALLER = """
SELECT customer.kind, CASE WHEN objects THEN '' ELSE customer.value_tier END, customer.language,
    EXISTS (SELECT FROM customers_interaction AS contact WHERE contact.customer_id = customer.id
            AND contact.kind = %(complaint)s AND contact.outcome = %(open)s),
    ARRAY(SELECT tag.key FROM customers_tagassignment AS given JOIN customers_tag AS tag ON tag.id = given.tag_id
          WHERE given.customer_id = customer.id AND (given.expires_at IS NULL OR given.expires_at > %(now)s)
            AND tag.key <> ALL (%(protected)s) AND NOT objects ORDER BY tag.key LIMIT %(limit)s)
FROM customers_customer AS customer, LATERAL (
    SELECT EXISTS (SELECT FROM customers_consent AS no WHERE no.customer_id = customer.id AND no.purpose = 'profiling'
                   AND no.state = 'refused') AS objects) AS wish
WHERE customer.id = %(customer)s AND customer.status NOT IN ('erased', 'restricted')
"""


# The same, as one value.
_REACHED_TOLD = (
    "SELECT json_agg(json_build_array(id, name, kind, region, role, verified_at, last_seen_at, status, is_listed))::text"  # noqa: S608
    f" FROM ({_REACHED}) AS reached (id, name, kind, region, role, verified_at, last_seen_at, status, is_listed)"
)


@dataclass(frozen=True, kw_only=True)
class Probe:
    """A question for who is reached by an identifier, to be asked with others (`foundation.asking`), with `now`."""

    question: str = "SELECT NULL"  # where nobody can be reached
    values: Mapping[str, Any] = field(default_factory=dict)
    basis: str = "none"  # of having reached nobody

    def found(self, told: str | None, *, now: datetime) -> Found:
        """By the answer to it."""
        if told is None:
            return Found(basis=self.basis, customer_id=None)
        return _found([_typed(*row) for row in json.loads(told)], now=now)


def probe(*, kind: str, value: str, scope: str = "") -> Probe:
    """As `find` asks it."""
    if not value.strip():
        return Probe(basis="withheld")
    kind = kind or normalise.guess_kind(value)
    spelled = normalise.normalise(kind=kind, value=value)
    if not kind or not spelled:
        return Probe()
    first, *others = normalise.kinds_probed(kind)
    sister = others[0] if others else first
    values = {"kind": first, "sister": sister, "scope": _plain(scope), "value": sealed.found_by(kind, spelled)}
    return Probe(question=_REACHED_TOLD, values=values)


def find(*, kind: str, value: str, now: datetime, scope: str = "") -> Found:
    """Who is reached by an identifier, in any of its spellings. One index probe, one statement.

    `kind` is an `Identifier.Kind`, or "" to guess where the spelling leaves no doubt. Exactly one person opens; several
    come ranked and none of them picked, and so does even one by what stands for nobody (the stop list of `generic`), where
    callers nobody knew are left out; "withheld" is an empty value.
    """
    asked = probe(kind=kind, value=value, scope=scope)
    [told] = asking.together(asked.question, **asked.values, now=now) if asked.values else [None]
    return asked.found(told, now=now)


def _found(reached: Sequence[Sequence[Any]], *, now: datetime) -> Found:
    is_generic = bool(reached) and reached[0][-1]
    if is_generic:
        reached = [row for row in reached if row[-2] != Customer.Status.PROVISIONAL]
    candidates = _ranked(reached, now=now)
    if not candidates:
        return Found(basis="none", customer_id=None)
    if len(candidates) == 1 and not is_generic:
        return Found(basis="exact", customer_id=candidates[0].customer_id, candidates=candidates)
    return Found(basis="several", customer_id=None, candidates=candidates[:CANDIDATES])


def caller(*, customer_id: UUID, now: datetime) -> Caller:
    """What routing may know of a customer: no name, no number, no protected attribute. Raises NotFound."""
    found = rows(
        _CALLER, customer=customer_id, now=now, complaint=COMPLAINT, open=OPEN, protected=list(PROTECTED), limit=_LISTED
    )
    if not found:
        raise NotFound(_("There is no such customer."))
    kind, value_tier, language, open_complaint, tags = found[0]
    return Caller(kind=kind, value_tier=value_tier, language=language, open_complaint=open_complaint, tags=tuple(tags))


def customer_view(*, customer_id: UUID, now: datetime, ground: str = "") -> CustomerView:
    """The customer as the serving agent sees them, all values masked. Two statements, whatever the history.

    Raises NotFound, for an erased customer too, and for a restricted one without the ground on which somebody looks. The
    timeline is asked for apart (`customers.timeline.queries.page`).
    """
    hidden = "" if ground else Customer.Status.RESTRICTED
    found = rows(_VIEW, customer=customer_id, now=now, limit=_LISTED, months=USAGE_MONTHS, hidden=hidden)
    if not found:
        raise NotFound(_("There is no such customer."))
    (kind, status, name, title, language, region, level, tier, lifecycle, since, source, observed_at, *sections) = (
        found[0]
    )
    identifiers, tags, holdings, usage, consents = sections
    return CustomerView(
        id=customer_id,
        kind=kind,
        status=status,
        masked_name=masks.person(name),
        title=title,
        language=language,
        region=region,
        level=level,
        value_tier=tier,
        lifecycle=lifecycle,
        since=since,
        source=source,
        observed_at=observed_at,
        identifiers=section(identifiers, _identifier),
        tags=section(tags, _tag),
        holdings=section(holdings, _holding),
        usage=section(usage, usage_view),
        consents=section(consents, _consent),
        household=kin(customer_id=customer_id, today=timezone.localdate(now)),
    )


def kin(*, customer_id: UUID, today: date) -> tuple[Candidate, ...]:
    """The parties tied to a customer: directly, and the others of the same household. One statement."""
    return tuple(
        Candidate(
            customer_id=party,
            masked_name=masks.person(name),
            kind=kind,
            region=region,
            role=role,
            verified=False,
            last_seen_at=None,
            score=0.0,
        )
        for party, name, kind, region, role in rows(_KIN_OF, customer=customer_id, today=today, limit=_KIN)
    )


def reveal_value(*, customer_id: UUID, field: str) -> str:
    """One value in clear: `name` or `identifier:<id>`; its audit row is written before. Raises NotFound, Invalid."""
    what, _colon, which = field.partition(":")
    if what == "name" and not which:
        return _one(customer_id).name
    if what == "identifier" and (number := whole(which)) is not None:
        own = Identifier.objects.filter(pk=number, customer=customer_id)
        found = own.exclude(customer__status__in=_HIDDEN).values_list("kind", "value", "sealed").first()
        if found is None:
            raise NotFound(_("This customer has no such identifier."))
        return sealed.clear(*found)
    raise Invalid(_("Only a name or an identifier can be revealed."), field="/field")


def _one(customer_id: UUID) -> Customer:
    customer = Customer.objects.exclude(status__in=_HIDDEN).filter(pk=customer_id).first()
    if customer is None:
        raise NotFound(_("There is no such customer."))
    return customer


def _ranked(reached: Iterable[Sequence[Any]], *, now: datetime) -> tuple[Candidate, ...]:
    """One candidate per customer, the best of their rows counting; the highest score first, ties by id."""
    best: dict[UUID, Candidate] = {}
    for customer_id, name, kind, region, role, verified_at, last_seen_at, *_rest in reached:
        verified = verified_at is not None
        candidate = Candidate(
            customer_id=customer_id,
            masked_name=masks.person(name),
            kind=kind,
            region=region,
            role=role,
            verified=verified,
            last_seen_at=last_seen_at,
            score=ranking.score(role=role, verified=verified, last_seen_at=last_seen_at, now=now),
        )
        before = best.get(customer_id)
        if before is None or candidate.score > before.score:
            best[customer_id] = candidate
    return tuple(sorted(best.values(), key=lambda one: (-one.score, one.customer_id)))


def _typed(
    customer_id: str,
    name: str,
    kind: str,
    region: str,
    role: str,
    verified_at: str | None,
    seen: str | None,
    *rest: Any,
) -> tuple[Any, ...]:
    """A row of JSON as the database has it, so far as it counts."""
    return UUID(customer_id), name, kind, region, role, verified_at, instant(seen), *rest


def _plain(scope: str) -> str:
    """PostgreSQL takes no zero byte in a text."""
    return scope.replace("\x00", "")


# --- the sections of the view, as JSON names them -------------------------------------------------------------------
def usage_view(*, month: str, **amounts: int) -> UsageView:
    return UsageView(month=date.fromisoformat(month), **amounts)


def _identifier(*, kind: str, value: str, last_seen_at: str | None, **rest: Any) -> MaskedIdentifier:
    told = sealed.clear(kind, value, rest.pop("sealed"))
    return MaskedIdentifier(
        kind=kind, masked=masks.identifier(kind=kind, value=told), last_seen_at=instant(last_seen_at), **rest
    )


def _tag(*, at: str, expires_at: str | None, **rest: Any) -> TagView:
    return TagView(at=datetime.fromisoformat(at), expires_at=instant(expires_at), **rest)


def _holding(*, since: str, term_end: str | None, **rest: Any) -> HoldingView:
    return HoldingView(since=date.fromisoformat(since), term_end=day(term_end), **rest)


def _consent(*, at: str, until: str | None, **rest: Any) -> ConsentView:
    return ConsentView(at=datetime.fromisoformat(at), until=instant(until), **rest)
