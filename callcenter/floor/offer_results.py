"""What offers brought, before a supervisor: the time asked for, and the models that speak."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from callcenter.foundation.numbers import whole
from customers.offers import measuring
from customers.offers.learning import queries as learning
from customers.offers.measuring import Results
from customers.offers.trials import queries as asking
from customers.offers.trials.queries import TrialsView
from customers.offers.waiting import queries as waiting

DAYS = (30, 90, 180, 365)
_USUAL = 180


@dataclass(frozen=True, kw_only=True)
class OfferResults:
    days: int
    choices: tuple[int, ...]
    results: Results
    models: tuple[learning.ModelView, ...]
    trials: TrialsView
    waiting: tuple[waiting.WaitingSum, ...]


def offer_results(*, days: str, now: datetime) -> OfferResults:
    """The page. A number of days that is not offered counts as half a year."""
    asked = number if (number := whole(days)) in DAYS else _USUAL
    since = now - timedelta(days=asked)
    return OfferResults(
        days=asked,
        choices=DAYS,
        results=measuring.results(since=since, now=now),
        models=learning.cards(),
        trials=asking.trials(),
        waiting=waiting.sums(since=since, now=now),
    )
