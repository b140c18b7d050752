"""The contact policy beside a slow one written apart: every answer of 10,000 random questions must agree."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from benchmarks import contact_cases, contact_reference
from benchmarks.figures import Figure, measured
from customers.offers.contact.calendars import shipped
from customers.offers.contact_policy import decide

NAMES = ("offers.policy_mismatches",)
CASES = 10_000
LOOKED_AHEAD = 40  # of them also for the next allowed instant, which the slow one finds step by step


def run(scale: str) -> Iterator[Figure]:
    random, days = Random(20261122), dict(shipped())
    mismatches = allowed = looked = 0
    for _ in range(CASES):
        now, ask, facts = contact_cases.case(random)
        verdict = decide(now=now, ask=ask, facts=facts, rules=contact_cases.RULES)
        slow = contact_reference.denials(now, ask, facts, contact_cases.RULES, days)
        mismatches += {denial.rule for denial in verdict.denials} != slow
        allowed += verdict.allowed
        if looked < LOOKED_AHEAD and verdict.denials and all(denial.until for denial in verdict.denials):
            looked += 1
            first = contact_reference.next_allowed(now, ask, facts, contact_cases.RULES, days)
            mismatches += verdict.next_allowed != first
    yield measured(NAMES[0], mismatches, scale=f"{CASES:,} questions, {allowed:,} allowed, {looked} looked ahead")
