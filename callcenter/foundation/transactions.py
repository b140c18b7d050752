"""A piece of work as one transaction, for doors: retried where the database asks for it, never half done."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from django.db import connection, transaction

from callcenter.foundation.commands import command

Answer = TypeVar("Answer")


def in_one_transaction(act: Callable[[], Answer], *, frozen: bool = False) -> Answer:
    """Run `act` in one transaction; on deadlock and the like the whole of it again (commands.command).

    `frozen` gives it one unchanging view of the database (REPEATABLE READ): what it read first cannot have been changed
    by others when it writes. Only for the outermost transaction. Inside another one it is undone by itself alone.
    """
    if connection.in_atomic_block:
        with transaction.atomic():
            return act()

    @command
    def run() -> Answer:
        if frozen:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        return act()

    return run()
