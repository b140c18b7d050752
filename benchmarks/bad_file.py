"""A file as bad as they come, and what must be said of it; run in a process of its own it is imported and judged.

    python -m benchmarks.bad_file ROWS

GB18030 with rows in UTF-8, bytes that are no text, zero bytes, forgotten quotation marks, missing columns, formulas, numbers
and dates that cannot be, ids twice in a chunk and again far behind, older words on known ids, documents that contradict
the date of birth. The counts are written down while the file is, row by row, by what each row is.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import django
from django.core.management import call_command

HEADER = "编号,姓名,手机号,邮箱,城市,出生日期,身份证号,更新时间\n"
BACK = 20_000  # rows between a key and what is said of it again: two chunks
CITIES = ("广州", "深圳", "成都", "上海")


def row(key: int, *, born: str = "1980-03-07", at: str = "2026-01-01", name: str = "", phone: str = "") -> str:
    spelled = name or f"欧阳{CITIES[key % 4]}"
    number = phone or f"139{key:08d}"
    paper = f"440106{1970 + key % 30}0307{key % 1000:03d}X" if key % 1000 == 53 else ""
    return f"{key},{spelled},{number},u{key}@example.com,{CITIES[key % 3]},{born},{paper},{at}\n"


def gb(text: str) -> bytes:
    return text.encode("gb18030")


Fault = tuple[Callable[[int], bytes], str]
# By the last three digits of a row's number: how it is written, and what must become of it.
FAULTS: dict[int, Fault] = {
    7: (lambda n: gb(row(n, phone="12")), "refused"),
    13: (lambda n: row(n).encode("utf-8"), "refused"),
    17: (lambda n: gb(f"{n},欧阳,139\n"), "refused"),
    19: (lambda n: gb(row(n)).replace(b",u", b"\xff\xff,u"), "refused"),
    23: (lambda n: gb(row(n, name='"=HYPERLINK(""http://example.com"",""x"")"')), "stored"),
    29: (lambda n: gb(row(n, name='"欧阳')), "refused"),
    30: (lambda n: gb(row(n)), "superseded"),  # by the next row
    31: (lambda n: gb(row(n - 1, born="1990-01-01")), "stored"),
    47: (lambda n: gb(row(n, born="1980-13-45")), "refused"),
    59: (lambda n: gb(f"{n},,,,广州,,,\n"), "refused"),
    61: (lambda n: gb(row(n, name="欧\x00阳")), "refused"),
}
# Further on in the file, said of keys of its beginning.
AGAIN: dict[int, Fault] = {
    37: (lambda n: gb(row(n % BACK, born=f"{1950 + n // BACK % 50}-01-01")), "updated"),
    41: (lambda n: gb(row(n % BACK, born="1999-01-01", at="2020-01-01")), "superseded"),
    43: (lambda n: gb(row(n % BACK)), "same"),
}


def line(n: int) -> tuple[bytes, str]:
    """Row n as bytes, and what must become of it."""
    fault = FAULTS.get(n % 1000) or (AGAIN.get(n % 1000) if n > BACK else None)
    return (fault[0](n), fault[1]) if fault else (gb(row(n)), "stored")


def write(path: Path, rows: int) -> Counter[str]:
    expected: Counter[str] = Counter()
    with path.open("wb") as out:
        out.write(HEADER.encode("gb18030"))
        for n in range(1, rows + 1):
            content, fate = line(n)
            out.write(content)
            expected[fate] += 1
    return expected


def main(rows: int) -> None:
    django.setup()
    call_command("migrate", verbosity=0)
    from callcenter.foundation.clock import db_now
    from customers.imports import operations, queries

    path = Path(os.environ["VAR_DIR"]) / "bad.csv"
    expected = write(path, rows)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began = time.perf_counter()
    job = operations.prepare(path=path, source="crm", actor="bench", now=db_now())
    job = operations.run(job_id=job.pk, now=db_now())
    spent = time.perf_counter() - began
    told = {name: getattr(job, name) for name in ("stored", "updated", "same", "superseded", "refused")}
    given_back = sum(1 for _line in queries.errors_file(job_id=job.pk)) - 1
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    off = (
        sum(abs(told[name] - expected[name]) for name in told)
        + abs(job.checkpoint - rows)
        + abs(given_back - job.refused)
    )
    print(json.dumps({"off": off, "told": told, "expected": dict(expected), "spent": spent, "sentence": job.sentence,
                      "before_mb": before / 1024, "peak_mb": peak / 1024}))  # fmt: skip


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "callcenter.settings")
    main(int(sys.argv[1]))
