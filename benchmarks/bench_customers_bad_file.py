"""A file with every fault a file can have: does the report add up row by row, and in how much memory?"""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks import scratch
from benchmarks.figures import Figure, measured, not_run

NAMES = ("customers.import_bad_rows_off", "customers.import_bad_peak_mb")
ROWS = {"full": 1_000_000, "default": 50_000}


def run(scale: str) -> Iterator[Figure]:
    """By hand: `make bench ONLY=customers.import_bad`."""
    rows = ROWS[scale]
    try:
        with scratch.database() as environment:
            told = scratch.told("benchmarks.bad_file", rows, environment=environment)
    except scratch.Failed as failure:
        yield from (not_run(name, str(failure)) for name in NAMES)
        return
    smaller = "" if scale == "full" else f", {ROWS['full'] // rows} times fewer than named"
    counts = ", ".join(f"{count:,} {name}" for name, count in told["told"].items())
    words = f"{rows:,} rows with fourteen kinds of faults{smaller}: {counts}, in {told['spent']:.0f} s"
    yield measured(NAMES[0], told["off"], scale=words)
    yield measured(NAMES[1], told["peak_mb"], scale=f"{rows:,} rows; {told['before_mb']:.0f} MB before it began")
