"""Work behind the scenes of the ivr room."""

from __future__ import annotations

from celery import shared_task
from django.utils.timezone import get_default_timezone

from callcenter.foundation.clock import db_now
from ivr.intake import operations
from ivr.intent import operations as intents
from ivr.reporting import operations as reporting


@shared_task(name="ivr.close_silent")
def close_silent() -> int:
    """Close sessions that have been silent for 30 minutes. Runs every minute."""
    return operations.close_silent(now=db_now())


@shared_task(name="ivr.weekly_reports")
def weekly_reports() -> int:
    """Last week's report of each flow, made once. Runs Mondays; a beat that was missed is made up by the next."""
    return reporting.make_weekly(zone=get_default_timezone(), now=db_now())


@shared_task(name="ivr.train_intent")
def train_intent() -> str:
    """Learn the reasons of calls anew. Runs every night; says why where there is nothing to learn."""
    try:
        number, _card = intents.train(now=db_now())
    except intents.UnableToLearn as refused:
        return refused.sentence
    return f"model {number}"
