"""The exchange format of a flow of menus: canonical text, its faults, and what it says of nodes and choices. Pure.

Format: `{"flow", "languages", "root", "nodes": [{"key", "kind", "label", "prompt", "choices": [{"key", "position",
"label", "seconds", "target", "reason"}], "next", "on_timeout", "on_error", "back", "zero_out", "queue"}],
"reasons": [{"code", "label", "written_as"}]}`.
"""

from __future__ import annotations

import dataclasses
import json
from collections import Counter, deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from ivr.flows import shape

KINDS = ("menu", "announcement", "input", "task", "transfer", "survey", "end")
# Where a node may lead besides its choices.
WAYS_ON = ("next", "on_timeout", "on_error", "back", "zero_out")

Json = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Fault:
    """One thing wrong with a definition: which node, which field, and a sentence."""

    node: str  # "" for the flow itself
    field: str
    code: str  # a key of SENTENCES, for pages that say it in another language
    facts: Mapping[str, Any] = dataclasses.field(default_factory=dict)

    @property
    def sentence(self) -> str:
        return SENTENCES[self.code].format(**self.facts)

    @property
    def as_json(self) -> Json:
        """As it travels with a refusal."""
        told = {"node": self.node, "field": self.field, "code": self.code, "sentence": self.sentence}
        return told | {"facts": dict(self.facts)}


# What can be wrong, in words; pages translate by the code.
SENTENCES = {
    "field_missing": "The flow needs {name!r}; it is missing or of another type.",
    "wrong_type": "{name!r} is of another type than the format of menus says.",
    "reason_without_code": "Every reason needs a code.",
    "written_as_no_list": "The ways of writing a reason down are a list of codes.",
    "node_without_key": "Node number {number} has no key.",
    "bad_kind": "The kind must be one of {kinds}.",
    "choice_incomplete": "Every choice needs a key and a target.",
    "key_of_two_nodes": "Two nodes bear the key {key!r}.",
    "no_root": "The root {key!r} is not among the nodes.",
    "node_unlabelled": "The node has no label in {language!r}.",
    "no_choices": "A menu needs at least one choice.",
    "key_clash": "The key {key!r} is used {times} times.",
    "key_repeats": "The key {key!r} is a choice and also repeats the announcement.",
    "order_gap": "The spoken order has a gap: positions run 1, 2, 3 …",
    "unknown_target": "The choice leads to {target!r}, which is not among the nodes.",
    "unknown_reason": "The reason {reason!r} is not among the reasons of the flow.",
    "choice_unlabelled": "The choice has no label in {language!r}.",
    "unknown_way": "{way!r} leads to {target!r}, which is not among the nodes.",
    "no_next": "The node says nothing of what comes after it.",
    "no_queue": "A transfer needs the queue it leads to.",
    "unreachable": "No way leads to this node from the root.",
    "no_person": 'No way leads from this menu to a person; say `"no_person": true` if that is meant.',
    "dead_end": "Nobody who comes here gets out: no way leads to a transfer, a task or an end.",
}


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

    def turned_out(self, written: str, chosen: str) -> str:
        """The reason that what an agent wrote at wrap-up stands for; where it stands for several, the one chosen.

        What stands for no reason ("information given") comes back as written.
        """
        if written in self.reasons:
            return written
        meant = [one["code"] for one in self.content["reasons"] if written in one.get("written_as", ())]
        return chosen if chosen in meant else next(iter(meant), written)

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
        return self._by_key.get((node, key), "") if key else self._by_target.get((node, entered), "")

    @cached_property
    def _by_key(self) -> dict[tuple[str, str], str]:
        found: dict[tuple[str, str], str] = {}
        for node, choices in self._choices:
            for choice in choices:
                found.setdefault((node, choice["key"]), str(choice.get("reason", "")))
        return found

    @cached_property
    def _by_target(self) -> dict[tuple[str, str], str]:
        """Where only one choice of a node leads there."""
        leading: dict[tuple[str, str], list[Json]] = {}
        for node, choices in self._choices:
            for choice in choices:
                leading.setdefault((node, choice["target"]), []).append(choice)
        return {way: str(some[0].get("reason", "")) for way, some in leading.items() if len(some) == 1}

    @property
    def _choices(self) -> list[tuple[str, Sequence[Json]]]:
        return [(key, node.get("choices", ())) for key, node in self.nodes.items()]


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
    if content["root"] not in nodes:
        found.append(Fault(node="", field="root", code="no_root", facts={"key": content["root"]}))
    for node in content["nodes"]:
        found += _labels(node, languages)
        found += _choices(node, languages, nodes, {reason["code"] for reason in content["reasons"]})
        found += _ways_on(node, nodes)
    return [*found, *_graph(content, nodes)]


def _shape(content: Json) -> Iterator[Fault]:
    for name, kind in (("flow", str), ("languages", list), ("root", str), ("nodes", list), ("reasons", list)):
        if not isinstance(content.get(name), kind) or (not content[name] and name != "reasons"):
            yield Fault(node="", field=name, code="field_missing", facts={"name": name})
            return
    for name in shape.of_flow(content):
        yield Fault(node="", field=name, code="wrong_type", facts={"name": name})
    yield from _reasons(content["reasons"])
    for place, node in enumerate(content["nodes"]):
        if not isinstance(node, dict) or not isinstance(node.get("key"), str) or not node["key"]:
            yield Fault(node="", field=f"nodes/{place}/key", code="node_without_key", facts={"number": place + 1})
            return
        if node.get("kind") not in KINDS:
            yield Fault(node=node["key"], field="kind", code="bad_kind", facts={"kinds": ", ".join(KINDS)})
        yield from _types_of(node)
    twice = Counter(node["key"] for node in content["nodes"]).most_common(1)
    if twice[0][1] > 1:
        yield Fault(node=twice[0][0], field="key", code="key_of_two_nodes", facts={"key": twice[0][0]})


