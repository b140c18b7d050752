"""What a simulation came to, as tables of the terminal and as one HTML file."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from rich.console import Console
from rich.table import Table

from routing.simulation import plots
from routing.simulation.errors import Nearness
from routing.simulation.measures import DayFigures, Difference, difference, mean_of

Figure = Callable[[DayFigures], float | None]


@dataclass(frozen=True, kw_only=True)
class Column:
    """One figure of a day: heading, how it is written, and which way is better."""

    heading: str
    of: Figure
    is_share: bool
    more_is_better: bool

    def write(self, value: float | None) -> str:
        if value is None:
            return "–"
        return f"{100 * value:.1f} %" if self.is_share else f"{value:.1f} s"

    def write_difference(self, value: float) -> str:
        return f"{100 * value:+.2f}" if self.is_share else f"{value:+.2f}"


COLUMNS = (
    Column(heading="level 20 s", of=lambda day: day.level_20, is_share=True, more_is_better=True),
    Column(heading="level 60 s", of=lambda day: day.level_60, is_share=True, more_is_better=True),
    Column(heading="mean wait", of=lambda day: day.mean_wait_s, is_share=False, more_is_better=False),
    Column(heading="left", of=lambda day: day.abandoned, is_share=True, more_is_better=False),
    Column(heading="p50", of=lambda day: day.p50_s, is_share=False, more_is_better=False),
    Column(heading="p95", of=lambda day: day.p95_s, is_share=False, more_is_better=False),
    Column(heading="p99", of=lambda day: day.p99_s, is_share=False, more_is_better=False),
    Column(heading="occupancy", of=lambda day: day.occupancy, is_share=True, more_is_better=True),
    Column(heading="spread (CV)", of=lambda day: day.occupancy_cv, is_share=True, more_is_better=False),
)
JUDGED = COLUMNS[:4]  # what a gain or a loss is claimed for

Rows = tuple[list[str], list[list[str]]]


@dataclass(frozen=True, kw_only=True)
class Report:
    """Real days, played."""

    title: str
    base: str
    logged: Sequence[DayFigures]
    played: Mapping[str, Sequence[DayFigures]]
    near: Nearness | None
    least_lost: float | None


def figures(report: Report) -> Rows:
    """One line a policy, each day counting alike; the last line is what really happened."""
    lines = {**report.played, "the log itself": report.logged}
    body = [[name, *(column.write(mean_of(days, column.of)) for column in COLUMNS)] for name, days in lines.items()]
    return ["policy", *(column.heading for column in COLUMNS)], body


def differences(report: Report) -> Rows:
    """Every policy less the base, with the interval over days and what may be said."""
    body = []
    for name, days in report.played.items():
        for column in JUDGED if name != report.base else ():
            found = difference(ours=days, theirs=report.played[report.base], of=column.of)
            low, high = column.write_difference(found.low), column.write_difference(found.high)
            unit = "points" if column.is_share else "s"
            mean = column.write_difference(found.mean)
            body.append([name, f"{column.heading}, {unit}", mean, f"{low} … {high}", verdict(found, column)])
    return ["policy", "figure", f"less {report.base}", "95 % over days", "may be said"], body


def verdict(found: Difference, column: Column) -> str:
    """A gain or a loss only where the interval shows one."""
    if not found.is_real:
        return "no difference"
    return "better" if (found.mean > 0) == column.more_is_better else "worse"


def sentences(report: Report) -> list[str]:
    """What the tables do not say."""
    said = []
    if report.near is not None:
        near = report.near
        said.append(
            f"Simulation beside the log, {near.days} days: median error of the mean wait {100 * near.wait_error:.1f} %"
            f" (correlation {near.wait_correlation:.3f}), of the share who left {near.abandonment_error:.2f} points"
            f" (correlation {near.abandonment_correlation:.3f})."
        )
    if report.least_lost is not None:
        said.append(
            f"Fluid bound: with these agents, hour by hour, at least {100 * report.least_lost:.1f} % of callers are lost"
            " under any routing."
        )
    return said


def show(console: Console, report: Report) -> None:
    console.print(rich_table(report.title, figures(report)))
    if len(report.played) > 1:
        console.print(rich_table(f"Beside {report.base}, days drawn anew 2,000 times", differences(report)))
    for sentence in sentences(report):
        console.print(sentence)


def rich_table(title: str, rows: Rows) -> Table:
    head, body = rows
    shown = Table(title=title, title_justify="left")
    for number, heading in enumerate(head):
        shown.add_column(heading, justify="right" if number else "left", overflow="fold")
    for row in body:
        shown.add_row(*row)
    return shown


def as_html(report: Report) -> str:
    """The same with plots."""
    tables = plots.table(*figures(report))
    drawn: list[str] = []
    if len(report.played) > 1:
        tables += plots.table(*differences(report))
        drawn += [_forest(report, column) for column in JUDGED]
    if report.near is not None:
        first = next(iter(report.played.values()))
        pairs = zip(report.logged, first, strict=True)
        points = [(one.mean_wait_s, two.mean_wait_s) for one, two in pairs if one.mean_wait_s and two.mean_wait_s]
        drawn.append(plots.scatter(points, caption="Mean wait by day, seconds", across="log", up="simulated"))
    drawn.append(_curves(report))
    words = "".join(f"<p>{sentence}</p>" for sentence in sentences(report))
    return plots.page(report.title, tables=tables + words, plots=drawn)


def _forest(report: Report, column: Column) -> str:
    rows = []
    for name, days in report.played.items():
        if name != report.base:
            found = difference(ours=days, theirs=report.played[report.base], of=column.of)
            rows.append(plots.Interval(name=name, mean=found.mean, low=found.low, high=found.high))
    unit = "share" if column.is_share else "seconds"
    return plots.forest(rows, caption=f"{column.heading}: difference to {report.base}, 95 % over days", unit=unit)


def _curves(report: Report) -> str:
    """Share of days whose mean wait is no longer than so many seconds."""
    lines = {}
    for name, days in {**report.played, "log": report.logged}.items():
        waits = np.sort([day.mean_wait_s for day in days if day.mean_wait_s is not None])
        lines[name] = [(float(wait), (rank + 1) / len(waits)) for rank, wait in enumerate(waits)]
    return plots.curves(
        lines, caption="Share of days with a mean wait of at most", across="mean wait, seconds", up="share of days"
    )
