"""What answers have taught so far, read once in a while and kept in the process."""

from __future__ import annotations

from datetime import datetime, timedelta
from threading import Lock

from django.conf import settings

from customers.offers.arbitration import Answers
from customers.offers.learning import queries as learning
from customers.offers.selection import Learned
from customers.offers.together import queries as bundling
from customers.offers.trials import queries as trials
from customers.reading import rows

LOOKED_AT = timedelta(weeks=6)  # labels younger than that; older answers are of other times
_REREAD = timedelta(minutes=15)
_lock = Lock()
_kept: tuple[datetime, Learned] | None = None

# Labelled answers: a yes that was kept for thirty days, or a no of any kind. Shown but not offered teaches nothing.
_ANSWERS = """
SELECT rule, count(*) FILTER (WHERE state = 'kept'), count(*) FILTER (WHERE state IN ('declined', 'undone'))
FROM customers_offer
WHERE shown_at > %(since)s - interval '60 days' AND coalesce(labelled_at, decided_at) > %(since)s
  AND state IN ('kept', 'declined', 'undone')
GROUP BY rule
"""


def learned(*, now: datetime) -> Learned:
    """Five statements in a quarter of an hour, none where `refresh` goes before."""
    kept = _kept
    if kept is None or not timedelta(0) <= now - kept[0] < _REREAD:
        return refresh(now=now)
    return kept[1]


def refresh(*, now: datetime) -> Learned:
    """Reads it anew; until it is read the old one is answered."""
    global _kept
    counted = rows(_ANSWERS, since=now - LOOKED_AT)
    models = learning.speaker()
    found = Learned(
        answers={rule: Answers(kept=kept, not_kept=not_kept) for rule, kept, not_kept in counted},
        model=models, spoke=models.spoke, saves=trials.effect(now=now),
        together=bundling.together(now=now), salt=settings.OFFERS_SALT,
    )  # fmt: skip
    with _lock:
        _kept = (now, found)
    return found


def forget() -> None:
    """Read anew at the next question."""
    global _kept
    with _lock:
        _kept = None
