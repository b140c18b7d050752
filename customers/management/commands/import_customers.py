"""manage.py import_customers FILE --source crm: read a file of customers or of facts about them; after a kill it goes on."""

from __future__ import annotations

from django.core.management.base import CommandParser

from customers.imports import kinds
from customers.management.importing import FileCommand


class Command(FileCommand):
    help = "Import CSV, TSV, NDJSON, XLSX or Parquet. The same file twice changes nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--kind", choices=kinds.CODES, help="what its rows are; else what its columns speak of")
