"""Slow work of the menus' pages."""

from __future__ import annotations

from celery import shared_task

from callcenter import hall
from callcenter.foundation.clock import db_now
from callcenter.ivr_pages import post


@shared_task(name="ivr_pages.import_path_events", time_limit=3600)
def import_path_events(job_id: int) -> None:
    """Read a file of path events to its end; a run that died goes on from its checkpoint."""
    hall.path_logs.run(job_id=job_id, now=db_now())


@shared_task(name="ivr_pages.post_reports")
def post_reports() -> int:
    """Send the letters that are due; how many went. Runs every minute."""
    return post.send_due(clock=db_now)
