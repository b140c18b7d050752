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


def write(path: Path, rows: int) -> None:
    """GB18030, ten columns, one row in a thousand broken."""
    with path.open("w", encoding="gb18030", newline="") as out:
        out.write("编号,姓名,手机号,固话,邮箱,城市,出生日期,语言,微信,更新时间\n")
        for n in range(rows):
            name = SURNAMES[n % 10] + GIVEN[n // 10 % 20] + GIVEN[n // 200 % 20]
            phone = "12" if n % 1000 == 7 else f"139{n:08d}"
            out.write(f"{n},{name},{phone},,u{n}@example.com,广州,1980-03-{n % 28 + 1:02d},zh,,2026-01-01\n")


def bare_copy(path: Path) -> float:
    """Seconds of COPY of the same rows into an unindexed table of texts: what the disk and the wire cost."""
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TEMP TABLE bare ({', '.join(f'c{n} text' for n in range(10))})")
        began = time.perf_counter()
        with cursor.copy("COPY bare FROM STDIN (FORMAT csv, HEADER)") as out:
            for block in path.read_text("gb18030").splitlines(keepends=True):
                out.write(block)
        return time.perf_counter() - began


def main(rows: int, postmaster: int) -> None:
    django.setup()
    call_command("migrate", verbosity=0)
    from callcenter.foundation.clock import db_now
    from customers.imports import operations

    path = Path(os.environ["VAR_DIR"]) / "people.csv"
    write(path, rows)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began, cpu = time.perf_counter(), spent_cpu(postmaster)
    job = operations.prepare(path=path, source="crm", actor="bench", now=db_now())
    job = operations.run(job_id=job.pk, now=db_now())
    spent, cpu = time.perf_counter() - began, spent_cpu(postmaster) - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    assert job.checkpoint == rows == job.stored + job.refused, (job.checkpoint, job.stored, job.refused)
    used = spent_cpu(postmaster)
    copy = bare_copy(path)
    print(json.dumps({"spent": spent, "spent_cpu": cpu, "peak_mb": peak, "before_mb": before / 1024, "copy": copy,
                      "copy_cpu": spent_cpu(postmaster) - used}))  # fmt: skip


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "callcenter.settings")
    main(int(sys.argv[1]), int(sys.argv[2]))
