"""Conditions on customers as data: parsed strictly, with the place of whatever is wrong. Pure.

    {"all": [...]} | {"any": [...]} | {"not": {...}} | {"field": "age", "op": ">=", "value": 18}
    | {"count": "call", "days": 30, "op": ">=", "value": 3, "channel": "voice", "code": "bill_question"}
    | {"related": "household", "all": [...]}  somebody else of the same household, of whom all of it is true (or "any");
                                              likewise circle, campus, enterprise

Logic has two values: a condition on a missing value is false and its negation true; `is_missing` asks for it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from customers.segments.fields import COUNTED, FIELDS, FLAG, LIST, NUMBER, OPERATORS, RELATED, TEXT, Field

DEEPEST = 8
MOST_LEAVES = 200
LONGEST_TEXT = 120
MOST_VALUES = 500
LONGEST_DAYS = 400  # as far back as events are kept for counting
COMPARED = (">=", "<=", ">", "<", "=")


class BadTree(Exception):
    """A condition that cannot be understood: where (a JSON pointer), why (a code of `words.REFUSED`), about what."""

    def __init__(self, place: str, code: str, about: str = "") -> None:
        super().__init__(f"{place or '/'}: {code} {about}".strip())
        self.place, self.code, self.about = place, code, about[:60]


@dataclass(frozen=True, kw_only=True)
class All:
    """Every part holds; without parts it holds for everybody."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, kw_only=True)
