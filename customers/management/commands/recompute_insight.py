"""Compute insight of every customer now, as Celery does every night."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from callcenter.foundation.clock import db_now
from customers.insight.computing import compute
from customers.insight.tagging import install_rules


class Command(BaseCommand):
    help = "Compute facts, scores, levels and rule tags of every customer."

    def handle(self, *args: Any, **options: Any) -> None:
        now = db_now()
        install_rules(now=now)
        done = compute(now=now)
        self.stdout.write(
            f"{done.customers} customers in {done.seconds:.1f} s; tags +{done.tags_added} −{done.tags_removed};"
            f" {done.told} with a new level, tier or stage"
        )
