"""Calls through small menus, as the path store takes them."""

from __future__ import annotations

from random import Random

from ivr.events import Outcome
from ivr.paths.packing import Packed
from ivr.paths.store import CallRow

OUTCOMES = [outcome.value for outcome in Outcome]


def visit(node: str, at: float = 0, dwell: float | None = 1, **more: object) -> Packed:
    facts: dict[str, object] = {
        "node": node, "at_ms": round(at * 1000), "dwell_ms": None if dwell is None else round(dwell * 1000), "key": "",
        "noinput": 0, "nomatch": 0, "badkey": 0, "zero_out_ms": None, "transferred": 0, "tasks_done": 0,
    }  # fmt: skip
    return Packed(**(facts | more))  # type: ignore[arg-type]


def call(nodes: str, outcome: str = "hangup", *, row: int = 0, start_s: float = 0, **more: object) -> CallRow:
    """One call through nodes of one letter, a second in each."""
    visits = [visit(node, at=place) for place, node in enumerate(nodes)]
    return CallRow(row, round(start_s * 1000), 1000 * len(nodes), outcome, visits, **more)  # type: ignore[arg-type]


def some_calls(random: Random, size: int, nodes: str = "abcdefg", longest: int = 9) -> list[CallRow]:
    """Calls with everything that may happen in them."""
    return [_some_call(random, row, nodes, longest) for row in range(size)]


def _some_call(random: Random, row: int, nodes: str, longest: int) -> CallRow:
    at, visits = 0, []
    for _ in range(random.randint(0, longest)):
        dwell = random.choice([None, random.randint(0, 40_000)])
        rare = (random.choice([0, 0, 0, 1]), random.choice([0, 0, 2]), random.choice([0, 0, 1]))
        visits.append(
            Packed(
                random.choice(nodes),
                at,
                dwell,
                random.choice(["", "1", "2", "*"]),
                *rare,
                random.choice([None, None, 1500]),
                random.choice([0, 0, 1]),
                random.choice([0, 0, 0, 1]),
                1,
                None if dwell is None else random.choice([None, dwell // 2]),
                random.choice([0, 1]),
            )
        )
        at += dwell or 0
    return CallRow(
        row, random.randint(0, 10**9), at, random.choice(OUTCOMES), visits, random.choice(["v/1", "v/2"]), "",
        random.choice(["", "billing", "sales"]), random.choice(["", "bill", "plan"]), random.choice(["", "bill", "plan"]),
        random.randint(0, 300), random.randint(0, 900), random.choice([None, 1, 2, 3, 4]),
        frozenset(random.sample(["vip", "minor", "heavy"], random.randint(0, 2))),
    )  # fmt: skip
