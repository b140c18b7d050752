"""The newest mining, for the desk and for people."""

from __future__ import annotations

from datetime import datetime, timedelta

from customers.offers.together.models import TogetherCard
from customers.offers.together.ranking import Together, UnableToRank, together_from_json

FRESH = timedelta(days=30)


def together(*, now: datetime) -> Together | None:
    """What may be used at the desk; None where nothing won, it is old or its numbers were changed. One statement."""
    card = TogetherCard.objects.order_by("-made_at", "-pk").first()
    if card is None or not card.speaks or card.made_at < now - FRESH:
        return None
    try:
        return together_from_json(card.body)
    except UnableToRank:
        return None


def newest() -> TogetherCard | None:
    return TogetherCard.objects.order_by("-made_at", "-pk").first()
