"""Customers for other systems: who is reached by an identifier, one customer in one answer, how many match a condition.

Values go in by POST and never stand in an address; what comes out is masked.
"""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils.timezone import localdate

from callcenter.foundation import audit
from callcenter.foundation.clock import db_now
from callcenter.foundation.errors import Invalid, NotFound
from callcenter.telephony import answers
from callcenter.telephony.api.base import ApiView, Json, answer
from callcenter.telephony.api.contract import operation
from callcenter.telephony.api.contract_customers import SECTIONS, CountForm, LookupForm
from customers.accounts import queries as accounts
from customers.identity import merging, relations
from customers.identity import queries as identity
from customers.identity.models import Identifier
from customers.imports import provenance
from customers.imports.mapping import SCOPED
from customers.insight import money
from customers.insight import queries as insight
from customers.insight.facts import Facts, Transaction
from customers.insight.models import TagAssignment
from customers.insight.queries import Insight
from customers.segments import counting
from customers.segments.fields import FIELDS
from customers.timeline import queries as timeline


class Lookup(ApiView):
    scope = "customers:read"

    @operation("customer_lookup", request=LookupForm)
    def post(self, request: HttpRequest) -> HttpResponse:
        asked = self.body(LookupForm)
        if asked["kind"] in SCOPED and not asked["scope"]:
            known = ", ".join(Identifier.Kind.values)
            raise Invalid(
                f"An identifier of the kind {asked['kind']} is known within one app or corporation: say which in scope. "
                f"Kinds are: {known}.",
                field="/scope",
            )
        found = identity.find(kind=asked["kind"], value=asked["value"], scope=asked["scope"], now=db_now())
        return answer(
            {
                "basis": found.basis,
                "customer": str(found.customer_id) if found.customer_id else None,
                "candidates": [
                    {"customer": str(one.customer_id), "name": one.masked_name, "kind": one.kind, "region": one.region,
                     "role": one.role, "verified": one.verified, "last_seen_at": answers.instant(one.last_seen_at),
                     "score": round(one.score, 3)}
                    for one in found.candidates
                ],
            }
        )  # fmt: skip


class Customer(ApiView):
    scope = "customers:read"

    @operation("customer")
    def get(self, request: HttpRequest, customer: str) -> HttpResponse:
        now = db_now()
        asked = _sections(request.GET.get("sections", ""))
        living = merging.resolve(customer_id=_id(customer))
        view = asdict(identity.customer_view(customer_id=living, now=now))
        audit.write(
            actor=self.principal.name, action="customer.read", subject=f"customer:{living}",
            data={"sections": sorted(asked)}, now=now,
        )  # fmt: skip
        told: Json = {"id": str(living), "merged": str(living) != customer}
        told |= {name: view[name] for name in _STRIP}
        told |= {"name": view["masked_name"]}
        told |= {name: _plain(view[name]) for name in _OF_VIEW if name in asked}
        if "tags" in asked:
            told["tags"] = [_tag(one) for one in insight.tags_of(customer_id=living, now=now)]
        if "relations" in asked:
            told["relations"] = [
                _relation(one) for one in relations.relations(customer_id=living, today=localdate(now))
            ]
        if "accounts" in asked:
            told["accounts"] = [_plain(asdict(one)) for one in accounts.accounts_of(customer_id=living)]
        if "transactions" in asked:
            told["transactions"] = [_transaction(one) for one in money.recent_transactions(customer_id=living)]
        if "insight" in asked:
            told["insight"] = _insight(living)
        if "provenance" in asked:
            told["provenance"] = [_plain(asdict(one)) for one in provenance.claims(customer_id=living)]
        if "timeline" in asked:
            page = timeline.page(customer_id=living, cursor=request.GET.get("after", ""))
            rows = [{name: value for name, value in asdict(row).items() if name != "note"} for row in page.rows]
            told["timeline"] = {"rows": [_plain(row) for row in rows], "next": page.next_cursor}
        return answer(told)


class SegmentCount(ApiView):
    scope = "segments:read"

    @operation("segment_count", request=CountForm)
    def post(self, request: HttpRequest) -> HttpResponse:
        asked = self.body(CountForm)
        told = counting.count(tree=asked["tree"], channel=asked["channel"], now=db_now())
        return answer(
            {
                "everybody": told.everybody, "matched": told.matched, "reachable": told.reachable,
                "excluded": {one.key: one.count for one in told.excluded}, "as_of": answers.instant(told.as_of),
            }
        )  # fmt: skip


