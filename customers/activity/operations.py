"""Days of use and stay that lie in a folder come in with the night; what is old, or not allowed any more, is forgotten."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db import connection
from django.utils import timezone

from callcenter.foundation.errors import Refused
from customers.activity.meaning import LOOKED_BACK_DAYS
from customers.imports import operations as imports

logger = logging.getLogger(__name__)
SOURCE = "activity"  # under which they stand among the imports
_FORGET = """
DELETE FROM customers_activity AS held WHERE day <= %(oldest)s OR CASE kind
    WHEN 'stay' THEN NOT EXISTS (SELECT FROM customers_consent AS yes WHERE yes.customer_id = held.customer_id
        AND yes.purpose = 'places' AND yes.state = 'granted' AND (yes.until IS NULL OR yes.until > %(now)s))
    ELSE EXISTS (SELECT FROM customers_consent AS no WHERE no.customer_id = held.customer_id
        AND no.purpose = 'profiling' AND no.state = 'refused') END
"""


def take_newest(*, now: datetime) -> int:
    """Every file in `VAR_DIR/activity`, oldest first, each deleted when stored; answers how many days are new or corrected.

    A file that makes no sense stays there as `….refused`, and the log says why.
    """
    stored = 0
    for path in sorted((Path(settings.VAR_DIR) / "activity").glob("*.csv"), key=lambda one: one.stat().st_mtime):
        try:
            job = imports.take_in(path=path, source=SOURCE, kind="activity", actor="nightly", now=now)
        except Refused as refusal:  # the night goes on without it
            logger.warning("file_refused", extra={"source": SOURCE, "file_name": path.name, "why": refusal.sentence})
            path.rename(path.with_name(f"{path.name}.refused"))
            continue
        stored += job.stored + job.updated
        path.unlink()
    return stored


def forget(*, now: datetime) -> int:
    """Take away days that are too old, and those of people who do not allow them any more; answers how many."""
    oldest = timezone.localdate(now) - timedelta(days=LOOKED_BACK_DAYS)
    with connection.cursor() as cursor:
        cursor.execute(_FORGET, {"oldest": oldest, "now": now})
        return int(cursor.rowcount)
