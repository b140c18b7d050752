"""Work behind the scenes of the ivr room."""

from __future__ import annotations

from celery import shared_task

from callcenter.foundation.clock import db_now
from ivr.intake import operations


@shared_task(name="ivr.close_silent")
def close_silent() -> int:
    """Close sessions that have been silent for 30 minutes. Runs every minute."""
    return operations.close_silent(now=db_now())
