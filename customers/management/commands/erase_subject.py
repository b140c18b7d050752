"""manage.py erase_subject ID --purpose …: take away everything we hold about one person, and say what it was."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser

from callcenter.foundation.clock import db_now
from callcenter.foundation.errors import Refused
from customers import privacy
from customers.models import Identifier


class Command(BaseCommand):
    help = "Erase one customer from every table. There is no way back."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("customer", type=UUID)
        parser.add_argument("--purpose", required=True, help="why, for the audit trail: the request's number")

    def handle(self, *args: Any, **options: Any) -> None:
        known = list(Identifier.objects.filter(customer=options["customer"]).values_list("value", flat=True))
        shared = set(Identifier.objects.filter(value__in=known).exclude(customer=options["customer"])
                     .values_list("value", flat=True))  # fmt: skip
        try:
            receipt = privacy.erase(
                customer_id=options["customer"], actor="command", purpose=options["purpose"], now=db_now()
            )
        except Refused as refusal:
            raise CommandError(refusal.sentence) from refusal
        for table, count in sorted(receipt.removed.items()):
            self.stdout.write(f"{table}: {count} removed")
        left = privacy.still_present(values=[value for value in known if value not in shared])
        self.stdout.write(f"{receipt.blocked} keys blocked. Still present: {left or 'nothing'}.")
