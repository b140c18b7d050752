"""What differs between two definitions, node by node, and which keys callers must learn anew. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ivr.flows.definition import Json


@dataclass(frozen=True, kw_only=True)
class Change:
    """One difference. `what` is added | removed | changed | key_moved | choice_added | choice_removed."""

    node: str
    what: str
    field: str = ""
    before: str = ""
    after: str = ""


def differences(before: Json, after: Json) -> tuple[Change, ...]:
    """In the order of the newer definition's nodes, removed nodes last. A definition differs from itself in nothing."""
    old = {node["key"]: node for node in before["nodes"]}
    new = {node["key"]: node for node in after["nodes"]}
    found: list[Change] = []
    if before["root"] != after["root"]:
        found.append(Change(node="", what="changed", field="root", before=before["root"], after=after["root"]))
    for key, node in new.items():
        if key not in old:
            found.append(Change(node=key, what="added"))
        else:
            found += _fields(key, old[key], node)
            found += _choices(key, old[key], node)
    return (*found, *(Change(node=key, what="removed") for key in old if key not in new))


def _fields(key: str, before: Json, after: Json) -> Iterator[Change]:
    for field in sorted((set(before) | set(after)) - {"key", "choices"}):
        if before.get(field) != after.get(field):
            yield Change(
                node=key, what="changed", field=field, before=_text(before.get(field)), after=_text(after.get(field))
            )


def _choices(key: str, before: Json, after: Json) -> Iterator[Change]:
    """A choice is known by where it leads and what it is for; the key is what callers know by heart."""
    old, new = _by_meaning(before), _by_meaning(after)
    for meaning, choice in new.items():
        was = old.get(meaning)
        if was is None:
            yield Change(node=key, what="choice_added", field=choice["key"], after=choice["target"])
        elif was["key"] != choice["key"]:
            yield Change(node=key, what="key_moved", field=choice["target"], before=was["key"], after=choice["key"])
        else:
            for field in sorted((set(was) | set(choice)) - {"key", "target", "reason"}):
                if was.get(field) != choice.get(field):
                    before_text, after_text = _text(was.get(field)), _text(choice.get(field))
                    name = f"{choice['key']}/{field}"
                    yield Change(node=key, what="changed", field=name, before=before_text, after=after_text)
    for meaning, choice in old.items():
        if meaning not in new:
            yield Change(node=key, what="choice_removed", field=choice["key"], before=choice["target"])


def _by_meaning(node: Json) -> dict[tuple[str, str, int], Json]:
    found: dict[tuple[str, str, int], Json] = {}
    for choice in node.get("choices", ()):
        again = 0
        while (choice["target"], choice.get("reason", ""), again) in found:
            again += 1
        found[choice["target"], choice.get("reason", ""), again] = choice
    return found


def _text(value: object) -> str:
    if isinstance(value, Mapping):
        return " · ".join(_text(value[name]) for name in sorted(value))
    return "" if value is None else str(value)
