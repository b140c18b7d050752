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


def line(n: int) -> tuple[bytes, str]:
    """Row n as bytes, and what must become of it."""
    again = n > BACK
    match n % 1000:
        case 7:
            return row(n, phone="12").encode("gb18030"), "refused"
        case 13:
            return row(n).encode("utf-8"), "refused"
        case 17:
            return f"{n},欧阳,139\n".encode("gb18030"), "refused"
        case 19:
            return row(n).encode("gb18030").replace(b",u", b"\xff\xff,u"), "refused"
        case 23:
            return row(n, name='"=HYPERLINK(""http://example.com"",""x"")"').encode("gb18030"), "stored"
        case 29:
            return row(n, name='"欧阳').encode("gb18030"), "refused"
        case 30:
            return row(n).encode("gb18030"), "superseded"  # by the next row
        case 31:
            return row(n - 1, born="1990-01-01").encode("gb18030"), "stored"
        case 37 if again:
            return row(n % BACK, born=f"{1950 + n // BACK % 50}-01-01").encode("gb18030"), "updated"
        case 41 if again:
            return row(n % BACK, born="1999-01-01", at="2020-01-01").encode("gb18030"), "superseded"
        case 43 if again:
            return row(n % BACK).encode("gb18030"), "same"
        case 47:
            return row(n, born="1980-13-45").encode("gb18030"), "refused"
        case 59:
            return f"{n},,,,广州,,,\n".encode("gb18030"), "refused"
        case 61:
            return row(n, name="欧\x00阳").encode("gb18030"), "refused"
    return row(n).encode("gb18030"), "stored"


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
