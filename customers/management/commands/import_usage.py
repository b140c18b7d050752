"""manage.py import_usage FILE: closed months of use and bills (docs/operations/catalogue.md)."""

from __future__ import annotations

from customers.catalogue import metering
from customers.imports.models import ImportJob
from customers.management.importing import FileCommand


class Command(FileCommand):
    help = "Store closed months of use and bills; rows that cannot be right are kept apart, all others are stored."
    kind = "usage"
    source = "billing"

    def after(self, job: ImportJob) -> str:
        """Who has a month missing in between."""
        missing = metering.gaps(job=job.pk)
        return (
            f" {missing} customers have a month missing in between: nothing is promised over a gap." if missing else ""
        )
