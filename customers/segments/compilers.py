"""One condition, three ways to ask it: of one customer in Python, of all in PostgreSQL, of all in DuckDB. Pure.

The three must agree (a property test holds them together). Values are parameters; columns come from `fields` alone.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from customers.segments.fields import FLAG, LIST, NUMBER
from customers.segments.grammar import All, Count, Leaf, Node, Not, Some

_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq, "!=": operator.ne, "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
}  # fmt: skip


# --- one customer ---------------------------------------------------------------------------------------------------
@dataclass(frozen=True, kw_only=True)
class Happened:
    """One contact, as `count` conditions see it."""

    kind: str
    channel: str
    code: str
    at: datetime


def holds(node: Node, facts: Mapping[str, Any], *, now: datetime, events: Iterable[Happened] = ()) -> bool:
    """Whether a condition holds for one customer's facts."""
    match node:
        case All(parts=parts):
            return all(holds(part, facts, now=now, events=events) for part in parts)
        case Some(parts=parts):
            return any(holds(part, facts, now=now, events=events) for part in parts)
        case Not(part=part):
            return not holds(part, facts, now=now, events=events)
        case Count():
            return _COMPARE[node.op](_counted(node, now, events), node.value)
    return _leaf_holds(node, facts.get(node.field.key))


def _leaf_holds(leaf: Leaf, fact: Any) -> bool:
    if leaf.op == "is_missing":
        return fact in (None, "")
    if leaf.field.kind == LIST:
        return _list_holds(leaf, set(fact or ()))
    if fact in (None, "") and leaf.field.kind != FLAG:
        return False
    if leaf.field.kind == FLAG:
        return bool(fact) is bool(leaf.value)
    match leaf.op:
        case "in":
            return bool(fact in leaf.value)
        case "not_in":
            return bool(fact not in leaf.value)
        case "between":
            return bool(leaf.value[0] <= fact <= leaf.value[1])
    return _COMPARE[leaf.op](fact, leaf.value)


def _list_holds(leaf: Leaf, held: set[str]) -> bool:
    asked = {leaf.value} if leaf.op == "has" else set(leaf.value)
    match leaf.op:
        case "has" | "has_all":
            return asked <= held
        case "has_any":
            return bool(asked & held)
    return not asked & held


def _counted(node: Count, now: datetime, events: Iterable[Happened]) -> int:
    since = now - timedelta(days=node.days)
    return sum(
        1
        for one in events
        if one.kind == node.kind
        and since < one.at <= now
        and node.channel in ("", one.channel)
        and node.code in ("", one.code)
    )


# --- all of them, in SQL --------------------------------------------------------------------------------------------
@dataclass(frozen=True, kw_only=True)
class Dialect:
    """What the two databases say differently. `{c}` is the column, `{p}` the parameter."""

    parameter: str
    one_of: str
    has_any: str
    has_all: str
    events: str
    is_zoned: bool  # whether instants carry their zone; else they are UTC


POSTGRES = Dialect(
    parameter="%({name})s",
    one_of="{c} = ANY ({p}::text[])",
    has_any="{c} && {p}::varchar[]",
    has_all="{c} @> {p}::varchar[]",
    events="customers_interaction",
    is_zoned=True,
)
DUCKDB = Dialect(
    parameter="${name}",
    one_of="list_contains({p}, {c})",
    has_any="list_has_any({c}, {p})",
    has_all="list_has_all({c}, {p})",
    events="events",
    is_zoned=False,
)


@dataclass(kw_only=True)
class Compiled:
    """A condition over `facts AS f`, with its parameters."""

    dialect: Dialect
    now: datetime
    prefix: str = "p"
    values: dict[str, Any] = field(default_factory=dict)
    sql: str = ""

    def bind(self, value: Any) -> str:
        name = f"{self.prefix}{len(self.values)}"
        self.values[name] = list(value) if isinstance(value, tuple) else value
        return self.dialect.parameter.format(name=name)

    def instant(self, at: datetime) -> str:
        return self.bind(at if self.dialect.is_zoned else at.astimezone(UTC).replace(tzinfo=None))


def compiled(node: Node, *, dialect: Dialect, now: datetime, prefix: str = "p") -> Compiled:
    """The WHERE clause of a condition. Two conditions in one statement need two prefixes."""
    made = Compiled(dialect=dialect, now=now, prefix=prefix)
    made.sql = _sql(node, made)
    return made


def _sql(node: Node, made: Compiled) -> str:
    match node:
        case All(parts=()):
            return "true"
        case Some(parts=()):
            return "false"
        case All(parts=parts):
            return "(" + " AND ".join(_sql(part, made) for part in parts) + ")"
        case Some(parts=parts):
            return "(" + " OR ".join(_sql(part, made) for part in parts) + ")"
        case Not(part=part):
            return f"(NOT {_sql(part, made)})"
        case Count():
            return _count_sql(node, made)
    return _leaf_sql(node, made)


def _leaf_sql(leaf: Leaf, made: Compiled) -> str:
    column = f'f."{leaf.field.key}"'
    dialect = made.dialect
    if leaf.op == "is_missing":
        return f"({column} IS NULL)" if leaf.field.kind == NUMBER else f"(coalesce({column}, '') = '')"
    if leaf.field.kind == FLAG:
        return column if leaf.value else f"(NOT {column})"
    if leaf.field.kind == LIST:
        given = made.bind((leaf.value,) if leaf.op == "has" else leaf.value)
        shape = dialect.has_all if leaf.op in {"has", "has_all"} else dialect.has_any
        told = shape.format(c=column, p=given)
        return f"(NOT {told})" if leaf.op == "has_none" else f"({told})"
    present = "" if leaf.field.kind == NUMBER else f" AND {column} <> ''"
    return f"coalesce({_compared(leaf, column, made)}{present}, false)"


def _compared(leaf: Leaf, column: str, made: Compiled) -> str:
    if leaf.op == "between":
        return f"({column} BETWEEN {made.bind(leaf.value[0])} AND {made.bind(leaf.value[1])})"
    if leaf.op in {"in", "not_in"}:
        told = made.dialect.one_of.format(c=column, p=made.bind(leaf.value))
        return f"({told})" if leaf.op == "in" else f"(NOT {told})"
    sign = "<>" if leaf.op == "!=" else leaf.op
    return f"({column} {sign} {made.bind(leaf.value)})"


def _count_sql(node: Count, made: Compiled) -> str:
    where = [
        f'e."kind" = {made.bind(node.kind)}',
        f'e."at" > {made.instant(made.now - timedelta(days=node.days))}',
        f'e."at" <= {made.instant(made.now)}',
    ]
    if node.channel:
        where.append(f'e."channel" = {made.bind(node.channel)}')
    if node.code:
        where.append(f'e."code" = {made.bind(node.code)}')
    # of everybody at once, not one customer after another
    counted = f'SELECT e."customer_id" FROM {made.dialect.events} AS e WHERE {" AND ".join(where)} GROUP BY 1'  # noqa: S608
    least = made.bind(node.value)
    inside = f'f."customer_id" IN ({counted} HAVING count(*) {node.op} {least})'
    if not _COMPARE[node.op](0, node.value):
        return f"({inside})"
    # whom nothing happened to is in no group, and counts as none
    outside = f'f."customer_id" NOT IN ({counted} HAVING NOT count(*) {node.op} {least})'
    return f"({outside})"
