"""One customer in one view, and who is reached by a number: milliseconds at size, and pages at ten times the size."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks import scratch
from benchmarks.figures import Figure, measured, not_run, percentile

NAMES = ("customers.view_ms.p99", "customers.lookup_ms.p99", "customers.view_growth_1e5_1e7")
# customers at first and in the end, contacts of each, probes
SIZES = {"full": (100_000, 1_000_000, 50, 5_000), "default": (5_000, 50_000, 10, 1_000)}


def run(scale: str) -> Iterator[Figure]:
    """By hand: `make bench ONLY=customers.view`."""
    small, large, rows, probes = SIZES[scale]
    try:
        with scratch.database() as environment:
            told = scratch.told("benchmarks.customer_view", small, large, rows, probes, environment=environment)
    except scratch.Failed as failure:
        yield from (not_run(name, str(failure)) for name in NAMES)
        return
    smaller = "" if scale == "full" else f", {1_000_000 // large} times fewer customers than named"
    words = f"{large:,} customers, {large * rows:,} contacts{smaller}, {probes:,} at random, best of {len(told['view'])} rounds"
    yield measured(NAMES[0], min(percentile(each, 0.99) for each in told["view"]), scale=words)
    yield measured(NAMES[1], min(percentile(each, 0.99) for each in told["lookup"]), scale=words)
    growth = told["pages_large"] / told["pages_small"]
    pages = f"pages of one view: {told['pages_small']:.1f} → {told['pages_large']:.1f}"
    yield measured(
        NAMES[2], growth, scale=f"{small:,} → {large:,} customers (named: 10⁵ → 10⁷), {rows} contacts each; {pages}"
    )
