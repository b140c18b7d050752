"""Mining once a week, judged on what was taken since."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from customers.offers.bundling import mined_and_judged
from customers.offers.together.models import TogetherCard
from customers.offers.together.ranking import Together

JUDGED_OVER = timedelta(days=60)  # baskets of then, choices since
KEPT_CARDS = timedelta(days=400)


@transaction.atomic
def mine(*, now: datetime) -> TogetherCard:
    """Mine, judge and write the card; it speaks only if its first three hold later choices surely more often than the
    three most popular."""
    TogetherCard.objects.filter(made_at__lt=now - KEPT_CARDS).delete()
    found = mined_and_judged(on=timezone.localdate(now) - JUDGED_OVER)
    speaks = found.verdict.publish
    together = Together(items=found.items, mined=found.mined)
    return TogetherCard.objects.create(
        made_at=now, speaks=speaks, card={**asdict(found.verdict), "people": found.people},
        body=together.to_json() if speaks else "",
    )  # fmt: skip
