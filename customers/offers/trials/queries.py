"""What the trials allow to be said: for the desk at once, and for people as a card."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Q

from customers.offers.learning.propensity import UnableToLearn
from customers.offers.rules import UPLIFT
from customers.offers.trials.coin import Saved
from customers.offers.trials.models import GiftTrial, UpliftCard
from customers.offers.trials.saver import saver_from_json
from customers.offers.trials.speaking import Effect

FRESH = timedelta(days=14)  # an older card says nothing


def effect(*, now: datetime) -> Effect:
    """The newest card at the desk's service; the entered figure where none speaks. One statement."""
    newest = UpliftCard.objects.order_by("-made_at", "-pk").first()
    if newest is None:
        return Effect()
    if newest.made_at < now - FRESH:
        return Effect(plain=_entered("old"))
    found = newest.card.get("effect")
    if newest.verdict in {"few", "unsure"} or not found:
        return Effect(plain=_entered(newest.verdict))
    plain = _saved(found, "average", newest.pk, "none" if newest.verdict == "none" else "")
    if newest.verdict != "customer":
        return Effect(plain=plain)
    try:
        saver = saver_from_json(newest.body)
    except UnableToLearn:
        return Effect(plain=Saved(**{**vars(plain), "why": "broken"}))
    thirds = tuple(_saved(third, "customer", newest.pk) for third in newest.card["thirds"])
    return Effect(plain=plain, thirds=thirds, saver=saver)


@dataclass(frozen=True, kw_only=True)
class TrialsView:
    """The page: how many trials run, and the newest card."""

    given: int
    left: int
    waiting: int  # whose outcome is not known yet
    made_at: datetime | None
    card: dict[str, Any]


def trials() -> TrialsView:
    """Two statements."""
    counts = GiftTrial.objects.aggregate(
        with_it=Count("pk", filter=Q(given=True)), without=Count("pk", filter=Q(given=False)),
        open=Count("pk", filter=Q(stayed=None)),
    )  # fmt: skip
    newest = UpliftCard.objects.order_by("-made_at", "-pk").first()
    return TrialsView(
        given=counts["with_it"], left=counts["without"], waiting=counts["open"],
        made_at=newest.made_at if newest else None, card=newest.card if newest else {},
    )  # fmt: skip


def _entered(why: str) -> Saved:
    return Saved(value=UPLIFT, low=UPLIFT, high=UPLIFT, source="entered", why=why)


def _saved(found: dict[str, float], source: str, model: int, why: str = "") -> Saved:
    value, low, high = (float(found[name]) for name in ("value", "low", "high"))
    if not all(map(math.isfinite, (value, low, high))):
        return _entered("broken")
    return Saved(value=value, low=low, high=high, source=source, model=model, why=why)
