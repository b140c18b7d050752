"""Run by bench_customers_import in a process of its own: imports a generated file and prints figures as JSON."""

from __future__ import annotations

import json
import os
import resource
import sys
import time
from pathlib import Path

import django
from django.core.management import call_command
from django.db import connection

from benchmarks.scratch import spent_cpu

SURNAMES, GIVEN = "王李张刘陈杨黄赵吴周", "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超霞平刚"
ROUNDS, COPIES = 5, 10
BLOCK = 1 << 16  # characters


def write(path: Path, rows: int, first: int = 0) -> None:
    """GB18030, ten columns, one row in a thousand broken; people number `first` and on."""
    with path.open("w", encoding="gb18030", newline="") as out:
        out.write("编号,姓名,手机号,固话,邮箱,城市,出生日期,语言,微信,更新时间\n")
        for n in range(first, first + rows):
            name = SURNAMES[n % 10] + GIVEN[n // 10 % 20] + GIVEN[n // 200 % 20]
            phone = "12" if n % 1000 == 7 else f"139{n:08d}"
            out.write(f"{n},{name},{phone},,u{n}@example.com,广州,1980-03-{n % 28 + 1:02d},zh,,2026-01-01\n")


def bare_copy(path: Path) -> None:
    """COPY of the same file into a table of texts that lasts and has no index: what reading, wire and log cost.

    Text goes to the server as it is read, in blocks, not line by line.
    """
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TABLE bare ({', '.join(f'c{n} text' for n in range(10))})")
        with (
            path.open(encoding="gb18030", newline="") as text,
            cursor.copy("COPY bare FROM STDIN (FORMAT csv, HEADER)") as out,
        ):
            while block := text.read(BLOCK):
                out.write(block)
        cursor.execute("DROP TABLE bare")


class Spent:
    """What something cost: seconds by the clock, and of processors, the server's and this process's."""

    def __init__(self, postmaster: int) -> None:
        self._postmaster, self._clock, self._cpu = postmaster, time.perf_counter(), spent_cpu(postmaster)

    def so_far(self) -> tuple[float, float]:
        return time.perf_counter() - self._clock, spent_cpu(self._postmaster) - self._cpu


def one_round(path: Path, postmaster: int) -> dict[str, float]:
    """A file imported, and then copied COPIES times: once alone is too short to be measured."""
    from callcenter.foundation.clock import db_now
    from customers.imports import operations

    began = Spent(postmaster)
    job = operations.prepare(path=path, source="crm", actor="bench", now=db_now())
    job = operations.run(job_id=job.pk, now=db_now())
    spent, cpu = began.so_far()
    assert job.state == job.State.DONE and job.stored and not job.same, (job.state, job.stored, job.same)
    began = Spent(postmaster)
    for _copy in range(COPIES):
        bare_copy(path)
    copy, copy_cpu = began.so_far()
    return {
        "rows": job.checkpoint, "spent": spent, "spent_cpu": cpu, "copy": copy / COPIES, "copy_cpu": copy_cpu / COPIES
    }  # fmt: skip


def main(rows: int, postmaster: int) -> None:
    """Rounds of import and COPY by turns, each of other people, so that what disturbs one of them disturbs both."""
    django.setup()
    call_command("migrate", verbosity=0)
    folder = Path(os.environ["VAR_DIR"])
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    rounds = []
    for n in range(ROUNDS):
        path = folder / f"people{n}.csv"
        write(path, rows // ROUNDS, n * rows // ROUNDS)
        rounds.append(one_round(path, postmaster))
        path.unlink()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    assert sum(one["rows"] for one in rounds) == rows, rounds
    print(json.dumps({"rounds": rounds, "peak_mb": peak, "before_mb": before}))


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "callcenter.settings")
    main(int(sys.argv[1]), int(sys.argv[2]))
