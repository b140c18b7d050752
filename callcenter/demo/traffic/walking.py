"""One caller's way through published menus: what they hear, press and get wrong, step by step with its seconds. Pure."""

from __future__ import annotations

from collections import deque
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from random import Random
from typing import Any

Node = dict[str, Any]

KNOWS_THE_WAY = 0.86  # presses the key that leads to what they want
LISTENS_ON = 0.04  # presses nothing the first time
WRONG_KEY = 0.03
ASKS_FOR_A_PERSON = 0.06  # at a menu, by the escape key
LOSES_PATIENCE = 0.025  # hangs up in the middle of a menu
TASK_WORKS = 0.82
LONGEST_WALK = 14  # nodes; who is still here hangs up


@dataclass(frozen=True, kw_only=True)
class Step:
    """Something that happens in a node, `after_s` the step before."""

    after_s: float
    kind: str  # a kind of ivr.events
    node: str
    key: str = ""
    task: str = ""


@dataclass(frozen=True, kw_only=True)
class Ending:
    """Where the walk leads: a queue, or nowhere because the caller has hung up."""

    queue: str = ""


class Menus:
    """The menus as callers know them."""

    def __init__(self, definition: dict[str, Any]) -> None:
        self.flow: str = definition["flow"]
        self.entry: str = definition["entries"][0]
        self.root: str = definition["root"]
        self.reasons: list[str] = [reason["code"] for reason in definition.get("reasons", ())] or [""]
        self.nodes: dict[str, Node] = {node["key"]: node for node in definition["nodes"]}
        self._ways: dict[str, dict[str, str]] = {}

    def walk(self, *, reason: str, language: str, rng: Random) -> Iterator[Step | Ending]:
        """The steps of a caller with this reason, ended by one Ending."""
        at = self.root
        for _ in range(LONGEST_WALK):
            node = self.nodes[at]
            yield Step(after_s=0.3, kind="enter", node=at)
            target = yield from self._act(node, reason, language, rng)
            if isinstance(target, Ending):
                yield target
                return
            at = target
        yield Ending()

    def straight_to_a_person(self) -> Iterator[Step | Ending]:
        """A caller who knows the escape key and uses it at once."""
        node = self.nodes[self.root]
        way_out = self.nodes[node["zero_out"]]
        yield Step(after_s=0.0, kind="enter", node=self.root)
        yield Step(after_s=0.4, kind="zero_out", node=self.root, key="0")
        yield Step(after_s=0.1, kind="enter", node=way_out["key"])
        yield Step(after_s=0.0, kind="transfer", node=way_out["key"], key=way_out["queue"])
        yield Ending(queue=way_out["queue"])

    def _act(self, node: Node, reason: str, language: str, rng: Random) -> Generator[Step, None, str | Ending]:
        """What the caller does in this node; returns the next node's key or an Ending."""
        kind, key = node["kind"], node["key"]
        heard = float(node.get("prompt", {}).get(language, {}).get("seconds", 2.0))
        if kind == "transfer":
            yield Step(after_s=heard, kind="transfer", node=key, key=node["queue"])
            return Ending(queue=node["queue"])
        if kind == "end":
            return Ending()
        if kind == "menu":
            return (yield from self._choose(node, heard, reason, language, rng))
        if kind == "task":
            return (yield from self._task(node, heard, rng))
        yield Step(after_s=heard, kind="prompt_end", node=key)
        if kind == "input":
            yield Step(after_s=rng.uniform(4, 10), kind="key", node=key, key="#")
        return str(node["next"])

    def _choose(
        self, node: Node, heard: float, reason: str, language: str, rng: Random
    ) -> Generator[Step, None, str | Ending]:
        key = node["key"]
        if rng.random() < LOSES_PATIENCE:
            yield Step(after_s=rng.uniform(1, heard + 4), kind="hangup", node=key)
            return Ending()
        if rng.random() < LISTENS_ON:
            yield Step(after_s=heard + node["timeout_s"], kind="noinput", node=key)
            heard = 1.0
        if rng.random() < WRONG_KEY:
            yield Step(after_s=heard + 1, kind="badkey", node=key, key="7")
            heard = 1.0
        if rng.random() < ASKS_FOR_A_PERSON and node.get("zero_out"):
            yield Step(after_s=heard * rng.uniform(0.3, 1), kind="zero_out", node=key, key="0")
            return str(node["zero_out"])
        choice = self._choice(node, reason, language, rng)
        read_out = sum(
            other["seconds"][language] for other in node["choices"] if other["position"] <= choice["position"]
        )
        yield Step(
            after_s=heard + read_out * rng.uniform(0.5, 1) + rng.expovariate(1.2),
            kind="key",
            node=key,
            key=choice["key"],
        )
        return str(choice["target"])

    def _task(self, node: Node, heard: float, rng: Random) -> Generator[Step, None, str | Ending]:
        key = node["key"]
        yield Step(after_s=0.2, kind="task_start", node=key, task=key)
        works = rng.random() < TASK_WORKS
        yield Step(after_s=heard + rng.uniform(1, 5), kind="task_ok" if works else "task_fail", node=key, task=key)
        return str(node["next"] if works else node.get("on_error", node["next"]))

    def _choice(self, node: Node, reason: str, language: str, rng: Random) -> Node:
        choices: list[Node] = node["choices"]
        if node["key"] == self.root:
            return choices[1] if language == "en" else choices[0]
        if node["key"] == "more":
            return rng.choices(choices, [0.15, 0.7, 0.15])[0]
        wanted = self._way(reason).get(node["key"])
        right = [choice for choice in choices if choice["key"] == wanted]
        return right[0] if right and rng.random() < KNOWS_THE_WAY else rng.choice(choices)

    def _way(self, reason: str) -> dict[str, str]:
        """For each menu, the key of the shortest way to a choice that stands for this reason."""
        if reason not in self._ways:
            self._ways[reason] = self._find_way(reason)
        return self._ways[reason]

    def _find_way(self, reason: str) -> dict[str, str]:
        way: dict[str, str] = {}
        ends: deque[str] = deque()
        for node in self.nodes.values():
            for choice in node.get("choices", ()):
                if choice["reason"] == reason and node["key"] not in way:
                    way[node["key"]] = choice["key"]
                    ends.append(node["key"])
        while ends:
            goal = ends.popleft()
            for node in self.nodes.values():
                for choice in node.get("choices", ()):
                    if choice["target"] == goal and node["key"] not in way and node["key"] != "more":
                        way[node["key"]] = choice["key"]
                        ends.append(node["key"])
        return way
