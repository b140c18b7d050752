"""The hall's word on linking: the batch of the customers' room, with open calls following those who became one or two."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING

from celery import shared_task

from callcenter.foundation.clock import db_now
from callcenter.hall import customer

if TYPE_CHECKING:
    from customers.identity.linking.batch import Linked


def customers_linked(
    *, now: datetime, merge: bool = True, single: Iterable[str] = (), engine: str = "duckdb"
) -> Linked:  # fmt: skip
    """As `batch.link`; it merges and takes apart as a person would, so that open calls follow. Raises as it does."""
    from customers.identity.linking.batch import link  # its libraries are heavy: only who links loads them

    return link(
        now=now, merge=merge, single=single, engine=engine, make_one=customer.customers_merged,
        take_apart=customer.customers_unmerged,
    )  # fmt: skip


@shared_task(name="customers.link", time_limit=3600)
def link_customers() -> int:
    """Find customers who are one person; answers how many were merged. Nightly."""
    return customers_linked(now=db_now()).merged