def _types_of(node: Json) -> Iterator[Fault]:
    wrong = list(shape.of_node(node))
    for name in wrong:
        yield Fault(node=node["key"], field=name, code="wrong_type", facts={"name": name})
    for choice in () if "choices" in wrong else node.get("choices", ()):
        if not all(isinstance(choice.get(part), str) and choice[part] for part in ("key", "target")):
            yield Fault(node=node["key"], field="choices", code="choice_incomplete")
            continue
        for name in shape.of_choice(choice):
            yield Fault(
                node=node["key"], field=f"choices/{choice['key']}/{name}", code="wrong_type", facts={"name": name}
            )


def _reasons(reasons: Sequence[Any]) -> Iterator[Fault]:
    for reason in reasons:
        if not isinstance(reason, dict) or not isinstance(reason.get("code"), str) or not reason["code"]:
            yield Fault(node="", field="reasons", code="reason_without_code")
            return
        ways = reason.get("written_as", [])
        if not isinstance(ways, list) or not all(isinstance(way, str) for way in ways):
            yield Fault(node="", field=f"reasons/{reason['code']}/written_as", code="written_as_no_list")
        for name in shape.of_reason(reason):
            yield Fault(node="", field=f"reasons/{reason['code']}/{name}", code="wrong_type", facts={"name": name})


def _labels(node: Json, languages: Sequence[str]) -> Iterator[Fault]:
    for language in languages:
        if not node.get("label", {}).get(language):
            yield Fault(
                node=node["key"], field=f"label/{language}", code="node_unlabelled", facts={"language": language}
            )


def _choices(node: Json, languages: Sequence[str], nodes: Mapping[str, Json], reasons: set[str]) -> Iterator[Fault]:
    choices: Sequence[Json] = node.get("choices", ())
    if node["kind"] == "menu" and not choices:
        yield Fault(node=node["key"], field="choices", code="no_choices")
    for key, times in Counter(choice["key"] for choice in choices).items():
        if times > 1:
            yield Fault(node=node["key"], field="choices", code="key_clash", facts={"key": key, "times": times})
        elif key == node.get("repeat"):
            yield Fault(node=node["key"], field="choices", code="key_repeats", facts={"key": key})
    if sorted(choice.get("position", 0) for choice in choices) != list(range(1, len(choices) + 1)):
        yield Fault(node=node["key"], field="choices", code="order_gap")
    for choice in choices:
        for part, code, facts in _wrong_with(choice, languages, nodes, reasons):
            yield Fault(node=node["key"], field=f"choices/{choice['key']}/{part}", code=code, facts=facts)


def _wrong_with(
    choice: Json, languages: Sequence[str], nodes: Mapping[str, Json], reasons: set[str]
) -> Iterator[tuple[str, str, dict[str, Any]]]:
    if choice["target"] not in nodes:
        yield "target", "unknown_target", {"target": choice["target"]}
    if choice.get("reason") and choice["reason"] not in reasons:
        yield "reason", "unknown_reason", {"reason": choice["reason"]}
    for language in languages:
        if not choice.get("label", {}).get(language):
            yield f"label/{language}", "choice_unlabelled", {"language": language}


def _ways_on(node: Json, nodes: Mapping[str, Json]) -> Iterator[Fault]:
    for way in WAYS_ON:
        if node.get(way) and node[way] not in nodes:
            yield Fault(node=node["key"], field=way, code="unknown_way", facts={"way": way, "target": node[way]})
    if node["kind"] in {"announcement", "task", "input"} and not node.get("next"):
        yield Fault(node=node["key"], field="next", code="no_next")
    if node["kind"] == "transfer" and not node.get("queue"):
        yield Fault(node=node["key"], field="queue", code="no_queue")


def targets(node: Json) -> set[str]:
    """Every node one step from this one."""
    return {choice["target"] for choice in node.get("choices", ())} | {node[way] for way in WAYS_ON if node.get(way)}


def _graph(content: Json, nodes: Mapping[str, Json]) -> Iterator[Fault]:
    """Nodes nobody can reach, dead ends, and menus from which nobody can reach a person (unless the owner says so)."""
    if content["root"] not in nodes:
        return
    reached = _reachable([content["root"]], nodes)
    for key, node in nodes.items():
        if key not in reached:
            yield Fault(node=key, field="key", code="unreachable")
        ahead = {nodes[one]["kind"] for one in _reachable([key], nodes) if one in nodes}
        if not ahead & _ARRIVALS:
            yield Fault(node=key, field="choices" if node["kind"] == "menu" else "next", code="dead_end")
        elif node["kind"] == "menu" and "transfer" not in ahead and not content.get("no_person"):
            yield Fault(node=key, field="choices", code="no_person")


_ARRIVALS = {"transfer", "task", "end", "survey"}  # where a caller has got something, or has left


def _reachable(start: Sequence[str], nodes: Mapping[str, Json]) -> set[str]:
    reached, waiting = set(start), deque(start)
    while waiting:
        for target in targets(nodes.get(waiting.popleft(), {})) - reached:
            reached.add(target)
            waiting.append(target)
    return reached
