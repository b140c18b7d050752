"""The slow reference: the picture and the loops counted one call at a time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ivr.events import Outcome
from ivr.paths.counting import DEPTH, END, GOES_ON, OTHER, WIDTH, Place, Way
from ivr.paths.packing import Packed


@dataclass(frozen=True)
class Walk:
    """One closed path, ready to be counted."""

    outcome: str
    visits: Sequence[Packed]


@dataclass(frozen=True, kw_only=True)
class Loop:
    """A node that calls came back to without having done a task in between."""

    node: str
    form: str  # self: heard again at once; back: through other nodes; restart: back at the root
    calls: int
    times: int
    seconds: float  # from the one entry to the next, all added up


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
