"""`python -m benchmarks.run [PREFIX]`: measure, print a table, write results.json.

A module `bench_*.py` beside this one takes part by two names:
    NAMES: tuple[str, ...]                      the figures it can give, all of them in figures.TARGETS
    run(scale: str) -> Iterable[Figure]         measures at "default" or "full" size
"""

from __future__ import annotations

import json
import os
import pkgutil
import sys
from collections.abc import Iterable, Iterator
from dataclasses import asdict, replace
from importlib import import_module
from pathlib import Path
from typing import Protocol

from rich.console import Console
from rich.table import Table

from benchmarks import burning
from benchmarks.figures import TARGETS, Figure, not_run

HERE = Path(__file__).resolve().parent
RESULTS = HERE / "results.json"
PACE = "a million additions before and after:"


class Bench(Protocol):
    """What a module of figures offers."""

    @property
    def NAMES(self) -> tuple[str, ...]: ...  # noqa: N802

    def run(self, scale: str) -> Iterable[Figure]: ...


def found() -> list[Bench]:
    names = sorted(module.name for module in pkgutil.iter_modules([str(HERE)]) if module.name.startswith("bench_"))
    return [import_module(f"benchmarks.{name}") for name in names]


def figures(benches: Iterable[Bench], *, only: str = "", scale: str = "default") -> Iterator[Figure]:
    """Every figure whose name starts with `only`, measured or with the reason why not."""
    homeless = dict.fromkeys(name for name in TARGETS if name.startswith(only))
    for bench in benches:
        wanted = [name for name in bench.NAMES if name.startswith(only)]
        if wanted:
            yield from _of(bench, wanted, scale)
        for name in wanted:
            homeless.pop(name, None)
    for name in homeless:
        yield not_run(name, "nothing here measures it")


def _of(bench: Bench, wanted: list[str], scale: str) -> Iterator[Figure]:
    """The wanted figures of one module; what it leaves out, or was about to measure when it failed, says so.

    Each says how fast the machine was before and after: no figure of a shared host can be read without.
    """
    missing = dict.fromkeys(wanted)
    reason = "its benchmark left it out"
    before = burning.pace_ms()
    try:
        for figure in bench.run(scale):
            if figure.name in missing:
                del missing[figure.name]
                yield figure if figure.value is None else _at_pace(figure, before)
    except Exception as error:  # one broken benchmark must not hide the others' figures
        reason = f"{type(error).__name__}: {error}".splitlines()[0]
    for name in missing:
        yield not_run(name, reason)


def _at_pace(figure: Figure, before_ms: float) -> Figure:
    return replace(figure, scale=f"{figure.scale}; {PACE} {before_ms:.0f} and {burning.pace_ms():.0f} ms")


def table(rows: Iterable[Figure]) -> Table:
    shown = Table(title="Figures", title_justify="left")
    for heading in ("name", "value", "unit", "target", "ok", "scale"):
        shown.add_column(heading, justify="right" if heading == "value" else "left", overflow="fold")
    for row in rows:
        value = "–" if row.value is None else f"{row.value:,.4g}" if row.value < 1000 else f"{row.value:,.0f}"
        verdict = {True: "[green]yes[/]", False: "[red]NO[/]", None: "–"}[row.ok]
        shown.add_row(row.name, value, row.unit, row.target, verdict, row.scale)
    return shown


def main(arguments: list[str]) -> int:
    only = arguments[0] if arguments else ""
    scale = os.environ.get("BENCH_SCALE", "default")
    if scale not in {"default", "full"}:
        print(f"BENCH_SCALE={scale} is not a size: write default or full.", file=sys.stderr)
        return 2
    console = Console()
    rows = []
    for figure in figures(found(), only=only, scale=scale):
        console.print(f"{figure.name}: {figure.scale if figure.value is None else f'{figure.value:g} {figure.unit}'}")
        rows.append(figure)
    if not rows:
        print(f"No figure starts with {only}.", file=sys.stderr)
        return 2
    RESULTS.write_text(json.dumps([asdict(row) for row in rows], indent=1, ensure_ascii=False) + "\n", "utf-8")
    console.print(table(rows))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
