"""manage.py erase_subject ID --purpose …: take away everything we hold about one person, and say what it was.

With --again instead of an id: erase anew whoever stands in the ledger and has come back with a restored backup.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser

from callcenter import hall
from callcenter.foundation import erasures
from callcenter.foundation.clock import db_now
from callcenter.foundation.errors import Refused
from customers import privacy


class Command(BaseCommand):
    help = "Erase one customer from every table. There is no way back."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("customer", type=UUID, nargs="?")
        parser.add_argument("--purpose", required=True, help="why, for the audit trail: the request's number")
        parser.add_argument("--again", action="store_true", help="after a restore: everybody in the ledger")

    def handle(self, *args: Any, **options: Any) -> None:
        if bool(options["customer"]) == options["again"]:
            raise CommandError("Name one customer, or say --again.")
        try:
            ids = list(erasures.noted()) if options["again"] else [options["customer"]]
        except ValueError as error:
            raise CommandError(str(error)) from error
        if options["again"]:
            ids = [each for each in ids if privacy.erased_again(customer_id=each)]
            self.stdout.write(f"{len(ids)} ids of the ledger have come back.")
        for each in ids:
            if not options["again"] or privacy.erased_again(customer_id=each):  # merged parts go together
                self._erase(each, options["purpose"])

    def _erase(self, customer: UUID, purpose: str) -> None:
        try:
            receipt, left = hall.customer.customer_erased(
                customer_id=customer, actor="command", purpose=purpose, now=db_now()
            )
        except Refused as refusal:
            raise CommandError(refusal.sentence) from refusal
        for table, count in sorted(receipt.removed.items()):
            self.stdout.write(f"{table}: {count} removed")
        self.stdout.write(f"{receipt.blocked} keys blocked. Still present: {left or 'nothing'}.")
