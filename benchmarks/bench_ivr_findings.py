"""Planted faults: how many of them stand among the first five findings, with the right node and kind; and false alarms."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import UTC
from pathlib import Path

from benchmarks.figures import Figure, measured
from ivr.flows.definition import Definition
from ivr.generator.habits import KINDS
from ivr.generator.logs import Log, generate, plant
from ivr.paths.comparing import site_days
from ivr.paths.findings import Finding, findings
from ivr.paths.measures import Selection

NAMES = ("ivr.planted_fault_recall", "ivr.planted_fault_named", "ivr.false_findings_per_clean_log")
SEEDS = {"full": 50, "default": 4}
CALLS = {"full": 200_000, "default": 60_000}
FIRST = 5
MENUS = Path(__file__).resolve().parent.parent / "ivr" / "flows" / "definitions" / "operator.json"


def look(log: Log, definition: Definition) -> tuple[Finding, ...]:
    return findings(Selection(log.store), definition, day=site_days(log.store.start, UTC))


def run(scale: str) -> Iterator[Figure]:
    definition = Definition(json.loads(MENUS.read_text(encoding="utf-8")))
    seen: Counter[str] = Counter()
    named: Counter[str] = Counter()
    false = 0
    for seed in range(SEEDS[scale]):
        false += len(look(generate(definition, calls=CALLS[scale], seed=10_000 + seed), definition))
        for kind in KINDS:
            fault = plant(definition, kind, seed=seed)
            first = look(generate(definition, calls=CALLS[scale], seed=seed, faults=(fault,)), definition)[:FIRST]
            seen[kind] += any(one.node == fault.node or one.kind == kind for one in first)
            named[kind] += any(one.node == fault.node and one.kind == kind for one in first)
    logs = SEEDS[scale]
    words = f"{logs} seeds × {len(KINDS)} kinds × {CALLS[scale]:,} calls; weakest {min(named, key=named.__getitem__)}"
    yield measured(NAMES[0], sum(seen.values()) / (logs * len(KINDS)), scale=words)
    yield measured(NAMES[1], sum(named.values()) / (logs * len(KINDS)), scale=words)
    yield measured(NAMES[2], false / logs, scale=f"{logs} logs of {CALLS[scale]:,} calls without a fault")


if __name__ == "__main__":
    for figure in run("full" if "--full" in sys.argv else "default"):
        print(f"{figure.name:36} {figure.value} {figure.unit} (target {figure.target}) {figure.scale}")
