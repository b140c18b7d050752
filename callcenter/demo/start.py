"""The steps of `manage.py demo` before anything is served: database, static files, operator. Each is quick when done."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from kombu.exceptions import OperationalError

from callcenter.celery import app as celery
from callcenter.demo.operator import keys, seed
from callcenter.demo.operator.queues import DOMAIN
from callcenter.foundation.clock import db_now
from customers.clusters.models import ClusterRun

STATIC_MARK = ".collected"


def migrate() -> bool:
    """Bring the tables up to date; False if they were."""
    executor = MigrationExecutor(connection)
    if not executor.migration_plan(executor.loader.graph.leaf_nodes()):
        return False
    call_command("migrate", verbosity=0, interactive=False)
    return True


def collect_static() -> bool:
    """Gather and hash the static files; False if none has changed since."""
    mark = Path(settings.STATIC_ROOT) / STATIC_MARK
    digest = _digest()
    if mark.exists() and mark.read_text("utf-8") == digest:
        return False
    call_command("collectstatic", verbosity=0, interactive=False, clear=True)
    mark.write_text(digest, "utf-8")
    return True


def build_operator(*, customers: int, progress: Callable[[int], None]) -> bool:
    """Build the synthetic operator, with its switch; False if there is one."""
    if not seed.is_empty():
        return False
    seed.build(customers=customers, now=db_now(), progress=progress)
    keys.make_trunk(trunk=keys.TRUNK, domain=DOMAIN)
    return True


def ask_for_clusters(*, broker: str) -> None:
    """Have the worker search clusters where nobody has: its libraries take long to load, and no call waits for it.

    Where database or broker are just away nothing is asked: the next start does, and the week's end.
    """
    with suppress(DatabaseError, OperationalError):
        if not ClusterRun.objects.exists():
            with celery.connection_for_write(broker) as wire:
                celery.send_task("customers.clusters", connection=wire)


def _digest() -> str:
    """Of names, sizes and times of all static files: a second start need not read them."""
    seen = sha256()
    for finder in get_finders():
        for path, storage in finder.list([]):
            found = Path(storage.path(path)).stat()
            seen.update(f"{path}:{found.st_size}:{found.st_mtime_ns}\n".encode())
    return seen.hexdigest()
