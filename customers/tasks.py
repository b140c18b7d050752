"""Work behind the scenes of the customers room."""

from __future__ import annotations

from celery import shared_task

from callcenter.foundation.clock import db_now
from customers.catalogue import operations as catalogue


@shared_task(name="customers.build_usage_pool")
def build_usage_pool() -> int:
    """Write the pool that saving promises are tried on. Runs every night."""
    return catalogue.build_pool(now=db_now())
