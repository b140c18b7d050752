"""Look for signs in all customers, open cases where they add up, and let people decide."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _

from callcenter.foundation import audit
from callcenter.foundation.commands import command
from callcenter.foundation.errors import Conflict, Invalid, NotFound
from customers.fraud import signals
from customers.fraud.models import FraudCase, FraudSignal
from customers.insight import lanes
from customers.insight.facts import Facts

LONGEST_REASON = 200
_SEE = """
INSERT INTO customers_fraudsignal AS stands (customer_id, kind, strength, evidence, at, seen_at, expires_at)
SELECT found.customer, %(kind)s, found.strength, found.evidence, %(now)s, %(now)s, %(until)s
FROM ({sql}) AS found (customer, strength, evidence)
JOIN customers_customer AS customer ON customer.id = found.customer AND customer.status = 'active'
WHERE found.strength > 0
ON CONFLICT (customer_id, kind) DO UPDATE SET strength = EXCLUDED.strength, evidence = EXCLUDED.evidence,
    seen_at = EXCLUDED.seen_at, expires_at = EXCLUDED.expires_at
"""
_DECISIONS = {
    "review": FraudCase.State.UNDER_REVIEW,
    "confirm": FraudCase.State.CONFIRMED,
    "clear": FraudCase.State.CLEARED,
}


@dataclass(frozen=True, kw_only=True)
class Watched:
    """What a look found: signals that stand, cases opened now, cases whose signs have gone (closed by themselves)."""

    signals: int
    opened: int
    faded: int


@command
def watch(*, now: datetime) -> Watched:
    """Find every sign anew, forget what has run out, open cases from a score of .5. Decided cases are left alone."""
    values = {"now": now, "today": timezone.localdate(now), "until": now + timedelta(days=signals.HOLDS_DAYS)}
    with connection.cursor() as cursor:
        lanes.prepare(cursor)
        for one in signals.SIGNALS:
            cursor.execute(_SEE.format(sql=one.sql), values | {"kind": one.key})
    FraudSignal.objects.filter(expires_at__lte=now).delete()
    opened, faded = _judge(now)
    _tell_facts()
    return Watched(signals=FraudSignal.objects.count(), opened=opened, faded=faded)


@command
def decide(*, case_id: int, verdict: str, reason: str, actor: str, now: datetime) -> FraudCase:
    """Take a case under review, confirm it or clear it. Clearing silences these signs at this strength.

    Raises NotFound, Invalid (no reason, no such verdict), Conflict for a case that is closed.
    """
    state = _DECISIONS.get(verdict)
    if state is None:
        raise Invalid(_("Choose review, confirm or clear."), field="/verdict")
    reason = reason.strip()
    if not reason or len(reason) > LONGEST_REASON:
        raise Invalid(_("Say in at most 200 characters why."), field="/reason")
    case = FraudCase.objects.select_for_update().filter(pk=case_id).first()
    if case is None:
        raise NotFound(_("There is no such case."))
    if case.state == FraudCase.State.CLEARED:
        raise Conflict(_("This case has been closed already."), code="case_closed", by=case.decided_by)
    case.state, case.decided_by, case.decided_at, case.reason = state, actor, now, reason
    case.save(update_fields=["state", "decided_by", "decided_at", "reason"])
    if state == FraudCase.State.CLEARED:
        for row in FraudSignal.objects.filter(customer=case.customer_id):
            row.cleared_strength = row.strength
            row.save(update_fields=["cleared_strength"])
    audit.write(
        actor=actor, action=f"fraud.{state}", subject=f"customer:{case.customer_id}",
        data={"case": case.pk, "score": round(case.score, 3)}, now=now,
    )  # fmt: skip
    _tell_facts(case.customer_id)
    return case


def _judge(now: datetime) -> tuple[int, int]:
    """Cases of those whose signs add up; a suspicion nobody looked at goes when its signs do."""
    found: dict[UUID, list[dict[str, Any]]] = defaultdict(list)
    for row in FraudSignal.objects.order_by("kind"):
        if row.cleared_strength is None or row.strength > row.cleared_strength:
            told = {"kind": row.kind, "strength": round(row.strength, 3), "evidence": row.evidence}
            found[row.customer_id].append(told)
    scores = {who: signals.score((one["kind"], one["strength"]) for one in own) for who, own in found.items()}
    open_ = {case.customer_id: case for case in FraudCase.objects.exclude(state=FraudCase.State.CLEARED)}
    fresh = [
        FraudCase(customer_id=who, score=value, evidence=found[who], opened_at=now)
        for who, value in scores.items()
        if value >= signals.OPENS_AT and who not in open_
    ]
    FraudCase.objects.bulk_create(fresh)
    for who, case in open_.items():
        case.score, case.evidence = scores.get(who, 0.0), found.get(who, [])
    FraudCase.objects.bulk_update(open_.values(), ["score", "evidence"])
    faded, _rows = FraudCase.objects.filter(state=FraudCase.State.SUSPECTED, score__lt=signals.OPENS_AT).delete()
    return len(fresh), faded


def _tell_facts(customer_id: UUID | None = None) -> None:
    """Segments and lists leave out whose case is open."""
    facts = Facts.objects.all() if customer_id is None else Facts.objects.filter(customer=customer_id)
    under = FraudCase.objects.exclude(state=FraudCase.State.CLEARED).values("customer")
    facts.filter(fraud_open=False, customer__in=under).update(fraud_open=True)
    facts.filter(fraud_open=True).exclude(customer__in=under).update(fraud_open=False)
