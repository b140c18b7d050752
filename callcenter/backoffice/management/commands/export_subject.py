"""manage.py export_subject ID: everything every room holds about one person, as JSON, with an audit row."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser

from callcenter import hall
from callcenter.foundation.clock import db_now
from callcenter.foundation.errors import Refused


class Command(BaseCommand):
    help = "Print everything we hold about one customer as JSON, in clear."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("customer", type=UUID)
        parser.add_argument("--purpose", required=True, help="why, for the audit trail")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            told = hall.customer.customer_exported(
                customer_id=options["customer"], actor="command", purpose=options["purpose"], now=db_now()
            )
        except Refused as refusal:
            raise CommandError(refusal.sentence) from refusal
        self.stdout.write(json.dumps(told, ensure_ascii=False, indent=1))
