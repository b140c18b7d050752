"""Making reports: on demand, and by the calendar."""

from __future__ import annotations

from datetime import datetime, timedelta, tzinfo

from django.db import transaction

from callcenter.foundation.blocks import stored
from callcenter.foundation.errors import Invalid
from ivr.flows import queries as flows
from ivr.reporting import mailing
from ivr.reporting.blocks import blocks
from ivr.reporting.models import IvrReport

SCHEDULE = "schedule"
LONGEST = timedelta(weeks=13)
WEEK = timedelta(days=7)


def make(*, flow: str, since: datetime, until: datetime, by: str, zone: tzinfo, now: datetime) -> int:
    """The report of a window, kept. Raises NotFound for a flow unheard of, Invalid for a window without length."""
    if not timedelta(days=1) <= until - since <= LONGEST:
        raise Invalid("A report is made of one day to thirteen weeks.", field="/weeks")
    heard = flows.published(key=flow)
    made = stored(blocks(flow=flow, since=since, until=until, zone=zone, now=now))
    row = IvrReport.objects.create(
        flow=flow, version=heard.number, since=since, until=until, made_at=now, made_by=by, blocks=made
    )
    return row.pk


def make_weekly(*, zone: tzinfo, now: datetime) -> int:
    """Last week's report of every flow that callers hear, each once, on its way to its recipients. How many were made."""
    local = now.astimezone(zone)
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    until = midnight - timedelta(days=local.weekday())
    made = 0
    for flow in flows.flows():
        window = {"flow": flow.flow, "since": until - WEEK, "until": until}
        if not IvrReport.objects.filter(made_by=SCHEDULE, **window).exists():
            with transaction.atomic():
                report = make(flow=flow.flow, since=until - WEEK, until=until, by=SCHEDULE, zone=zone, now=now)
                mailing.post(report_id=report, now=now)
            made += 1
    return made
