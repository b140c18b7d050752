"""Work behind the scenes of the API."""

from __future__ import annotations

from celery import shared_task

from callcenter.foundation import idempotency
from callcenter.foundation.clock import db_now


@shared_task(name="telephony.forget_answers")
def forget_answers() -> int:
    """Forget answers kept under an Idempotency-Key for longer than a day. Runs every ten minutes."""
    return idempotency.forget_expired(now=db_now())
