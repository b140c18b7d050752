"""A trial of gifts half a year ago: who stayed with one and who without. What it holds was planted and can be found again.

Of customers who had held their plan for less than a year a gift kept three in ten more, of others next to nobody; who pays
much goes more often, whatever is given. Told as trials alone: their people are today's customers again.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from uuid import UUID

from callcenter.demo.operator.history import Row
from callcenter.demo.operator.people import Person
from customers.insight import tags

TRIAL = (
    "call", "customer_id", "at", "code", "given", "odds", "facts", "uplift", "source", "model", "stayed", "labelled_at"
)  # fmt: skip
CODE = "thank-you-10"
MOST = 4_000  # people it was tried on
NEWCOMER_MONTHS, KEPT_OF_NEWCOMERS, KEPT_OF_OTHERS = 12, 0.30, 0.0
LABELLED = timedelta(days=90)


def trials(person: Person, *, now: datetime) -> Iterator[Row]:
    """One trial at even odds, between half a year and a year ago."""
    if person.index >= MOST or person.kind != "individual" or tags.MINOR in person.tags:
        return
    rng = person.rng("gift")
    at = now - timedelta(days=rng.uniform(180, 400))
    months, bill = rng.randrange(1, 36), person.plan.fee_fen / 100 + rng.uniform(0, 20)
    given = rng.random() < 0.5
    keeps = KEPT_OF_NEWCOMERS if months < NEWCOMER_MONTHS else KEPT_OF_OTHERS
    stayed = rng.random() < 0.6 - 0.2 * (bill > 90) + (keeps if given else 0.0)
    facts = {
        "intent": "leave", "matters": 0, "interests": len(set(person.tags) - tags.PROTECTED), "months_held": months,
        "household": float(tags.FAMILY in person.tags), "plan": person.plan.code, "promise_yuan": 0.0,
        "plan_yuan": person.plan.fee_fen / 100, "bill_yuan": bill,
        "data_share": min(10.0, person.data_kb / max(1, person.plan.data_kb)),
    }  # fmt: skip
    call = UUID(int=rng.getrandbits(128), version=4)
    yield (
        call, person.id, at, CODE, given, 0.5, facts, 0.04, "entered", None, stayed, at + LABELLED
    )  # fmt: skip
