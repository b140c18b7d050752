"""`manage.py train_scores`: learn what pairs are worth, for every queue of strategy `paired`."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from callcenter.foundation.clock import db_now
from routing.operations.learning import train_scores


class Command(BaseCommand):
    help = "Learn what pairs of caller type and agent are worth from finished calls, for every paired queue."

    def handle(self, *args: Any, **options: Any) -> None:
        said = train_scores(now=db_now())
        for queue, sentence in said.items():
            self.stdout.write(f"{queue}: {sentence}")
        if not said:
            self.stdout.write("No queue is of strategy paired.")
