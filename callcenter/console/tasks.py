"""What Celery does for the desk."""

from __future__ import annotations

from celery import shared_task

from callcenter.console import drafts
from callcenter.foundation.clock import db_now


@shared_task(name="console.settle_left_notes")
def settle_left_notes() -> int:
    """Put notes whose wrap-up ran out on the customer's timeline; answers how many. Each minute."""
    return drafts.settle_left(now=db_now())
