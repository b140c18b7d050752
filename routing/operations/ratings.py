"""What callers said of their calls, for whoever learns from it."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from routing.models import CallRating


def note_rating(*, call_id: UUID, satisfied: bool, now: datetime) -> None:
    """What the caller said of this call; the first word stands."""
    CallRating.objects.get_or_create(call=call_id, defaults={"satisfied": satisfied, "at": now})