_STRIP = ("kind", "status", "title", "language", "region", "level", "value_tier", "lifecycle")
_OF_VIEW = ("identifiers", "holdings", "usage", "consents")


def _sections(text: str) -> frozenset[str]:
    """The sections asked for; all without a word. Raises Invalid."""
    asked = frozenset(filter(None, text.split(",")))
    unknown = asked - set(SECTIONS)
    if unknown:
        raise Invalid(f"There is no section {min(unknown)}. Sections are: {', '.join(SECTIONS)}.", field="sections")
    return asked or frozenset(SECTIONS)


def _insight(customer_id: UUID) -> Json | None:
    """Every computed fact by its name, with when and by which formulas; null before the first night."""
    found = insight.of(customer_id=customer_id)
    if found is None:
        return None
    facts = {
        key: getattr(found.facts, key) for key, one in FIELDS.items() if one.group in {"insight", "contact", "usage"}
    }
    place = found.circle
    circle = place and {
        "id": place.circle_id, "role": place.role, "customers": place.circle.customers, "neighbours": place.neighbours,
        "neighbours_leaving": place.neighbours_leaving, "at": answers.instant(place.at),
    }  # fmt: skip
    return {"membership": _membership(found), "value": _value(found.facts), "lifecycle": _lifecycle(found.facts),
            "cluster": found.cluster and {"number": found.cluster.number, "at": answers.instant(found.cluster.at)},
            "circle": circle, "verify_identity": found.verify_identity, "missing_points": found.missing_points,
            "computed_at": answers.instant(found.facts.at), "formulas": found.facts.version, "facts": _plain(facts),
            "churn_reasons": [reason for reason, _zh in found.reasons],
            "best_hours": [asdict(block) for block in found.best]}  # fmt: skip


def _membership(found: Insight) -> Json:
    """The level by rule, and beside it, never mixed in, what the pace of points says of keeping it."""
    facts = found.facts
    return {
        "level": facts.level, "points": facts.points, "term_ends": _day(facts.term_ends), "needs": facts.level_needs,
        "have": facts.term_points, "pace": facts.term_pace, "low": facts.term_low, "high": facts.term_high,
        "downgrade_risk": facts.downgrade_risk,
        "benefits": [{"key": one.benefit.key, "left": one.left, "a_term": one.benefit.a_term} for one in found.benefits],
    }  # fmt: skip


def _value(facts: Facts) -> Json:
    return {"fen": facts.value_fen, "low_fen": facts.value_low_fen, "high_fen": facts.value_high_fen,
            "margin_fen": facts.margin_fen, "tier": facts.value_tier}  # fmt: skip


def _lifecycle(facts: Facts) -> Json:
    return {"stage": facts.lifecycle, "since": _day(facts.lifecycle_since), "last_look": facts.lifecycle_seen}


def _tag(one: TagAssignment) -> Json:
    return {"key": one.tag.key, "name_en": one.tag.name_en, "name_zh": one.tag.name_zh, "origin": one.origin,
            "evidence": one.evidence, "at": answers.instant(one.at), "expires_at": answers.instant(one.expires_at),
            "locked": one.locked, "actor": one.actor or None}  # fmt: skip


def _relation(one: relations.Relation) -> Json:
    return {"other": str(one.other), "name": one.masked_name, "kind": one.kind, "role": one.role,
            "is_theirs": one.is_theirs, "since": _day(one.since), "until": _day(one.until), "ended": one.ended}  # fmt: skip


def _transaction(one: Transaction) -> Json:
    return {"kind": one.kind, "line": one.line, "amount_fen": one.amount_fen, "at": answers.instant(one.at),
            "source": one.source}  # fmt: skip


def _day(value: date | None) -> str | None:
    return value.isoformat() if value else None


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise NotFound("There is no such customer.") from None


def _plain(value: Any) -> Any:
    """As JSON tells it; instants as everywhere in this API, database ids of rows left out."""
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items() if name != "agent"}
    return answers.instant(value) if hasattr(value, "tzinfo") else value
