"""A better tree written back into the definition of its flow: labels and targets travel with their option. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from ivr.optimiser.fitting import SPECIAL_KEYS
from ivr.optimiser.trees import Item, Menu, Service, menus

KEYS = "123456789"


@dataclass(frozen=True, kw_only=True)
class Moved:
    """One option whose key or menu changes for callers who know it by heart."""

    item: str
    menu_before: str
    key_before: str
    menu_after: str
    key_after: str
    target: str


def apply(content: Mapping[str, Any], tree: Menu) -> dict[str, Any]:
    """The definition with the menus of this tree. Keys follow the spoken order; special keys stay."""
    changed: dict[str, Any] = deepcopy(dict(content))
    nodes = {node["key"]: node for node in changed["nodes"]}
    choices = {f"{key}:{choice['key']}": choice for key, node in nodes.items() for choice in node.get("choices", ())}
    by_target = {(key, choice["target"]): choice for key, node in nodes.items() for choice in node.get("choices", ())}
    home = {target: key for (key, target), _ in by_target.items()}
    rebuilt: dict[str, list[dict[str, Any]]] = {}
    for menu in menus(tree):
        spoken = []
        for item in menu.items:
            choice = choices[item.key] if isinstance(item, Service) else _menu_choice(item, menu, by_target, home)
            spoken.append(dict(choice))
        rebuilt[menu.key] = _numbered(spoken)
    for key, some in rebuilt.items():
        nodes[key]["choices"] = some
    return changed


def _menu_choice(item: Item, menu: Menu, by_target: Mapping[tuple[str, str], Any], home: Mapping[str, str]) -> Any:
    return by_target.get((menu.key, item.key)) or by_target[home[item.key], item.key]


def _numbered(spoken: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Positions and keys in spoken order: ascending, without gaps, special keys as they are."""
    kept = {choice["key"] for choice in spoken if choice["key"] in SPECIAL_KEYS}
    free = iter(key for key in KEYS if key not in kept)
    taken: set[str] = set()
    for place, choice in enumerate(spoken, start=1):
        choice["position"] = place
        special = choice["key"] in SPECIAL_KEYS and choice["key"] not in taken
        choice["key"] = choice["key"] if special else next(free)
        taken.add(choice["key"])
    return spoken


def moved(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[Moved, ...]:
    """Which options callers must learn anew; an option is known by its target, label and reason."""
    was, now = _keys(before), _keys(after)
    return tuple(
        Moved(
            item=name, menu_before=was[name][0], key_before=was[name][1], menu_after=menu, key_after=key, target=target
        )
        for name, (menu, key, target) in now.items()
        if name in was and was[name][:2] != (menu, key)
    )


def _keys(content: Mapping[str, Any]) -> dict[str, tuple[str, str, str]]:
    found = {}
    for node in content["nodes"]:
        for choice in node.get("choices", ()):
            name = f"{choice['target']}|{choice.get('reason', '')}|{choice['label'].get('en', '')}"
            found[name] = (node["key"], choice["key"], choice["target"])
    return found
