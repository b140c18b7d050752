"""The blanks of a condition: every value in it, by its place; and the condition again with other values. Pure."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from customers.segments.fields import FIELDS, NUMBER

Tree = dict[str, Any]
_INSIDE = ("all", "any", "not")


class NoNumber(ValueError):
    """A blank that wants a number was given something else; the message is its place."""


@dataclass(frozen=True, kw_only=True)
class Blank:
    """One value. `place` is its JSON pointer; `field` a fact or what is counted; `part` is value or days."""

    place: str
    field: str
    op: str
    part: str
    value: Any  # as people read it: yuan, not fen; 20 %, not .2
    choices: tuple[str, ...]

    @property
    def is_list(self) -> bool:
        return isinstance(self.value, list)

    @property
    def is_number(self) -> bool:
        return isinstance(self.value, int | float) and not isinstance(self.value, bool)


def blanks(tree: Any, place: str = "") -> Iterator[Blank]:
    """Every value of a condition in reading order; flags and “is not known” have none."""
    if isinstance(tree, list):
        for number, part in enumerate(tree):
            yield from blanks(part, f"{place}/{number}")
        return
    for key in _INSIDE:
        if key in tree:
            yield from blanks(tree[key], f"{place}/{key}")
    if "count" in tree:
        for part in ("value", "days"):
            yield Blank(place=f"{place}/{part}", field=tree["count"], op=tree["op"] if part == "value" else "", part=part,
                        value=tree[part], choices=())  # fmt: skip
    elif "field" in tree and not isinstance(tree.get("value"), bool | None):
        field = FIELDS[tree["field"]]
        value = _shown(tree["value"], field.parts) if field.kind == NUMBER else tree["value"]
        yield Blank(
            place=f"{place}/value", field=field.key, op=tree["op"], part="value", value=value, choices=field.choices
        )


def filled(tree: Tree, answers: Mapping[str, list[str]]) -> Tree:
    """The condition with the answers in its blanks; what was not answered stays as it was. Raises NoNumber."""
    made = copy.deepcopy(tree)
    for blank in blanks(tree):
        given = [one.strip() for one in answers.get(blank.place, []) if one.strip()]
        if given:
            _put(made, blank.place, _answer(blank, given))
    return made


def _answer(blank: Blank, given: list[str]) -> Any:
    parts = FIELDS[blank.field].parts if blank.field in FIELDS and blank.part == "value" else 1
    if blank.is_list:
        every = [one.strip() for text in given for one in text.split(",") if one.strip()]
        return [_number(blank, one, parts) for one in every] if _numeric(blank.value) else every
    return _number(blank, given[0], parts) if blank.is_number else given[0]


def _number(blank: Blank, text: str, parts: float) -> float | int:
    try:
        value = round(float(text) * parts, 9)
    except ValueError:
        raise NoNumber(blank.place) from None
    if value != value or abs(value) > 1e15:
        raise NoNumber(blank.place)
    return int(value) if value == int(value) else value


def _numeric(value: list[Any]) -> bool:
    return bool(value) and all(isinstance(one, int | float) for one in value)


def _shown(value: Any, parts: float) -> Any:
    if isinstance(value, list):
        return [_shown(one, parts) for one in value]
    shown = round(value / parts, 9)  # a share in percent must not show the crumbs of binary fractions
    return int(shown) if shown == int(shown) else shown


def _put(tree: Any, place: str, value: Any) -> None:
    *path, last = place.strip("/").split("/")
    for step in path:
        tree = tree[int(step)] if isinstance(tree, list) else tree[step]
    tree[last] = value
