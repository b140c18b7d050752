"""What suggestions are made from, kept ready in a web process, so that no caller waits for it to be read."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.utils import timezone

from customers.catalogue import queries as catalogue
from customers.offers import advice, experience, shelf
from customers.reading import rows

REREAD = timedelta(minutes=10)  # before a question would have to, after a quarter of an hour


class Warmth:
    """What this process has ready, and since when."""

    def __init__(self) -> None:
        self._read: datetime | None = None
        self._shelf: tuple[UUID | None, object] | None = None

    def keep(self, *, now: datetime) -> bool:
        """Reads what is about to be too old and what was changed; answers whether anything was. One statement if not."""
        changed = False
        if self._read is None or not timedelta(0) <= now - self._read < REREAD:
            catalogue.refresh_pool(now=now)
            experience.refresh(now=now)
            self._read, changed = now, True
        stamp = next((found for (found,) in rows("SELECT stamp FROM customers_cataloguestamp")), None)
        today = timezone.localdate(now)
        if self._shelf != (stamp, today):
            advice.ready(shelf.on_sale(stamp=stamp, today=today))
            self._shelf, changed = (stamp, today), True
        return changed
