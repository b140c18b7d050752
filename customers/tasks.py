"""Work behind the scenes of the customers room."""

from __future__ import annotations

from celery import shared_task

from callcenter.foundation.clock import db_now
from customers.catalogue import operations as catalogue
from customers.offers import outcomes


@shared_task(name="customers.build_usage_pool")
def build_usage_pool() -> int:
    """Write the pool that saving promises are tried on. Runs every night."""
    return catalogue.build_pool(now=db_now())


@shared_task(name="customers.label_offers")
def label_offers() -> int:
    """Find out which yes has become an order, and which order was kept. Runs every night."""
    return outcomes.label(now=db_now())
