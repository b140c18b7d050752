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
from customers.segments.grammar import All, Count, Leaf, Node, Not, Related, Some

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


@dataclass(frozen=True, kw_only=True)
class Other:
    """Somebody else, as `related` conditions see them."""

    facts: Mapping[str, Any]
    events: tuple[Happened, ...] = ()


def holds(
    node: Node,
    facts: Mapping[str, Any],
    *,
    now: datetime,
    events: Iterable[Happened] = (),
    others: Iterable[Other] = (),
) -> bool:
    """Whether a condition holds for one customer's facts; `others` are all who may be related."""

    def asked(part: Node) -> bool:
        return holds(part, facts, now=now, events=events, others=others)

    match node:
        case All(parts=parts):
            return all(map(asked, parts))
        case Some(parts=parts):
            return any(map(asked, parts))
        case Not(part=part):
            return not asked(part)
        case Count():
            return _COMPARE[node.op](_counted(node, now, events), node.value)
        case Related(by=by, part=part):
            shared = facts.get(by.key)
            return shared is not None and any(
                one.facts.get(by.key) == shared and holds(part, one.facts, now=now, events=one.events) for one in others
            )
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
    one_of: str  # {p} is one parameter that is a list, or (`is_spread`) as many parameters as values
    is_spread: bool
    has_any: str
    has_all: str
    facts: str
    events: str
    is_zoned: bool  # whether instants carry their zone; else they are UTC


# Everything that can be counted: contacts, money that moved, contracts begun. The mirror holds a copy of it.
_HAPPENED = (
    "(SELECT customer_id, kind, channel, code, at FROM customers_interaction"
    " UNION ALL SELECT customer_id, kind, '', line, at FROM customers_transaction"
    " UNION ALL SELECT own.customer_id, 'contract', '', sold.code, own.since::timestamptz FROM customers_holding AS own"
    " JOIN customers_offering AS sold ON sold.id = own.offering_id)"
)
POSTGRES = Dialect(
    parameter="%({name})s",
    one_of="{c} = ANY ({p}::text[])",
    is_spread=False,
    has_any="{c} && {p}::varchar[]",
    has_all="{c} @> {p}::varchar[]",
    facts="customers_facts",
    events=_HAPPENED,
    is_zoned=True,
)
DUCKDB = Dialect(
    parameter="${name}",
    one_of="{c} IN ({p})",
    is_spread=True,
    has_any="list_has_any({c}, {p})",
    has_all="list_has_all({c}, {p})",
    facts="facts",
    events="events",
    is_zoned=False,
)


@dataclass(kw_only=True)
class Compiled:
    """A condition over `facts AS f`, with its parameters."""

    dialect: Dialect
    now: datetime
    prefix: str = "p"
    person: str = "f"  # whose facts are asked: another name inside a relation
    values: dict[str, Any] = field(default_factory=dict)
    sql: str = ""

    def bind(self, value: Any) -> str:
        name = f"{self.prefix}{len(self.values)}"
        self.values[name] = list(value) if isinstance(value, tuple) else value
        return self.dialect.parameter.format(name=name)

    def instant(self, at: datetime) -> str:
        return self.bind(at if self.dialect.is_zoned else at.astimezone(UTC).replace(tzinfo=None))


def compiled(node: Node, *, dialect: Dialect, now: datetime, prefix: str = "p", is_filter: bool = False) -> Compiled:
    """The WHERE clause of a condition. Two conditions in one statement need two prefixes.

    `is_filter`: it stands where unknown counts as false (WHERE, FILTER) and under no NOT. Then only what stands under a
    NOT of its own is made two-valued, and the engine may skip blocks by the plain comparisons.
    """
    made = Compiled(dialect=dialect, now=now, prefix=prefix)
    made.sql = _sql(node, made, is_filter)
    return made


def _sql(node: Node, made: Compiled, is_filter: bool) -> str:
    match node:
        case All(parts=()):
            return "true"
        case Some(parts=()):
            return "false"
        case All(parts=parts):
            return "(" + " AND ".join(_sql(part, made, is_filter) for part in parts) + ")"
        case Some(parts=parts):
            return "(" + " OR ".join(_sql(part, made, is_filter) for part in parts) + ")"
        case Not(part=part):
            return f"(NOT {_sql(part, made, False)})"
        case Count():
            return _count_sql(node, made)
        case Related():
            return _related_sql(node, made)
    return _leaf_sql(node, made, is_filter)


def _related_sql(node: Related, made: Compiled) -> str:
    """Of everybody at once: the circles (households …) in which somebody is meant, then who is in them besides."""
    made.person = "g"
    inner = _sql(node.part, made, True)
    made.person = "f"
    by = f'"{node.by.key}"'
    own = _sql(node.part, made, False)
    meant = f"SELECT g.{by} FROM {made.dialect.facts} AS g WHERE g.{by} IS NOT NULL AND {inner} GROUP BY 1"  # noqa: S608
    # two are meant, or one is and it is somebody else
    found = f"f.{by} IN ({meant} HAVING count(*) > 1) OR (f.{by} IN ({meant}) AND NOT {own})"
    return f"coalesce(({found}), false)"


def _leaf_sql(leaf: Leaf, made: Compiled, is_filter: bool) -> str:
    column = f'{made.person}."{leaf.field.key}"'
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
    told = _compared(leaf, column, made)
    if leaf.field.kind != NUMBER and (leaf.op in {"!=", "not_in"} or _asks_for_nothing(leaf)):
        told = f"({told} AND {column} <> '')"
    return told if is_filter else f"coalesce({told}, false)"


def _asks_for_nothing(leaf: Leaf) -> bool:
    return "" in leaf.value if isinstance(leaf.value, tuple) else not leaf.value


def _compared(leaf: Leaf, column: str, made: Compiled) -> str:
    if leaf.op == "between":
        return f"({column} BETWEEN {made.bind(leaf.value[0])} AND {made.bind(leaf.value[1])})"
    if leaf.op in {"in", "not_in"}:
        given = ", ".join(map(made.bind, leaf.value)) if made.dialect.is_spread else made.bind(leaf.value)
        told = made.dialect.one_of.format(c=column, p=given)
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
    inside = f'{made.person}."customer_id" IN ({counted} HAVING count(*) {node.op} {least})'
    if not _COMPARE[node.op](0, node.value):
        return f"({inside})"
    # whom nothing happened to is in no group, and counts as none
    outside = f'{made.person}."customer_id" NOT IN ({counted} HAVING NOT count(*) {node.op} {least})'
    return f"({outside})"
