"""What a model may know: the customer and the offer at the moment of the decision, as it is written down then. Pure.

Nothing that comes after it (length of the call, the answer), and no protected attribute (age, care, minority).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from customers.insight.tags import PROTECTED
from customers.offers.facts import Product, Snapshot
from customers.offers.learning.propensity import Columns

Facts = dict[str, float | str]

PROFILE = ("months_held", "plan_yuan", "bill_yuan", "data_share", "voice_share", "interests", "household", "plan")
CALL = ("intent", "matters", "promise_yuan")
OFFER = ("rule", "price_yuan", "fit")
WORDS = frozenset({"plan", "intent", "rule"})
KB_PER_GB = 1024 * 1024


def customer_facts(snapshot: Snapshot) -> Facts:
    """PROFILE and CALL. A figure nobody knows is left out, which is not the same as nothing."""
    plan, months, granted = snapshot.mobile_plan(), snapshot.full_months(), snapshot.mobile_allowance()
    best = snapshot.fitting.best if snapshot.fitting else None
    facts: Facts = {
        "intent": snapshot.intent,
        "matters": len(snapshot.matters),
        "interests": len(snapshot.tag_keys - PROTECTED),
        "household": float(snapshot.in_household),
        "plan": plan.product.code if plan else "",
        "promise_yuan": best[1].promise / 100 if best else 0.0,
    }
    if plan is not None:
        facts["months_held"] = (snapshot.today - plan.since).days // 30
        facts["plan_yuan"] = plan.product.fee_fen / 100
    if months:
        facts["bill_yuan"] = sum(month.bill_fen for month in months) / len(months) / 100
        facts |= _shares(
            data=(sum(month.data_kb for month in months) / len(months), granted.data_kb),
            voice=(sum(month.voice_s for month in months) / len(months), granted.voice_s),
        )
    return facts


def offer_facts(*, rule: str, product: Product | None, snapshot: Snapshot) -> Facts:
    """OFFER."""
    fit = len((product.suits & snapshot.tag_keys) - PROTECTED) if product else 0
    return {"rule": rule, "price_yuan": product.fee_fen / 100 if product else 0.0, "fit": fit}


def columns_of(rows: Sequence[Mapping[str, float | str]], names: Iterable[str]) -> Columns:
    """Logged facts as columns: words stay words, a figure that is missing or broken is nan."""
    return {
        name: np.array([str(row.get(name, "")) for row in rows], dtype=np.object_)
        if name in WORDS
        else np.array([_figure(row.get(name)) for row in rows], np.float64)
        for name in names
    }


def _shares(**used: tuple[float, int]) -> Facts:
    """Use by what is granted, at most ten times of it."""
    return {f"{name}_share": min(10.0, mean / granted) for name, (mean, granted) in used.items() if granted > 0}


def _figure(value: object) -> float:
    return float(value) if isinstance(value, int | float) else float("nan")
