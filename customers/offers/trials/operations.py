"""Noting trials, finding out who stayed, and learning from them every night."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from customers.offers.rules import UPLIFT
from customers.offers.trials import uplift
from customers.offers.trials.models import GiftTrial, UpliftCard
from customers.offers.trials.uplift import Trial
from customers.reading import rows

STAYED_AFTER = timedelta(days=90)  # the span that the churn risk of insight speaks of
LOOKED_BACK = timedelta(days=730)
MOST_TRIALS = 40_000
KEPT_CARDS = timedelta(days=400)

# Who holds a plan of any family ninety days after the call has stayed, with a gift or without.
_LABEL = """
UPDATE customers_gifttrial AS trial SET labelled_at = %(now)s, stayed = EXISTS (
    SELECT FROM customers_holding AS held JOIN customers_offering AS offering ON offering.id = held.offering_id
    WHERE held.customer_id = trial.customer_id AND held.status <> 'ended' AND offering.kind IN ('plan', 'bundle'))
WHERE trial.stayed IS NULL AND trial.at <= %(until)s
"""
# A party counts once in half a year, as it was drawn: the first trial in which its outcome is known.
_TRIALS = """
SELECT DISTINCT ON (customer_id, half) customer_id::text, facts::text, given, odds, stayed, at, labelled_at
FROM (SELECT *, extract(year FROM at) * 2 + (extract(month FROM at) > 6)::int AS half FROM customers_gifttrial) AS trial
WHERE stayed IS NOT NULL AND at > %(since)s
ORDER BY customer_id, half, at LIMIT %(limit)s
"""


def note(*, call_id: UUID, customer_id: UUID, toss: Mapping[str, Any], now: datetime) -> None:
    """Write down that a gift was thought of; once a call, the first stands. Part of the caller's transaction."""
    GiftTrial.objects.bulk_create(
        [GiftTrial(call=call_id, customer_id=customer_id, at=now, **toss)], ignore_conflicts=True
    )  # fmt: skip


@transaction.atomic
def label(*, now: datetime) -> int:
    """Finds out who stayed; answers of how many it became known. Repeating it changes nothing."""
    with connection.cursor() as cursor:
        cursor.execute(_LABEL, {"now": now, "until": now - STAYED_AFTER})
        return int(cursor.rowcount)


@transaction.atomic
def learn(*, now: datetime) -> str:
    """Label, learn and write the card; answers its verdict."""
    label(now=now)
    UpliftCard.objects.filter(made_at__lt=now - KEPT_CARDS).delete()
    found = uplift.learn(read(since=now - LOOKED_BACK), entered=UPLIFT)
    UpliftCard.objects.create(
        made_at=now, verdict=found.card.verdict, card=found.card.as_json(), body=found.saver.to_json() if found.saver else ""
    )  # fmt: skip
    return found.card.verdict


def read(*, since: datetime) -> list[Trial]:
    """Trials whose outcome is known. One statement."""
    return [
        Trial(
            party=party, facts=json.loads(facts), given=given, odds=odds, stayed=stayed,
            day=at.timestamp() / 86_400, known=known.timestamp() / 86_400,
        )
        for party, facts, given, odds, stayed, at, known in rows(_TRIALS, since=since, limit=MOST_TRIALS)
    ]  # fmt: skip
