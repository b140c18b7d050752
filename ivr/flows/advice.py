"""What a good voice designer would say of a definition that could be published: keypad habits, times, widths. Pure.

Habits of the keypad after ISO/IEC 13714: 0 a person, * back, ascending keys without gaps. Widths after Commarford & Lewis
(2008): broad beats deep for few options, and an announcement that outlasts half a minute is not listened to.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ivr.flows.definition import Json

MOST_OPTIONS = 9
LONGEST_S = 30.0
PERSON, BACK = "0", "*"

SENTENCES = {
    "no_seconds": "The announcement has no duration in {language!r}: nothing can be said of how long callers listen.",
    "choice_no_seconds": "The choice {key!r} has no duration in {language!r}.",
    "long_menu": "The last option is spoken after {seconds:.0f} s in {language!r}; more than 30 s are not listened to.",
    "many_options": "{number} options; more than 9 are not remembered.",
    "keys_out_of_order": "The keys are not spoken in ascending order; callers expect the next number.",
    "zero_elsewhere": "The key 0 leads to {target!r}; callers expect a person.",
    "star_elsewhere": "The key * leads to {target!r}; callers expect the menu before.",
    "no_timeout": "Nothing says where a caller goes who presses nothing.",
}


@dataclass(frozen=True, kw_only=True)
class Advice:
    """One thing worth another thought: it keeps nobody from publishing."""

    node: str
    code: str  # a key of SENTENCES
    facts: Mapping[str, Any] = field(default_factory=dict)

    @property
    def sentence(self) -> str:
        return SENTENCES[self.code].format(**self.facts)


def advice(content: Json) -> list[Advice]:
    """In the order of the nodes. `content` is a definition without faults of shape."""
    nodes = {node["key"]: node for node in content["nodes"]}
    languages: Sequence[str] = content["languages"]
    return [
        Advice(node=node["key"], code=code, facts=facts)
        for node in content["nodes"]
        for some in (_spoken(node, languages), _keypad(node, nodes))
        for code, facts in some
    ]


Found = Iterator[tuple[str, dict[str, Any]]]


def _spoken(node: Json, languages: Sequence[str]) -> Found:
    choices: Sequence[Json] = node.get("choices", ())
    for language in languages:
        prompt = node.get("prompt", {}).get(language)
        if prompt and not prompt.get("seconds"):
            yield "no_seconds", {"language": language}
        for choice in choices:
            if not choice.get("seconds", {}).get(language):
                yield "choice_no_seconds", {"key": choice["key"], "language": language}
        heard = heard_at(node, language)
        if heard and heard[-1][1] > LONGEST_S:
            yield "long_menu", {"seconds": heard[-1][1], "language": language}
    if len(choices) > MOST_OPTIONS + 1:  # and the person
        yield "many_options", {"number": len(choices)}


def _keypad(node: Json, nodes: Mapping[str, Json]) -> Found:
    if node["kind"] != "menu":
        return
    choices = spoken(node)
    digits = [int(choice["key"]) for choice in choices if choice["key"] in "123456789"]
    if digits != sorted(digits):
        yield "keys_out_of_order", {}
    for choice in choices:
        target = nodes.get(choice["target"], {})
        if choice["key"] == PERSON and target.get("kind") != "transfer" and choice["target"] != node.get("zero_out"):
            yield "zero_elsewhere", {"target": choice["target"]}
        if choice["key"] == BACK and node.get("back") and choice["target"] != node["back"]:
            yield "star_elsewhere", {"target": choice["target"]}
    if not node.get("on_timeout"):
        yield "no_timeout", {}


def spoken(node: Json) -> list[Json]:
    """The choices of a node in the order they are spoken."""
    return sorted(node.get("choices", ()), key=lambda choice: int(choice.get("position", 0)))


def heard_at(node: Json, language: str) -> list[tuple[str, float]]:
    """(key, second at which its announcement has been spoken), in spoken order."""
    at = float(node.get("prompt", {}).get(language, {}).get("seconds") or 0)
    found = []
    for choice in spoken(node):
        at += float(choice.get("seconds", {}).get(language) or 0)
        found.append((choice["key"], at))
    return found
