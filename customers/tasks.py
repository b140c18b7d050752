"""Slow and scheduled work of this room."""

from __future__ import annotations

from celery import shared_task

from callcenter.foundation.clock import db_now


@shared_task(name="customers.link", time_limit=3600)
def link_customers() -> int:
    """Find customers who are one person; answers how many were merged. Nightly."""
    from customers.identity.linking.batch import link

    return link(now=db_now()).merged
