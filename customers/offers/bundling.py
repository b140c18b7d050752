"""Baskets from the holdings: those of a day, and what was taken after it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np

from customers.offers.bundles import Mined, Verdict, judge, mine
from customers.reading import rows

MOST = 400_000  # holdings read

_HELD = """
SELECT held.customer_id::text, offering.code, held.since > %(on)s
FROM customers_holding AS held JOIN customers_offering AS offering ON offering.id = held.offering_id
WHERE held.status <> 'ended' AND offering.kind <> 'plan'
ORDER BY held.customer_id, held.since, held.id LIMIT %(limit)s
"""


@dataclass(frozen=True, kw_only=True)
class Judged:
    items: tuple[str, ...]  # codes, in the order of what was mined
    mined: Mined
    verdict: Verdict
    people: int


def judged(*, on: date) -> Verdict:
    return mined_and_judged(on=on).verdict


def mined_and_judged(*, on: date) -> Judged:
    """Mined from what was held on a day, judged on what each customer took first after it. One statement."""
    found = rows(_HELD, on=on, limit=MOST)
    items = {code: place for place, code in enumerate(sorted({code for _who, code, _later in found}))}
    people = {who: place for place, who in enumerate(dict.fromkeys(who for who, *_rest in found))}
    before = np.zeros((len(people), len(items)), bool)
    first: dict[int, int] = {}
    for who, code, later in found:
        if later:
            first.setdefault(people[who], items[code])
        else:
            before[people[who], items[code]] = True
    fresh = {who: item for who, item in first.items() if before[who].any() and not before[who, item]}
    picked = np.array(list(fresh), np.int64)
    mined = mine(before)
    verdict = judge(mined, before[picked], np.array(list(fresh.values()), np.int64))
    return Judged(items=tuple(items), mined=mined, verdict=verdict, people=len(people))
