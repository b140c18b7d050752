"""What Celery does for this door."""

from __future__ import annotations

from celery import shared_task

from callcenter.accounts import look_up_alarms
from callcenter.foundation.clock import db_now


@shared_task(name="accounts.consider_keys")
def consider_keys() -> int:
    """Tell of API keys that look up strangely many customers; answers how many alarms were raised. Each minute."""
    return look_up_alarms.consider_keys(now=db_now())
