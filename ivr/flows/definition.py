"""The exchange format of a flow of menus: canonical text, its faults, and what it says of nodes and choices. Pure.

Format: `{"flow", "languages", "root", "nodes": [{"key", "kind", "label", "prompt", "choices": [{"key", "position",
"label", "seconds", "target", "reason"}], "next", "on_timeout", "on_error", "back", "zero_out", "queue"}], "reasons"}`.
"""

from __future__ import annotations

import json
from collections import Counter, deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

KINDS = ("menu", "announcement", "input", "task", "transfer", "survey", "end")
# Where a node may lead besides its choices.
WAYS_ON = ("next", "on_timeout", "on_error", "back", "zero_out")

Json = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Fault:
    """One thing wrong with a definition: which node, which field, and a sentence."""

    node: str  # "" for the flow itself
    field: str
    sentence: str


@dataclass(frozen=True, kw_only=True)
class Label:
    en: str
    zh: str


@dataclass(frozen=True)
class Definition:
    """A definition as read by those who need labels, kinds and reasons."""

    content: Json = field(repr=False)

    @cached_property
    def nodes(self) -> dict[str, Json]:
        return {node["key"]: node for node in self.content["nodes"]}

    @cached_property
    def reasons(self) -> dict[str, Label]:
        return {reason["code"]: label(reason.get("label", {}), reason["code"]) for reason in self.content["reasons"]}

    @property
    def root(self) -> str:
        return str(self.content["root"])

    def label(self, node: str) -> Label:
        """The node's name in both languages; its key where the definition does not know it."""
        return label(self.nodes.get(node, {}).get("label", {}), node)

    def kind(self, node: str) -> str:
        """menu | announcement | input | task | transfer | survey | end; "" for a node that is not in the definition."""
        return str(self.nodes.get(node, {}).get("kind", ""))

    def queue(self, node: str) -> str:
        return str(self.nodes.get(node, {}).get("queue", ""))

    def reason(self, node: str, key: str, entered: str) -> str:
        """The reason a choice stands for: by the key pressed, else by the node it led to. "" if it stands for none."""
        choices: Sequence[Json] = self.nodes.get(node, {}).get("choices", ())
        by_key = next((choice for choice in choices if key and choice["key"] == key), None)
        if by_key is None and not key:
            leading = [choice for choice in choices if entered and choice["target"] == entered]
            by_key = leading[0] if len(leading) == 1 else None
        return str(by_key.get("reason", "")) if by_key else ""


def label(words: Json, otherwise: str) -> Label:
    en = str(words.get("en") or words.get("zh") or otherwise)
    return Label(en=en, zh=str(words.get("zh") or en))


def canonical(content: Json) -> bytes:
    """The one text of a definition: sorted keys, UTF-8, one space of indent. import(export(x)) = x byte for byte."""
    return (json.dumps(content, ensure_ascii=False, sort_keys=True, indent=1) + "\n").encode()


def faults(content: Json) -> list[Fault]:
    """Everything that keeps a definition from being published, each with its node and field."""
    found = list(_shape(content))
    if found:
        return found  # the graph can only be judged once every node is readable
    nodes = {node["key"]: node for node in content["nodes"]}
    languages = list(content["languages"])
    found += _roots(content, nodes)
    for node in content["nodes"]:
        found += _labels(node, languages)
        found += _choices(node, languages, nodes, {reason["code"] for reason in content["reasons"]})
        found += _ways_on(node, nodes)
    return [*found, *_graph(content, nodes)]


def _shape(content: Json) -> Iterator[Fault]:
    for name, kind in (("flow", str), ("languages", list), ("root", str), ("nodes", list), ("reasons", list)):
        if not isinstance(content.get(name), kind) or (not content[name] and name != "reasons"):
            yield Fault(node="", field=name, sentence=f"The flow needs {name!r}; it is missing or of another type.")
            return
    for place, node in enumerate(content["nodes"]):
        if not isinstance(node, dict) or not isinstance(node.get("key"), str) or not node["key"]:
            yield Fault(node="", field=f"nodes/{place}/key", sentence=f"Node number {place + 1} has no key.")
            return
        if node.get("kind") not in KINDS:
            kinds = ", ".join(KINDS)
            yield Fault(node=node["key"], field="kind", sentence=f"The kind must be one of {kinds}.")
        for choice in node.get("choices", ()):
            if not all(isinstance(choice.get(part), str) and choice[part] for part in ("key", "target")):
                yield Fault(node=node["key"], field="choices", sentence="Every choice needs a key and a target.")
    twice = Counter(node["key"] for node in content["nodes"]).most_common(1)
    if twice[0][1] > 1:
        yield Fault(node=twice[0][0], field="key", sentence=f"Two nodes bear the key {twice[0][0]!r}.")


