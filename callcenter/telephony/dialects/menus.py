"""A caller walks through a published flow by keys: what is said next, and which steps are recorded. Pure.

Keys that every menu knows, unless a choice uses them: 0 asks for a person, * goes up, 9 (or the node's `repeat`) says it
again (ISO/IEC 13714). A task needs a back end that the menus alone do not have: it fails and leads where the flow says.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from callcenter.telephony.dialects.words import Ask, Line, Lines, Place
from ivr.flows.definition import Definition

Json = Mapping[str, Any]

LONGEST_INPUT = 32
_MOST_NODES = 50  # in one turn: a flow of announcements alone that leads back to itself must end some time
_DEFAULT_TIMEOUT_S = 6
# A menu whose every choice names a language is where callers choose theirs.
_LANGUAGES = {
    "en": frozenset({"english", "英语", "英文"}),
    "zh": frozenset({"chinese", "mandarin", "putonghua", "普通话", "中文", "国语", "汉语"}),
}


@dataclass(frozen=True, kw_only=True)
class Step:
    """One path event of this turn (ivr/events.py)."""

    kind: str
    node: str
    key: str = ""


@dataclass(frozen=True, kw_only=True)
class Turn:
    """What comes of one request: steps to record and exactly one of `ask`, `queue` or the end."""

    steps: tuple[Step, ...]
    lines: Lines  # said before queueing or before the end
    place: Place
    ask: Ask | None = None
    queue: str = ""


@dataclass
class _Walk:
    """The turn as it grows."""

    definition: Definition
    place: Place
    steps: list[Step] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)

    def note(self, kind: str, node: str, key: str = "") -> None:
        self.steps.append(Step(kind=kind, node=node, key=key))

    def say(self, node: Json) -> None:
        if text := _prompt(node, self.place.language):
            self.lines.append(Line(text=text, language=self.place.language))


def start(definition: Definition, place: Place) -> Turn:
    """The caller enters the flow at its root."""
    return _go(_Walk(definition, place), definition.root)


def press(definition: Definition, place: Place, keys: str) -> Turn:
    """The caller, at a menu or an input, pressed these keys; "" for nothing in time."""
    walk = _Walk(definition, place)
    node = definition.nodes.get(place.node)
    if node is None:  # an address of a flow that is no more: begin again
        return _go(walk, definition.root)
    if not keys:
        walk.note("noinput", place.node)
        return _again(walk, node, "on_timeout")
    if node["kind"] == "input":
        walk.note("key", place.node, keys)
        return _go(walk, str(node["next"]))
    key = keys[:1]
    choice = next((one for one in node.get("choices", ()) if one["key"] == key), None)
    if choice is not None:
        return _chosen(walk, node, choice)
    return _common_key(walk, node, key)


def _chosen(walk: _Walk, node: Json, choice: Json) -> Turn:
    walk.note("key", node["key"], choice["key"])
    if language := _language_of(choice):
        walk.place = replace(walk.place, language=language)
    return _go(walk, str(choice["target"]))


def _common_key(walk: _Walk, node: Json, key: str) -> Turn:
    if key == "0" and node.get("zero_out"):
        walk.note("zero_out", node["key"], key)
        return _go(walk, str(node["zero_out"]))
    if key == "*" and node.get("back"):
        walk.note("back", node["key"], key)
        return _go(walk, str(node["back"]))
    if key == str(node.get("repeat", "9")):
        walk.note("repeat", node["key"], key)
        return _ask(walk, node)
    walk.note("badkey", node["key"], key)
    return _again(walk, node, "on_error")


def _again(walk: _Walk, node: Json, way: str) -> Turn:
    """Say it again, until the node's attempts are used up; then where the flow leads."""
    walk.place = replace(walk.place, tries=walk.place.tries + 1)
    if walk.place.tries < int(node.get("attempts") or 1):
        return _ask(walk, node)
    walk.note("timeout", node["key"])
    target = str(node.get(way) or node.get("zero_out") or "")
    return _go(walk, target) if target else _over(walk, node["key"])


def _go(walk: _Walk, key: str) -> Turn:
    """Enter a node and all that follow it by themselves."""
    for _ in range(_MOST_NODES):
        node = walk.definition.nodes.get(key)
        if node is None:
            return _over(walk, walk.place.node)
        walk.place = replace(walk.place, node=key, tries=0)
        walk.note("enter", key)
        match node["kind"]:
            case "menu" | "input":
                return _ask(walk, node)
            case "transfer":
                walk.say(node)
                walk.note("transfer", key)
                return _turn(walk, queue=str(node["queue"]))
            case "task":
                walk.note("task_start", key)
                walk.note("task_fail", key)
                key = str(node.get("on_error") or node.get("zero_out") or node.get("next") or "")
            case "announcement":
                walk.say(node)
                key = str(node.get("next") or "")
            case _:
                walk.say(node)
                return _over(walk, key)
    return _over(walk, walk.place.node)


def _over(walk: _Walk, node: str) -> Turn:
    walk.note("sys_end", node)
    return _turn(walk)


def _ask(walk: _Walk, node: Json) -> Turn:
    is_input = node["kind"] == "input"
    lines = (*walk.lines, *_menu(node, walk.place.language))
    walk.place = replace(walk.place, turn=walk.place.turn + 1)
    ask = Ask(
        lines=lines,
        place=walk.place,
        most_keys=LONGEST_INPUT if is_input else 1,
        timeout_s=int(node.get("timeout_s") or _DEFAULT_TIMEOUT_S),
    )
    return replace(_turn(walk), ask=ask)


def _turn(walk: _Walk, *, queue: str = "") -> Turn:
    return Turn(steps=tuple(walk.steps), lines=tuple(walk.lines), place=walk.place, queue=queue)


# --- what is said ---------------------------------------------------------------------------------------------------
def _menu(node: Json, language: str) -> Lines:
    """The prompt and the choices in their spoken order; where callers choose a language, each in its own."""
    choices = sorted(node.get("choices", ()), key=lambda one: int(one.get("position", 0)))
    if choices and all(_language_of(one) for one in choices):
        spoken = [_language_of(one) for one in choices]
        return tuple(Line(text=text, language=one) for one in spoken if (text := _prompt(node, one)))
    said = [_prompt(node, language), *(_choice(one, language) for one in choices)]
    return (Line(text=_joined([text for text in said if text], language), language=language),)


def _choice(choice: Json, language: str) -> str:
    label = str(choice.get("label", {}).get(language) or choice["key"])
    return f"{label}请按{choice['key']}。" if language == "zh" else f"For {label}, press {choice['key']}."


def _prompt(node: Json, language: str) -> str:
    prompt: Json = node.get("prompt") or {}
    words: Json = prompt.get(language) or next(iter(prompt.values()), {})
    return str(words.get("text", "")).strip()


def _joined(texts: list[str], language: str) -> str:
    return ("" if language == "zh" else " ").join(texts)


def _language_of(choice: Json) -> str:
    """The language a choice stands for; "" for a choice of anything else."""
    words = {str(text).strip().lower() for text in choice.get("label", {}).values()}
    return next((language for language, names in _LANGUAGES.items() if words and words <= names), "")
