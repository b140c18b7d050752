"""Whether the parts of a definition are of the types its format names (docs/ivr-flow-format.md). Pure.

A definition comes from a file or another system: what reads it afterwards need not ask again what it holds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from math import isfinite
from typing import Any

Is = Callable[[Any], bool]


def _text(value: Any) -> bool:
    return isinstance(value, str)


def _text_or_nothing(value: Any) -> bool:
    return value is None or isinstance(value, str)


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value) and 0 <= value < 1e9


def _whole(value: Any) -> bool:
    return isinstance(value, int) and _number(value)


def _list_of(one: Is) -> Is:
    return lambda value: isinstance(value, list) and all(map(one, value))


def _by_language(one: Is) -> Is:
    return lambda value: isinstance(value, dict) and all(map(one, value.values()))


def _having(parts: Mapping[str, Is]) -> Is:
    return lambda value: isinstance(value, dict) and not any(_wrong(value, parts))


def _wrong(value: Mapping[str, Any], parts: Mapping[str, Is]) -> Iterator[str]:
    """The parts that are there and of another type."""
    return (name for name, fits in parts.items() if name in value and not fits(value[name]))


_WAY = _text_or_nothing  # "leads nowhere" may be said by null
_SECONDS = _by_language(_number)
_FLOW: Mapping[str, Is] = {"languages": _list_of(_text), "name": _by_language(_text), "entries": _list_of(_text)}
_REASON: Mapping[str, Is] = {"label": _by_language(_text), "parent": _text_or_nothing}
_NODE: Mapping[str, Is] = {
    "label": _by_language(_text),
    "prompt": _by_language(_having({"text": _text, "seconds": _number})),
    "choices": _list_of(lambda value: isinstance(value, dict)),
    "queue": _text,
    "repeat": _text,
    "timeout_s": _number,
    "attempts": _whole,
    **dict.fromkeys(("next", "on_timeout", "on_error", "back", "zero_out"), _WAY),
}
_CHOICE: Mapping[str, Is] = {
    "position": _whole,
    "label": _by_language(_text),
    "seconds": _SECONDS,
    "reason": _text,
}


def of_flow(content: Mapping[str, Any]) -> Iterator[str]:
    """Fields of the flow itself, beside its nodes, that are of another type."""
    return _wrong(content, _FLOW)


def of_reason(reason: Mapping[str, Any]) -> Iterator[str]:
    return _wrong(reason, _REASON)


def of_node(node: Mapping[str, Any]) -> Iterator[str]:
    """Fields of a node that are of another type; those of its choices are asked of `of_choice`."""
    return _wrong(node, _NODE)


def of_choice(choice: Mapping[str, Any]) -> Iterator[str]:
    return _wrong(choice, _CHOICE)
