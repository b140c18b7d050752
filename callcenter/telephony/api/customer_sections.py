"""What the API tells of one customer, section by section: the same that stands on their page, masked alike."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.utils.timezone import localdate

from callcenter.telephony import answers
from callcenter.telephony.api.base import Json
from customers.accounts import queries as accounts
from customers.identity import assembling, relations, review
from customers.imports import provenance
from customers.insight import ledger, money
from customers.insight import queries as insight
from customers.insight.facts import Facts
from customers.insight.queries import Insight
from customers.segments.fields import FIELDS
from customers.timeline import queries as timeline


def plain(value: Any) -> Any:
    """As JSON tells it; days and instants as everywhere in this API, database ids of agents left out."""
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    if isinstance(value, dict):
        return {name: plain(one) for name, one in value.items() if name != "agent"}
    if isinstance(value, datetime):
        return answers.instant(value)
    return value.isoformat() if isinstance(value, date) else value


def tags_of(customer_id: UUID, now: datetime, _after: str = "") -> list[Json]:
    """Each tag with its reason; of a rule's, the condition by which it is there."""
    held = insight.tags_of(customer_id=customer_id, now=now)
    trees = insight.trees_of(held=held)
    return [
        {"key": one.tag.key, "name_en": one.tag.name_en, "name_zh": one.tag.name_zh, "layer": one.tag.layer,
         "origin": one.origin, "evidence": one.evidence, "rule_version": one.rule_version, "condition": trees.get(one.pk),
         "at": answers.instant(one.at), "expires_at": answers.instant(one.expires_at), "locked": one.locked,
         "actor": one.actor or None}
        for one in held
    ]  # fmt: skip


def _golden(customer_id: UUID, now: datetime, _after: str) -> list[Json]:
    """Which word about each field counts, why, how sure; who pinned it; the newest word that says otherwise."""
    return [
        {"field": one.field, "value": one.masked, "rule": one.rule, "confidence": one.confidence,
         "pinned": one.pin and {"actor": one.pin.actor, "reason": one.pin.reason, "at": answers.instant(one.pin.at),
                                "expires_at": answers.instant(one.pin.expires_at)},
         "rival": {"value": one.masked_rival, "source": one.rival_source, "observed_at": answers.instant(one.rival_at),
                   "newer_than_pin": one.rival_is_newer} if one.masked_rival else None}
        for one in assembling.fields_of(customer_id=customer_id, now=now)
    ]  # fmt: skip


def _relations(customer_id: UUID, now: datetime, _after: str) -> list[Json]:
    told = relations.relations(customer_id=customer_id, today=localdate(now))
    return [
        {"other": str(one.other), "name": one.masked_name, "kind": one.kind, "role": one.role, "is_theirs": one.is_theirs,
         "since": plain(one.since), "until": plain(one.until), "ended": one.ended}
        for one in told
    ]  # fmt: skip


def _merged(customer_id: UUID, _now: datetime, _after: str) -> list[Json]:
    """Who has become one with this customer: by whom, why and on what evidence."""
    return [
        {"customer": str(one.absorbed), "name": one.masked_was, "actor": one.actor, "reason": one.reason,
         "evidence": one.evidence, "at": answers.instant(one.at)}
        for one in review.parts_of(customer_id=customer_id)
    ]  # fmt: skip


def _points(customer_id: UUID, _now: datetime, _after: str) -> Json:
    entries, terms = ledger.entries(customer_id=customer_id), ledger.terms(customer_id=customer_id)
    return {
        "entries": [{"kind": one.kind, "points": one.points, "qualifying": one.qualifying, "reason": one.reason,
                     "at": answers.instant(one.at), "expires_at": answers.instant(one.expires_at)} for one in entries],
        "terms": [{"level": one.level, "since": plain(one.since), "ends": plain(one.ends),
                   "closed_on": plain(one.closed_on), "reason": one.reason} for one in terms],
    }  # fmt: skip


def _transactions(customer_id: UUID, _now: datetime, _after: str) -> list[Json]:
    return [
        {"kind": one.kind, "line": one.line, "amount_fen": one.amount_fen, "at": answers.instant(one.at),
         "source": one.source}
        for one in money.recent_transactions(customer_id=customer_id)
    ]  # fmt: skip


def _provenance(customer_id: UUID, _now: datetime, _after: str) -> list[Json]:
    return [plain(asdict(one)) for one in provenance.claims(customer_id=customer_id)]


def _earlier(customer_id: UUID, _now: datetime, _after: str) -> list[Json]:
    return [plain(asdict(one)) for one in provenance.earlier(customer_id=customer_id)]


def _accounts(customer_id: UUID, _now: datetime, _after: str) -> list[Json]:
    return [plain(asdict(one)) for one in accounts.accounts_of(customer_id=customer_id)]


def _timeline(customer_id: UUID, _now: datetime, after: str) -> Json:
    page = timeline.page(customer_id=customer_id, cursor=after)
    rows = [{name: value for name, value in asdict(row).items() if name != "note"} for row in page.rows]
    return {"rows": plain(rows), "next": page.next_cursor}


def _insight(customer_id: UUID, _now: datetime, _after: str) -> Json | None:
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
            "cluster": found.cluster and {"number": found.cluster.number, "traits": found.cluster.traits,
                                          "at": answers.instant(found.cluster.at)},
            "rfm": {"r": found.facts.r, "f": found.facts.f, "m": found.facts.m, "class": found.facts.rfm},
            "circle": circle, "verify_identity": found.verify_identity, "missing_points": found.missing_points,
            "computed_at": answers.instant(found.facts.at), "formulas": found.facts.version, "facts": plain(facts),
            "keeps_level_fen": found.keeps_fen, "is_outdated": found.is_outdated,
            "churn_reasons": [reason for reason, _zh in found.reasons],
            "best_hours": [asdict(block) for block in found.best]}  # fmt: skip


def _membership(found: Insight) -> Json:
    """The level by rule, and beside it, never mixed in, what the pace of points says of keeping it."""
    facts = found.facts
    return {
        "level": facts.level, "points": facts.points, "term_ends": plain(facts.term_ends), "needs": facts.level_needs,
        "have": facts.term_points, "pace": facts.term_pace, "low": facts.term_low, "high": facts.term_high,
        "downgrade_risk": facts.downgrade_risk,
        "benefits": [{"key": one.benefit.key, "name_en": one.benefit.en, "name_zh": one.benefit.zh,
                      "left": one.left, "a_term": one.benefit.a_term} for one in found.benefits],
    }  # fmt: skip


def _value(facts: Facts) -> Json:
    return {"fen": facts.value_fen, "low_fen": facts.value_low_fen, "high_fen": facts.value_high_fen,
            "margin_fen": facts.margin_fen, "tier": facts.value_tier}  # fmt: skip


def _lifecycle(facts: Facts) -> Json:
    return {"stage": facts.lifecycle, "since": plain(facts.lifecycle_since), "last_look": facts.lifecycle_seen}


READERS: dict[str, Callable[[UUID, datetime, str], Any]] = {
    "tags": tags_of, "golden": _golden, "relations": _relations, "merged_from": _merged, "accounts": _accounts,
    "points": _points, "transactions": _transactions, "insight": _insight, "provenance": _provenance, "earlier": _earlier,
    "timeline": _timeline,
}  # fmt: skip
