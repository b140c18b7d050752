"""A definition as arrays: who presses what where, when it is heard, and where it leads. Pure."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import numpy as np

from ivr.flows.advice import heard_at, spoken
from ivr.flows.definition import Definition
from ivr.paths.store import Array

NOWHERE = -1


@dataclass(frozen=True, kw_only=True, eq=False)
class Menus:
    """Nodes by number; choices of a node by their place in the spoken order."""

    nodes: tuple[str, ...]
    kinds: tuple[str, ...]
    reasons: tuple[str, ...]
    queues: tuple[str, ...]
    keys: tuple[str, ...]  # "" first
    root: int
    target: Array  # node × place, NOWHERE beyond the last
    key: Array  # node × place → number of the key
    stands_for: Array  # node × place → reason, NOWHERE if none
    heard_s: Array  # node × place: second at which it has been spoken
    prompt_s: Array  # node: all of it
    choices: Array  # node → how many
    right: Array  # node × reason → place that leads there, NOWHERE if none does
    way_on: dict[str, Array]  # next, on_timeout, on_error, back, zero_out → node, NOWHERE
    queue: Array  # node → number of the queue, NOWHERE


def menus_of(definition: Definition, *, language: str = "zh") -> Menus:
    """The arrays of a definition without faults."""
    nodes = tuple(definition.nodes)
    number = {key: place for place, key in enumerate(nodes)}
    content = [definition.nodes[key] for key in nodes]
    rows = [spoken(node) for node in content]
    width = max(1, *(len(row) for row in rows))
    reasons = tuple(definition.reasons)
    keys = ("", *sorted({choice["key"] for row in rows for choice in row}))
    queues = tuple(sorted({definition.queue(key) for key in nodes} - {""}))

    def table(of: str) -> Array:
        found = np.full((len(nodes), width), NOWHERE, np.int64)
        for at, row in enumerate(rows):
            for place, choice in enumerate(row):
                found[at, place] = {
                    "target": number[choice["target"]],
                    "key": keys.index(choice["key"]),
                    "reason": reasons.index(choice["reason"]) if choice.get("reason") else NOWHERE,
                }[of]
        return found

    heard = np.zeros((len(nodes), width))
    for at, node in enumerate(content):
        heard[at, : len(rows[at])] = [second for _, second in heard_at(node, language)]
    alone = np.array([float(node.get("prompt", {}).get(language, {}).get("seconds") or 1.0) for node in content])
    return Menus(
        nodes=nodes, kinds=tuple(node["kind"] for node in content), reasons=reasons, queues=queues, keys=keys,
        root=number[definition.root], target=table("target"), key=table("key"), stands_for=table("reason"),
        heard_s=heard, prompt_s=np.maximum(heard.max(axis=1), alone),
        choices=np.array([len(row) for row in rows]), right=_right(definition, nodes, reasons),
        way_on={
            way: np.array([number.get(node.get(way, ""), NOWHERE) for node in content])
            for way in ("next", "on_timeout", "on_error", "back", "zero_out")
        },
        queue=np.array([queues.index(one) if (one := definition.queue(key)) else NOWHERE for key in nodes]),
    )  # fmt: skip


def _right(definition: Definition, nodes: tuple[str, ...], reasons: tuple[str, ...]) -> Array:
    """For each node and reason the place of the choice on the shortest way to a choice that stands for the reason."""
    found = np.full((len(nodes), len(reasons)), NOWHERE, np.int64)
    leads: dict[str, list[tuple[str, int]]] = {}
    for key, node in definition.nodes.items():
        for place, choice in enumerate(spoken(node)):
            leads.setdefault(choice["target"], []).append((key, place))
    for which, reason in enumerate(reasons):
        waiting: deque[str] = deque()
        for key, node in definition.nodes.items():
            places = [place for place, choice in enumerate(spoken(node)) if choice.get("reason") == reason]
            if places:
                found[nodes.index(key), which] = places[0]
                waiting.append(key)
        while waiting:
            for key, place in leads.get(waiting.popleft(), ()):
                at = nodes.index(key)
                if found[at, which] == NOWHERE and key != "more":
                    found[at, which] = place
                    waiting.append(key)
    return found
