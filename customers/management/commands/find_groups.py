"""manage.py find_groups: households, campuses and enterprises in what people share, proposed at /customers/households/."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from callcenter.foundation.clock import db_now
from customers.households.operations import propose


class Command(BaseCommand):
    help = "Find people who share landline, address, payer or broadband; a person decides, nobody is merged."

    def handle(self, *args: Any, **options: Any) -> None:
        done = propose(now=db_now())
        self.stdout.write(f"{done.found} groups found: {done.fresh} new, {done.gone} no longer there.")
