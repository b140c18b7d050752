"""Counting paths: the unrolled picture, loops and the waterfall, all from every path handed in. Pure.

The picture may be trimmed (8 steps, 12 nodes a step), the numbers never: what is not drawn by name stands in "Other"
and in "goes on", and into every node goes as much as comes out of it or ends there.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from ivr.events import Outcome
from ivr.paths.packing import Packed

DEPTH = 8  # steps drawn
WIDTH = 12  # nodes drawn by name in a step
OTHER = "~other"  # the nodes of a step that are not drawn by name
GOES_ON = "~goes_on"  # calls with more steps than are drawn
END = "~"  # "~agent", "~task" …: the end of a call, drawn in the step after its last node


@dataclass(frozen=True)
class Walk:
    """One closed path, ready to be counted."""

    outcome: str
    visits: Sequence[Packed]


@dataclass(frozen=True, kw_only=True)
class Place:
    """One node of the picture: a menu node, "Other", or an end, at one step."""

    step: int  # 1 = first
    node: str
    calls: int
    ended: int = 0  # of them, ended right here; the others go on along the ways

    @property
    def id(self) -> str:
        return f"{self.step}:{self.node}"


@dataclass(frozen=True, kw_only=True)
class Way:
    """Calls that went from one place to another."""

    step: int  # of the source
    source: str
    target: str
    calls: int
    share: float  # of the calls at the source, 0–1

    @property
    def source_id(self) -> str:
        return f"{self.step}:{self.source}"

    @property
    def target_id(self) -> str:
        return f"{self.step + 1}:{self.target}"


@dataclass(frozen=True, kw_only=True)
class Loop:
    """A node that calls came back to without having done a task in between."""

    node: str
    form: str  # self: heard again at once; back: through other nodes; restart: back at the root
    calls: int
    times: int
    seconds: float  # from the one entry to the next, all added up


@dataclass(frozen=True, kw_only=True)
class Row:
    """One node of the waterfall table. Shares are of visits; None where there is nothing to divide by."""

    node: str
    visits: int
    calls: int
    reach: float  # calls / all calls
    drop_off: float | None  # hung up here without a task
    zero_out: float | None  # asked for a person
    zero_out_s: float | None  # median seconds from the entry until then
    transfer: float | None  # left for a queue from here
    no_input: float | None
    no_match: float | None
    bad_key: float | None
    mean_s: float | None
    median_s: float | None
    p95_s: float | None


@dataclass(kw_only=True)
class _Tally:
    visits: int = 0
    calls: int = 0
    dropped: int = 0
    no_input: int = 0
    no_match: int = 0
    bad_key: int = 0
    transfers: int = 0
    dwell: list[int] = field(default_factory=list)
    zero_outs: list[int] = field(default_factory=list)


def outcomes(walks: Iterable[Walk]) -> dict[str, int]:
    """Calls by outcome, every outcome named; they add up to all calls."""
    counted = Counter(walk.outcome for walk in walks)
    return {outcome.value: counted[outcome.value] for outcome in Outcome}


def unroll(
    walks: Iterable[Walk], *, depth: int = DEPTH, width: int = WIDTH, final: frozenset[str] = frozenset()
) -> tuple[tuple[Place, ...], tuple[Way, ...]]:
    """Places and ways of the picture. Step k is a column, so that no menu that leads back makes a circle.

    `final` are nodes that are an end by themselves (transfers, farewells): no further end is drawn behind them.
    """
    routes: Counter[tuple[str, ...]] = Counter()
    for walk in walks:
        if walk.visits:
            routes[_route(walk, depth, final)] += 1
    named = _named(routes, depth, width)
    places: Counter[tuple[int, str]] = Counter()
    ended: Counter[tuple[int, str]] = Counter()
    ways: Counter[tuple[int, str, str]] = Counter()
    for route, calls in routes.items():
        drawn = [node if node in named[step] or node.startswith(END) else OTHER for step, node in enumerate(route)]
        for step, node in enumerate(drawn):
            places[step + 1, node] += calls
            if step:
                ways[step, drawn[step - 1], node] += calls
        ended[len(drawn), drawn[-1]] += calls
    return _places(places, ended), _ways(ways, places)


def _route(walk: Walk, depth: int, final: frozenset[str]) -> tuple[str, ...]:
    nodes = tuple(visit.node for visit in walk.visits[:depth])
    if len(walk.visits) > depth:
        return (*nodes, GOES_ON)
    if nodes[-1] in final and walk.outcome != Outcome.HANGUP:
        return nodes
    return (*nodes, f"{END}{walk.outcome}")


def _named(routes: Counter[tuple[str, ...]], depth: int, width: int) -> list[set[str]]:
    """The nodes drawn by name, step by step: the most walked; all of them if only one would be left over."""
    counts: list[Counter[str]] = [Counter() for _ in range(depth + 1)]
    for route, calls in routes.items():
        for step, node in enumerate(route):
            if not node.startswith(END):
                counts[step][node] += calls
    return [_most_walked(count, width + (len(count) == width + 1)) for count in counts]


def _most_walked(count: Counter[str], number: int) -> set[str]:
    return {node for node, _ in sorted(count.items(), key=lambda one: (-one[1], one[0]))[:number]}


def _places(places: Counter[tuple[int, str]], ended: Counter[tuple[int, str]]) -> tuple[Place, ...]:
    found = [
        Place(step=step, node=node, calls=calls, ended=ended[step, node]) for (step, node), calls in places.items()
    ]
    return tuple(sorted(found, key=lambda one: (one.step, one.node.startswith(END), -one.calls, one.node)))


def _ways(ways: Counter[tuple[int, str, str]], places: Counter[tuple[int, str]]) -> tuple[Way, ...]:
    found = [
        Way(step=step, source=source, target=target, calls=calls, share=calls / places[step, source])
        for (step, source, target), calls in ways.items()
    ]
    return tuple(sorted(found, key=lambda one: (one.step, -one.calls, one.source, one.target)))


def loops(walks: Iterable[Walk], *, roots: frozenset[str] = frozenset()) -> tuple[Loop, ...]:
    """Every return to a node without a task done between, by node and form; the costliest first."""
    times: Counter[tuple[str, str]] = Counter()
    calls: Counter[tuple[str, str]] = Counter()
    spent: Counter[tuple[str, str]] = Counter()
    for walk in walks:
        met: set[tuple[str, str]] = set()
        seen: dict[str, int] = {}  # node → when it was last entered, since the last task done
        for place, visit in enumerate(walk.visits):
            if visit.node in seen:
                at_once = place > 0 and walk.visits[place - 1].node == visit.node
                form = "self" if at_once else "restart" if visit.node in roots else "back"
                times[visit.node, form] += 1
                spent[visit.node, form] += max(0, visit.at_ms - seen[visit.node])
                met.add((visit.node, form))
            seen[visit.node] = visit.at_ms
            if visit.tasks_done:
                seen.clear()
        calls.update(met)
    found = [
        Loop(node=node, form=form, calls=calls[node, form], times=number, seconds=spent[node, form] / 1000)
        for (node, form), number in times.items()
    ]
    return tuple(sorted(found, key=lambda one: (-one.seconds, one.node, one.form)))


def waterfall(walks: Sequence[Walk]) -> tuple[Row, ...]:
    """A row per node, the most visited first. Drop-off: hang-ups whose last node this is, without a task done."""
    tallies: dict[str, _Tally] = defaultdict(lambda: _Tally())
    for walk in walks:
        for node in {visit.node for visit in walk.visits}:
            tallies[node].calls += 1
        for visit in walk.visits:
            _count(tallies[visit.node], visit)
        if walk.visits and walk.outcome == Outcome.HANGUP:
            tallies[walk.visits[-1].node].dropped += 1
    rows = [_row(node, tally, len(walks)) for node, tally in tallies.items()]
    return tuple(sorted(rows, key=lambda row: (-row.visits, row.node)))


def _count(tally: _Tally, visit: Packed) -> None:
    tally.visits += 1
    tally.no_input += visit.noinput
    tally.no_match += visit.nomatch
    tally.bad_key += visit.badkey
    tally.transfers += visit.transferred
    if visit.dwell_ms is not None:
        tally.dwell.append(visit.dwell_ms)
    if visit.zero_out_ms is not None:
        tally.zero_outs.append(visit.zero_out_ms)


def _row(node: str, tally: _Tally, calls: int) -> Row:
    dwell, zero_outs = sorted(tally.dwell), sorted(tally.zero_outs)

    def share(number: int) -> float | None:
        return number / tally.visits if tally.visits else None

    return Row(
        node=node,
        visits=tally.visits,
        calls=tally.calls,
        reach=tally.calls / calls,
        drop_off=share(tally.dropped),
        zero_out=share(len(zero_outs)),
        zero_out_s=quantile(zero_outs, 0.5),
        transfer=share(tally.transfers),
        no_input=share(tally.no_input),
        no_match=share(tally.no_match),
        bad_key=share(tally.bad_key),
        mean_s=sum(dwell) / len(dwell) / 1000 if dwell else None,
        median_s=quantile(dwell, 0.5),
        p95_s=quantile(dwell, 0.95),
    )


def quantile(ordered: Sequence[int], share: float) -> float | None:
    """Seconds at this share of ordered milliseconds, the lower of two neighbours; None without values."""
    return ordered[int(share * (len(ordered) - 1))] / 1000 if ordered else None
