"""`manage.py solve_prices`: what agents' time is worth now, for every queue of strategy `paired`."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from callcenter.foundation.clock import db_now
from routing.operations.pricing import solve_prices


class Command(BaseCommand):
    help = (
        "Price the learned tables of paired queues anew, by who came in the last hour and who is there (every 5 min)."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        said = solve_prices(now=db_now())
        for queue, sentence in said.items():
            self.stdout.write(f"{queue}: {sentence}")
        if not said:
            self.stdout.write("No queue is of strategy paired.")
