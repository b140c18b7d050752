"""manage.py import_activity FILE: days of use and stay, for interests and places."""

from __future__ import annotations

from customers.activity.operations import SOURCE
from customers.management.importing import FileCommand


class Command(FileCommand):
    help = "Store days (number, day, kind content|stay, what, part night|work for stays, times)."
    kind = "activity"
    source = SOURCE
