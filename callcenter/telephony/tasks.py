"""Work behind the scenes of the API."""

from __future__ import annotations

from asgiref.sync import async_to_sync
from celery import shared_task
from django.conf import settings

from callcenter import hall
from callcenter.foundation import idempotency
from callcenter.foundation.clock import db_now
from callcenter.telephony import inspecting, lateness
from callcenter.telephony.dialects import silence
from callcenter.telephony.webhooks import courier, outbox, sending


@shared_task(name="telephony.forget_answers")
def forget_answers() -> int:
    """Forget answers kept under an Idempotency-Key for longer than a day. Runs every ten minutes."""
    return idempotency.forget_expired(now=db_now())


@shared_task(name="telephony.look_after_callbacks")
def look_after_callbacks() -> int:
    """Open callbacks that are due, read what became of tries, and see to those who wait after closing. Every five seconds."""
    now = db_now()
    return hall.callback.waiting_at_closing(now=now) + hall.callback.callbacks_looked_after(now=now)


@shared_task(name="telephony.carry_webhooks")
def carry_webhooks() -> int:
    """One round of the courier. Asked for every second; while a round runs, the next ones turn back at the door."""
    if not courier.take_lock():
        return 0
    try:
        return async_to_sync(_round)()
    finally:
        courier.release_lock()


async def _round() -> int:
    async with sending.Clients() as clients:
        return await courier.Courier(send=sending.sender(allowed=settings.WEBHOOK_ALLOW, clients=clients)).round()


@shared_task(name="telephony.sweep_webhooks")
def sweep_webhooks() -> int:
    """Forget old deliveries. Runs every ten minutes."""
    return outbox.sweep(now=db_now())


@shared_task(name="telephony.sweep_requests")
def sweep_requests() -> int:
    """Keep the inspector's table small. Runs every minute."""
    return inspecting.sweep(now=db_now())


@shared_task(name="telephony.consider_surveys")
def consider_surveys() -> int:
    """Decide for calls that ended ten minutes ago whether their callers are asked. Runs every minute."""
    return hall.survey.consider_ended_calls(now=db_now())


@shared_task(name="telephony.sweep_silent_callers")
def sweep_silent_callers() -> int:
    """Let go of callers whose platform does not ask for them any more, tell of late switches. Runs every ten seconds."""
    now = db_now()
    return silence.sweep(now=now) + lateness.look(now=now)
