"""What stands on the page of one customer, section by section."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import get_language

from callcenter.accounts import trail
from callcenter.backoffice.conditions import all_in_words
from callcenter.backoffice.insight_words import MOVES
from callcenter.foundation.clock import db_now
from callcenter.foundation.principal import Principal, Role
from customers.accounts import queries as accounts
from customers.catalogue import queries as catalogue
from customers.fraud import queries as fraud
from customers.identity import assembling, queries, relating, relations
from customers.identity import review as pairs
from customers.imports import provenance
from customers.insight import ledger, money
from customers.insight import queries as insight
from customers.rights import queries as rights
from customers.rights.models import Restriction
from customers.rights.operations import CORRECTABLE
from customers.segments import standing as segments
from customers.timeline import queries as timeline
from customers.timeline.kinds import KINDS


def sections_of(request: HttpRequest, customer: UUID, *, who: Principal, ground: str) -> dict[str, Any]:
    """Every section of the page, `ground` as in `customer_view`. Raises Refused."""
    now = db_now()
    page = _known(customer, now, ground) | _concluded(customer, now) | _contacts(request.GET, customer)
    page |= _rights(customer, who.role)
    page["segments"] = segments.of(customer_id=customer, now=now) if page["may_review"] else []
    actors = [one.actor for name in ("tags", "tag_log", "requests", "points", "parts") for one in page[name]]
    actors += [one.pin.actor for one in page["golden"] if one.pin]
    if page["case"]:
        actors.append(page["case"].decided_by)
    return page | {"names": trail.names(actors=actors)}


def _known(customer: UUID, now: datetime, ground: str) -> dict[str, Any]:
    """Who it is, who says so, who belongs with them."""
    return {
        "view": queries.customer_view(customer_id=customer, now=now, ground=ground),
        "golden": assembling.fields_of(customer_id=customer, now=now),
        "claims": provenance.claims(customer_id=customer),
        "records": provenance.records(customer_id=customer),
        "earlier": provenance.earlier(customer_id=customer),
        "parts": pairs.parts_of(customer_id=customer),
        "relations": relations.relations(customer_id=customer, today=timezone.localdate(now)),
        "tie_roles": list(relating.ROLES),
        "accounts": accounts.accounts_of(customer_id=customer),
        "transactions": money.recent_transactions(customer_id=customer),
    }


def _concluded(customer: UUID, now: datetime) -> dict[str, Any]:
    """What follows from it, each with its reason."""
    tags = insight.tags_of(customer_id=customer, now=now)
    entries = ledger.entries(customer_id=customer)
    return {
        "case": fraud.case_of(customer_id=customer),
        "insight": insight.of(customer_id=customer),
        "tags": tags,
        "conditions": all_in_words(insight.conditions_of(held=tags)),
        "tag_log": insight.tag_log(customer_id=customer),
        "all_tags": insight.tags(by_hand=True),
        "points": entries,
        "reversible": ledger.reversible(entries=entries, now=now),
        "purse": ledger.purse(customer_id=customer, now=now),
        "moves": MOVES.items(),
        "terms": ledger.terms(customer_id=customer),
    }


def _contacts(asked: Mapping[str, str], customer: UUID) -> dict[str, Any]:
    """A page of the timeline, of one kind where one is asked for."""
    kind = asked.get("kind", "")
    found = timeline.page(customer_id=customer, cursor=asked.get("cursor", ""), kinds=[kind] if kind else [])
    names = catalogue.names(codes=[row.code for row in found.rows], chinese=get_language() == "zh-hans")
    return {"timeline": found, "products": names, "kinds": KINDS, "kind": kind}


def _rights(customer: UUID, role: Role | None) -> dict[str, Any]:
    """What they may ask of us and have asked, and what the reader may do."""
    asked = list(rights.requests(customer_id=customer, most=20)) if role == Role.ADMIN else []
    return {
        "objects": rights.objects(customer_id=customer),
        "requests": asked,
        "grounds": Restriction.Ground.values,
        "correctable": tuple(CORRECTABLE),
        "may_review": role != Role.AGENT,
        "may_erase": role == Role.ADMIN,
    }
