"""manage.py train_uplift: who stayed with a gift and who without, and what may be claimed of it; as every night."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from callcenter.foundation.clock import db_now
from customers.offers.trials import operations, queries


class Command(BaseCommand):
    help = "Label the trials of gifts and learn what a gift changes. The card stands on /floor/offers/."

    def handle(self, *args: Any, **options: Any) -> None:
        verdict = operations.learn(now=db_now())
        card = queries.trials().card
        self.stdout.write(f"{verdict}: {card['given']} with a gift, {card['left']} without")
        effect = card.get("effect")
        if effect:
            self.stdout.write("effect {value:+.3f} ({low:+.3f} … {high:+.3f})".format(**effect))
        for name in ("qini", "qini_of_staying", "qini_apart"):
            if card.get(name):
                self.stdout.write(f"{name} " + "{value:+.5f} ({low:+.5f} … {high:+.5f})".format(**card[name]))
        for place, third in enumerate(card.get("thirds") or (), start=1):
            self.stdout.write(f"third {place} " + "{value:+.3f} ({low:+.3f} … {high:+.3f})".format(**third))