class Some:
    """At least one part holds; without parts it holds for nobody."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, kw_only=True)
class Not:
    part: Node


@dataclass(frozen=True, kw_only=True)
class Leaf:
    """One comparison of one fact. `value` is a number, a text, a bool or a tuple of them, by kind and operator."""

    field: Field
    op: str
    value: Any


@dataclass(frozen=True, kw_only=True)
class Count:
    """How often something stands on the timeline in the last `days`."""

    kind: str
    days: int
    op: str
    value: int
    channel: str = ""
    code: str = ""


@dataclass(frozen=True, kw_only=True)
class Related:
    """Somebody else who shares the fact `by` (circle, household …), and for whom `part` holds."""

    by: Field
    part: All | Some


Node = All | Some | Not | Leaf | Count | Related


def parse(tree: Any) -> Node:
    """A condition from its JSON. Raises BadTree with the place of the first fault."""
    node = _node(tree, "", 1)
    if sum(1 for _leaf in leaves(node)) > MOST_LEAVES:
        raise BadTree("", "too_many", str(MOST_LEAVES))
    return node


def leaves(node: Node) -> Iterator[Leaf | Count]:
    """Every comparison, in reading order."""
    if isinstance(node, Leaf | Count):
        yield node
    elif isinstance(node, Not | Related):
        yield from leaves(node.part)
    else:
        for part in node.parts:
            yield from leaves(part)


def relations(node: Node) -> Iterator[Related]:
    """Every condition on somebody else, in reading order."""
    if isinstance(node, Related):
        yield node
    elif isinstance(node, Not):
        yield from relations(node.part)
    elif isinstance(node, All | Some):
        for part in node.parts:
            yield from relations(part)


def _node(tree: Any, place: str, depth: int) -> Node:
    if depth > DEEPEST:
        raise BadTree(place, "too_deep", str(DEEPEST))
    if not isinstance(tree, dict):
        raise BadTree(place, "no_condition")
    keys = set(tree)
    if keys == {"all"} or keys == {"any"}:
        (key,) = keys
        parts = _parts(tree[key], f"{place}/{key}", depth)
        return All(parts=parts) if key == "all" else Some(parts=parts)
    if keys == {"not"}:
        return Not(part=_node(tree["not"], f"{place}/not", depth + 1))
    if "count" in keys:
        return _count(tree, place)
    if "related" in keys:
        return _related(tree, place, depth)
    if "field" in keys:
        return _leaf(tree, place)
    raise BadTree(place, "no_condition", ", ".join(sorted(map(str, keys))))


def _parts(parts: Any, place: str, depth: int) -> tuple[Node, ...]:
    if not isinstance(parts, list):
        raise BadTree(place, "no_list")
    if len(parts) > MOST_LEAVES:
        raise BadTree(place, "too_many", str(MOST_LEAVES))
    return tuple(_node(part, f"{place}/{number}", depth + 1) for number, part in enumerate(parts))


def _leaf(tree: dict[str, Any], place: str) -> Leaf:
    _only(tree, {"field", "op", "value"}, place)
    field = FIELDS.get(_text(tree.get("field"), f"{place}/field"))
    if field is None:
        raise BadTree(f"{place}/field", "unknown_field", str(tree["field"]))
    op = tree.get("op")
    if op not in OPERATORS[field.kind]:
        raise BadTree(f"{place}/op", "unknown_op", str(op))
    if op == "is_missing":
        _only(tree, {"field", "op"}, place)
        return Leaf(field=field, op=op, value=None)
    return Leaf(field=field, op=op, value=_value(field, op, tree.get("value"), f"{place}/value"))


def _value(field: Field, op: str, value: Any, place: str) -> Any:
    match field.kind:
        case kind if kind == NUMBER and op == "between":
            low, high = _pair(value, place)
            return (low, high)
        case kind if kind == NUMBER:
            return _number(value, place)
        case kind if kind == FLAG:
            if not isinstance(value, bool):
                raise BadTree(place, "no_bool")
            return value
        case kind if (kind == TEXT and op in {"in", "not_in"}) or (kind == LIST and op != "has"):
            return _texts(value, place)
        case _:
            return _text(value, place)


def _count(tree: dict[str, Any], place: str) -> Count:
    _only(tree, {"count", "days", "op", "value", "channel", "code"}, place)
    kind = _text(tree["count"], f"{place}/count")
    if kind not in COUNTED:
        raise BadTree(f"{place}/count", "unknown_kind", kind)
    if tree.get("op") not in COMPARED:
        raise BadTree(f"{place}/op", "unknown_op", str(tree.get("op")))
    return Count(
        kind=kind,
        days=_whole(tree.get("days"), f"{place}/days", 1, LONGEST_DAYS),
        op=tree["op"],
        value=_whole(tree.get("value"), f"{place}/value", 0, 1_000_000),
        channel=_text(tree.get("channel", ""), f"{place}/channel"),
        code=_text(tree.get("code", ""), f"{place}/code"),
    )


def _related(tree: dict[str, Any], place: str, depth: int) -> Related:
    by = _text(tree["related"], f"{place}/related")
    if by not in RELATED:
        raise BadTree(f"{place}/related", "unknown_relation", by)
    inner = {key: tree[key] for key in tree if key != "related"}
    part = _node(inner, place, depth + 1)
    if not isinstance(part, All | Some):
        raise BadTree(place, "no_condition", ", ".join(sorted(map(str, inner))))
    if next(relations(part), None) is not None:
        raise BadTree(place, "relation_in_relation")
    return Related(by=RELATED[by], part=part)


def _only(tree: dict[str, Any], allowed: set[str], place: str) -> None:
    extra = set(tree) - allowed
    if extra:
        raise BadTree(place, "unknown_key", str(min(extra, key=str)))


def _number(value: Any, place: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise BadTree(place, "no_number")
    if abs(value) > 1e15:
        raise BadTree(place, "no_number")
    return float(value)


def _pair(value: Any, place: str) -> tuple[float, float]:
    if not isinstance(value, list) or len(value) != 2:
        raise BadTree(place, "no_pair")
    return _number(value[0], f"{place}/0"), _number(value[1], f"{place}/1")


def _whole(value: Any, place: str, least: int, most: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise BadTree(place, "no_whole", f"{least} … {most}")
    return value


def _text(value: Any, place: str) -> str:
    # PostgreSQL takes no zero byte, and UTF-8 no lone surrogate
    if not isinstance(value, str) or len(value) > LONGEST_TEXT or "\x00" in value:
        raise BadTree(place, "no_text")
    if any("\ud800" <= sign <= "\udfff" for sign in value):
        raise BadTree(place, "no_text")
    return value


def _texts(value: Any, place: str) -> tuple[str, ...]:
    if not isinstance(value, list) or not value or len(value) > MOST_VALUES:
        raise BadTree(place, "no_texts")
    return tuple(_text(one, f"{place}/{number}") for number, one in enumerate(value))