def _roots(content: Json, nodes: Mapping[str, Json]) -> Iterator[Fault]:
    if content["root"] not in nodes:
        yield Fault(node="", field="root", sentence=f"The root {content['root']!r} is not among the nodes.")


def _labels(node: Json, languages: Sequence[str]) -> Iterator[Fault]:
    for language in languages:
        if not node.get("label", {}).get(language):
            yield Fault(node=node["key"], field=f"label/{language}", sentence=f"The node has no label in {language!r}.")


def _choices(node: Json, languages: Sequence[str], nodes: Mapping[str, Json], reasons: set[str]) -> Iterator[Fault]:
    choices: Sequence[Json] = node.get("choices", ())
    if node["kind"] == "menu" and not choices:
        yield Fault(node=node["key"], field="choices", sentence="A menu needs at least one choice.")
    for key, times in Counter(choice["key"] for choice in choices).items():
        if times > 1:
            yield Fault(node=node["key"], field="choices", sentence=f"The key {key!r} is used {times} times.")
    if sorted(choice.get("position", 0) for choice in choices) != list(range(1, len(choices) + 1)):
        yield Fault(node=node["key"], field="choices", sentence="The spoken order has a gap: positions run 1, 2, 3 …")
    for choice in choices:
        where = f"choices/{choice['key']}"
        if choice["target"] not in nodes:
            sentence = f"The choice leads to {choice['target']!r}, which is not among the nodes."
            yield Fault(node=node["key"], field=f"{where}/target", sentence=sentence)
        if choice.get("reason") and choice["reason"] not in reasons:
            sentence = f"The reason {choice['reason']!r} is not among the reasons of the flow."
            yield Fault(node=node["key"], field=f"{where}/reason", sentence=sentence)
        for language in languages:
            if not choice.get("label", {}).get(language):
                sentence = f"The choice has no label in {language!r}."
                yield Fault(node=node["key"], field=f"{where}/label/{language}", sentence=sentence)


def _ways_on(node: Json, nodes: Mapping[str, Json]) -> Iterator[Fault]:
    for way in WAYS_ON:
        if node.get(way) and node[way] not in nodes:
            sentence = f"{way!r} leads to {node[way]!r}, which is not among the nodes."
            yield Fault(node=node["key"], field=way, sentence=sentence)
    if node["kind"] in {"announcement", "task", "input"} and not node.get("next"):
        yield Fault(node=node["key"], field="next", sentence="The node says nothing of what comes after it.")
    if node["kind"] == "transfer" and not node.get("queue"):
        yield Fault(node=node["key"], field="queue", sentence="A transfer needs the queue it leads to.")


def targets(node: Json) -> set[str]:
    """Every node one step from this one."""
    return {choice["target"] for choice in node.get("choices", ())} | {node[way] for way in WAYS_ON if node.get(way)}


def _graph(content: Json, nodes: Mapping[str, Json]) -> Iterator[Fault]:
    """Nodes nobody can reach, and menus from which nobody can reach a person (unless the owner says so)."""
    if content["root"] not in nodes:
        return
    reached = _reachable([content["root"]], nodes)
    for key in nodes:
        if key not in reached:
            yield Fault(node=key, field="key", sentence="No way leads to this node from the root.")
    if content.get("no_person"):
        return
    for key, node in nodes.items():
        if node["kind"] == "menu" and not any(
            nodes[one]["kind"] == "transfer" for one in _reachable([key], nodes) if one in nodes
        ):
            sentence = 'No way leads from this menu to a person; say `"no_person": true` if that is meant.'
            yield Fault(node=key, field="choices", sentence=sentence)


def _reachable(start: Sequence[str], nodes: Mapping[str, Json]) -> set[str]:
    reached, waiting = set(start), deque(start)
    while waiting:
        for target in targets(nodes.get(waiting.popleft(), {})) - reached:
            reached.add(target)
            waiting.append(target)
    return reached
