"""Changes of a definition as a person makes them: one node at a time, keys of nodes never. Pure: each returns a new one."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

from ivr.flows.definition import KINDS, Json

NODE_KEY = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
WAYS = ("next", "on_timeout", "on_error", "back", "zero_out")
CHOICE_KEYS = re.compile(r"[0-9*#]{1,4}|[\w ]{1,32}")  # keys, or the word that is said
_MOST_S = 600.0


class CannotChange(ValueError):
    """What was typed cannot become part of a definition; `field` names the place in the form."""

    def __init__(self, code: str, field: str, **facts: object) -> None:
        super().__init__(SENTENCES[code].format(**facts))
        self.code = code
        self.field = field
        self.facts = facts


SENTENCES = {
    "not_a_number": "{text!r} is not a number of seconds from 0 to 600.",
    "not_a_count": "{text!r} is not a whole number from 1 to 9.",
    "bad_node_key": "{text!r} cannot be the key of a node: small letters, digits, - and _ only, at most 64.",
    "node_key_taken": "There is a node {text!r} already.",
    "bad_node_kind": "{text!r} is no kind of node.",
    "bad_choice_key": "{text!r} cannot be a key: digits, * and #, or the word that is said.",
    "root_stays": "The first node of the flow cannot be taken away; choose another root first.",
    "node_is_used": "Other nodes lead to {text!r}: {users}.",
}


@dataclass(frozen=True, kw_only=True)
class ChoiceForm:
    """One row of the table as it was typed."""

    key: str
    target: str
    reason: str = ""
    label: Mapping[str, str] = field(default_factory=dict)  # by language
    seconds: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class NodeForm:
    """One node as it was typed; its choices in spoken order."""

    kind: str
    label: Mapping[str, str]
    prompt: Mapping[str, str]
    seconds: Mapping[str, str]
    timeout_s: str = ""
    attempts: str = ""
    repeat: str = ""
    queue: str = ""
    ways: Mapping[str, str] = field(default_factory=dict)
    choices: Sequence[ChoiceForm] = ()


def change_node(content: Json, key: str, form: NodeForm) -> dict[str, Any]:
    """The definition with this node as typed. What the form does not hold stays. Raises CannotChange."""
    if form.kind not in KINDS:
        raise CannotChange("bad_node_kind", "kind", text=form.kind)
    changed, node = _copy(content, key)
    before = {choice.get("key"): choice for choice in node.get("choices", ())}
    node["kind"] = form.kind
    node["label"] = _words(form.label)
    _put(node, "prompt", _prompt(form))
    _put(node, "timeout_s", _number(form.timeout_s, "timeout_s"))
    _put(node, "attempts", _count(form.attempts, "attempts"))
    _put(node, "repeat", form.repeat.strip())
    _put(node, "queue", form.queue.strip())
    for way in WAYS:
        _put(node, way, form.ways.get(way, ""))
    choices = [_choice(one, place, before.get(one.key, {})) for place, one in enumerate(form.choices, start=1)]
    _put(node, "choices", choices)
    return changed


def _choice(form: ChoiceForm, place: int, before: Json) -> dict[str, Any]:
    key = form.key.strip()
    if not CHOICE_KEYS.fullmatch(key):
        raise CannotChange("bad_choice_key", f"c{place}-key", text=key)
    choice = dict(before) | {"key": key, "position": place, "target": form.target, "reason": form.reason}
    choice["label"] = _words(form.label)
    seconds = {
        language: _number(text, f"c{place}-seconds-{language}")
        for language, text in form.seconds.items()
        if text.strip()
    }
    _put(choice, "seconds", seconds)
    return choice


def _words(typed: Mapping[str, str]) -> dict[str, str]:
    return {language: text.strip() for language, text in typed.items() if text.strip()}


def _prompt(form: NodeForm) -> dict[str, Any]:
    prompt: dict[str, Any] = {}
    for language, text in form.prompt.items():
        seconds = _number(form.seconds.get(language, ""), f"seconds-{language}")
        if text.strip() or seconds is not None:
            prompt[language] = {"text": text.strip()} | ({} if seconds is None else {"seconds": seconds})
    return prompt


def _number(text: str, place: str) -> float | int | None:
    if not text.strip():
        return None
    try:
        value = float(text.replace(",", "."))
    except ValueError:
        value = -1
    if not 0 <= value <= _MOST_S:
        raise CannotChange("not_a_number", place, text=text)
    return int(value) if text.strip().isdigit() else round(value, 2)


def _count(text: str, place: str) -> int | None:
    if not text.strip():
        return None
    if text.strip() not in set("123456789"):
        raise CannotChange("not_a_count", place, text=text)
    return int(text)


def _put(holder: dict[str, Any], name: str, value: object) -> None:
    """Empty is absent: the canonical text says only what was said."""
    if value in (None, "", {}, []):
        holder.pop(name, None)
    else:
        holder[name] = value


def add_node(content: Json, key: str, kind: str) -> dict[str, Any]:
    """One more node, named by its key until it has labels. Raises CannotChange."""
    key = key.strip()
    if not NODE_KEY.fullmatch(key):
        raise CannotChange("bad_node_key", "new_node", text=key)
    if any(node["key"] == key for node in content["nodes"]):
        raise CannotChange("node_key_taken", "new_node", text=key)
    if kind not in KINDS:
        raise CannotChange("bad_node_kind", "new_kind", text=kind)
    changed = deepcopy(dict(content))
    changed["nodes"].append({"key": key, "kind": kind, "label": {}})
    return changed


def remove_node(content: Json, key: str) -> dict[str, Any]:
    """Without this node. Raises CannotChange while others lead to it."""
    if key == content["root"]:
        raise CannotChange("root_stays", "root")
    users = [node["key"] for node in content["nodes"] if node["key"] != key and _leads_to(node, key)]
    if users:
        raise CannotChange("node_is_used", "key", text=key, users=", ".join(users))
    changed, node = _copy(content, key)
    changed["nodes"].remove(node)
    return changed


def _leads_to(node: Json, key: str) -> bool:
    return any(choice.get("target") == key for choice in node.get("choices", ())) or key in {
        node.get(way) for way in WAYS
    }


def add_choice(content: Json, key: str) -> dict[str, Any]:
    """One more row at the end of the spoken order, on the first free key, leading to the root until it is changed."""
    changed, node = _copy(content, key)
    choices = node.setdefault("choices", [])
    taken = {choice["key"] for choice in choices} | {node.get("repeat", "")}
    free = next((one for one in "1234567890*#" if one not in taken), str(len(choices) + 1))
    choices.append({"key": free, "position": len(choices) + 1, "label": {}, "target": content["root"], "reason": ""})
    return changed


def _rows(act: Callable[[list[dict[str, Any]], int], None]) -> Callable[[Json, str, int], dict[str, Any]]:
    def change(content: Json, key: str, place: int) -> dict[str, Any]:
        changed, node = _copy(content, key)
        rows = sorted(node.get("choices", ()), key=lambda choice: int(choice.get("position", 0)))
        if 1 <= place <= len(rows):
            act(rows, place - 1)
        for position, row in enumerate(rows, start=1):
            row["position"] = position
        _put(node, "choices", rows)
        return changed

    return change


def _earlier(rows: list[dict[str, Any]], at: int) -> None:
    if at > 0:
        rows[at - 1], rows[at] = rows[at], rows[at - 1]


def _later(rows: list[dict[str, Any]], at: int) -> None:
    if at + 1 < len(rows):
        rows[at], rows[at + 1] = rows[at + 1], rows[at]


remove_choice = _rows(lambda rows, at: rows.__delitem__(at))
earlier = _rows(_earlier)
later = _rows(_later)


@dataclass(frozen=True, kw_only=True)
class FlowForm:
    """What is said of the flow as a whole, as it was typed."""

    root: str
    no_person: bool
    name: Mapping[str, str]
    entries: str  # numbers dialled, separated by spaces or commas
    reasons: str  # one a line: code | English | Chinese | dispositions that mean it


def change_flow(content: Json, form: FlowForm) -> dict[str, Any]:
    """The definition with root, names, entry numbers and reasons as typed."""
    changed = deepcopy(dict(content))
    changed["root"] = form.root
    _put(changed, "no_person", form.no_person or None)
    _put(changed, "name", _words(form.name))
    _put(changed, "entries", [entry for entry in re.split(r"[\s,;，；]+", form.entries) if entry])
    changed["reasons"] = [_reason(line, changed) for line in form.reasons.splitlines() if line.strip()]
    return changed


def _reason(line: str, content: Json) -> dict[str, Any]:
    code, *words = (part.strip() for part in re.split(r"[|｜]", line))
    before: Json = next((one for one in content["reasons"] if one.get("code") == code), {})
    languages = content["languages"]
    changed = dict(before) | {
        "code": code,
        "label": {language: word for language, word in zip(languages, words, strict=False) if word},
    }
    ways = [way for part in words[len(languages) :] for way in re.split(r"[\s,;，；]+", part) if way]
    _put(changed, "written_as", ways)
    return changed


def reasons_text(content: Json) -> str:
    """As FlowForm.reasons reads it."""
    return "\n".join(
        " | ".join(
            [
                reason["code"],
                *(reason.get("label", {}).get(language, "") for language in content["languages"]),
                *filter(None, [", ".join(reason.get("written_as", ()))]),
            ]
        )
        for reason in content["reasons"]
    )


def empty(flow: str, languages: Sequence[str] = ("en", "zh")) -> dict[str, Any]:
    """A flow of one menu that leads nowhere yet."""
    root: dict[str, Any] = {"key": "main", "kind": "menu", "label": {}}
    return {"flow": flow, "languages": list(languages), "root": "main", "nodes": [root], "reasons": []}


def _copy(content: Json, key: str) -> tuple[dict[str, Any], dict[str, Any]]:
    changed = deepcopy(dict(content))
    return changed, next(node for node in changed["nodes"] if node["key"] == key)
