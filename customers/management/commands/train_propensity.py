"""manage.py train_propensity: learn from the outcome log who says yes and keeps it; what Celery does every night."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from callcenter.foundation.clock import db_now
from customers.offers.learning import operations


class Command(BaseCommand):
    help = "Watch the models in use for drift and train each kind of action anew. Cards: /floor/offers/models/."

    def handle(self, *args: Any, **options: Any) -> None:
        found = operations.learn(now=db_now())
        for action, became in found.items():
            self.stdout.write(f"{action}: {became}")
        if not found:
            self.stdout.write("Nothing has been offered yet: there is nothing to learn from.")
