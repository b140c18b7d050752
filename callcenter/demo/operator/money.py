"""What customers bought besides their bills, and the level they hold: what insight is computed from.

Rows for `bulk.copy`, drawn with each person's own dice. People of a level buy what the level asks for.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from callcenter.demo.operator.history import Row
from callcenter.demo.operator.people import Person
from customers.insight import tags
from customers.insight.formulas import TERM_DAYS

TRANSACTION = (
    "customer_id", "kind", "line", "amount_fen", "discount_fen", "gift", "early", "at", "source", "external_id",
)  # fmt: skip
LEVEL_TERM = ("customer_id", "level", "since", "ends", "closed_on", "reason")

# Purchases in a year and yuan each, by level.
_BUYS = {"diamond": (9, 1_500), "gold": (7, 850), "silver": (5, 400), "standard": (2, 60)}
_LINES = (("top_up", "mobile", 50), ("purchase", "content", 20), ("purchase", "shop", 20), ("purchase", "device", 10))


def transactions(person: Person, now: datetime) -> Iterator[Row]:
    """Purchases, top-ups and the odd refund of the last year."""
    rng = person.rng("money")
    count, yuan = _BUYS[person.level]
    for number in range(rng.randrange(count + 1) + (count > 2) * count // 2):
        kind, line, _weight = rng.choices(_LINES, [weight for *_, weight in _LINES])[0]
        amount = int(yuan * 100 * rng.lognormvariate(0, 0.5))
        at = now - timedelta(days=rng.random() * 360, hours=1)
        thrifty = rng.random() < (0.7 if tags.PRICE_AWARE in person.tags else 0.15)
        early = rng.random() < (0.6 if tags.EARLY_ADOPTER in person.tags else 0.05)
        key = f"{person.index}-{number}"
        discount = amount // 5 if thrifty else 0
        yield (person.id, kind, line, amount, discount, rng.random() < 0.05, early, at, "billing", key)
        if rng.random() < 0.02:
            back = min(now, at + timedelta(days=5))
            yield (person.id, "refund", line, amount, 0, False, False, back, "billing", f"{key}-back")


def level_term(person: Person, now: datetime) -> Row:
    """The level as it stands, somewhere in its term."""
    since = (now - timedelta(days=person.rng("term").randrange(20, TERM_DAYS - 20))).date()
    return (person.id, person.level, since, since + timedelta(days=TERM_DAYS), None, "reached")
