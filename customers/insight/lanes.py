"""A night's work side by side: customers cut into ranges of their ids, each worked on in a connection of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction

from callcenter.foundation.redaction import take_time

Answer = TypeVar("Answer")
Range = dict[str, UUID]  # `first` and `last` id, both inside
EVERYBODY: Range = {"first": UUID(int=0), "last": UUID(int=2**128 - 1)}
# Sorts and hashes of a million rows stay in memory (contacts by customer and channel take 330 MB in each of two lanes);
# compiled expressions and workers of a lane's own cost more than they save; tables are joined whole by hashing, never row by
# row, which the planner holds for cheap while a first night fills them; and of their keys it need not know more than that
# they are many.
_SETTINGS = """
SET LOCAL work_mem = '128MB'; SET LOCAL hash_mem_multiplier = 4; SET LOCAL jit = off;
SET LOCAL max_parallel_workers_per_gather = 0; SET LOCAL enable_nestloop = off; SET LOCAL enable_mergejoin = off;
SET LOCAL default_statistics_target = 10
"""
_CUTS = "SELECT percentile_disc(%s::float8[]) WITHIN GROUP (ORDER BY id) FROM customers_customer"


def prepare(cursor: Any) -> None:
    """Let this transaction take the memory and the time of a night."""
    take_time()
    cursor.execute(_SETTINGS)


def ranges() -> list[Range]:
    """`first` and `last` id of as many ranges as there are lanes, of equally many customers; whole in a transaction."""
    lanes = 1 if connection.in_atomic_block else settings.INSIGHT_LANES
    with connection.cursor() as cursor:
        cursor.execute(_CUTS, [[n / lanes for n in range(1, lanes)]])
        (cuts,) = cursor.fetchone() or (None,)
    ends = sorted(set(cuts or ()) - {None})
    starts = [EVERYBODY["first"], *(UUID(int=end.int + 1) for end in ends)]
    return [{"first": first, "last": last} for first, last in zip(starts, [*ends, EVERYBODY["last"]], strict=True)]


def side_by_side(tasks: Iterable[Callable[[], Answer]]) -> list[Answer]:
    """What the tasks answer, in order; each a transaction of its own. Inside the caller's they run one by one in it."""
    if connection.in_atomic_block:
        return [task() for task in tasks]
    with ThreadPoolExecutor(settings.INSIGHT_LANES, thread_name_prefix="insight") as pool:
        return list(pool.map(_alone, tasks))


def _alone(task: Callable[[], Answer]) -> Answer:
    try:
        with transaction.atomic():
            return task()
    finally:
        connection.close()
