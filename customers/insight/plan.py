"""What a night does in which order: the tables it fills, and which statements may run side by side."""

from __future__ import annotations

from dataclasses import dataclass

from customers.insight import gathering, scoring, terms, writing

# The tables of a night, and what fills each of them.
TABLES = {
    "i_person": gathering.PERSON, "i_used": gathering.USED, "i_held": gathering.HELD, "i_spoken": gathering.SPOKEN,
    "i_tried": gathering.TRIED, "i_wish": gathering.WISHES, "i_tagged": gathering.TAGGED, "i_silent": gathering.SILENT,
    "i_preferred": gathering.PREFERRED, "i_habit": gathering.HABIT, "i_told": gathering.TOLD, "i_block": gathering.BLOCKS,
    "i_bought": scoring.BOUGHT, "i_points": terms.POINTS, "i_term": terms.TERM, "i_settled": terms.SETTLED,
    **{f"i_rank_{name}": ranks for name, ranks in scoring.RANKS.items()},
    "i_moved": scoring.MOVED, "i_scored": scoring.SCORED, "i_joined": writing.JOINED, "i_mark": writing.MARKS,
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Step:
    """What may run side by side: `each` in turn for every range of customers, and chains of statements that run once."""

    each: tuple[str, ...] = ()
    once: tuple[tuple[str, ...], ...] = ()


def of_range(statement: str, number: int) -> str:
    """A statement of `each` for the range of this number: the tables called `…_mine` are its own."""
    return statement.replace("_mine", f"_{number}")


def table(name: str) -> str:
    """Make a table of the night, empty; those of the ranges become parts of it."""
    return f"CREATE UNLOGGED TABLE {name} {_AS} {TABLES[name].replace('_mine', '')} WITH NO DATA"


# Nobody tidies the tables of a night up meanwhile: that took up to a fifth of its processor.
_AS = "WITH (autovacuum_enabled = off) AS"


def _made(*tables: str) -> tuple[str, ...]:
    """Each range fills tables of its own: into one, they would wait for each other whenever it grows, page by page, and read
    past each other's rows in every join. Made by the statement that fills them, they grow by many pages at once.

    Without knowing the keys the planner would sort every table that is joined next.
    """
    return tuple(
        statement
        for name in tables
        for statement in (
            f"CREATE UNLOGGED TABLE {name}_mine {_AS} {TABLES[name]}", f"ANALYZE {name}_mine (customer_id)",
        )
    )  # fmt: skip


def _shared(*tables: str) -> tuple[str, ...]:
    """Last of a range's statements, for the table of all is locked until they are committed."""
    return tuple(f"ALTER TABLE {name}_mine INHERIT {name}" for name in tables)


def _fill(*tables: str) -> tuple[str, ...]:
    return tuple(f"INSERT INTO {name} {TABLES[name]}" for name in tables)


_SETTLE = (
    *_made("i_points"),
    terms.BEGIN_TERMS,
    *_made("i_term", "i_settled"),
    terms.CLOSE_TERMS,
    terms.NEXT_TERMS,
    terms.END_TERMS,
    terms.TERM_AGAIN,
)
_GATHERED = ("i_person", "i_used", "i_held", "i_spoken", "i_tried", "i_wish", "i_tagged")
_WEIGHED = ("i_told", "i_block", "i_bought")
_JUDGED = ("i_scored", "i_joined")
STEPS = (
    Step(
        each=_made(*_GATHERED) + _shared(*_GATHERED),
        once=(_fill("i_silent"), (terms.EARN, terms.EXPIRE)),
    ),
    Step(once=(_fill("i_preferred"), _fill("i_habit"))),
    Step(each=_made(*_WEIGHED) + _SETTLE + _shared(*_WEIGHED, "i_points", "i_term", "i_settled")),
    Step(once=tuple((one,) for one in _fill(*(f"i_rank_{name}" for name in scoring.RANKS), "i_moved"))),
    Step(each=_made(*_JUDGED) + _shared(*_JUDGED)),
    Step(once=((*_fill("i_mark"), "ANALYZE i_silent (customer_id)"),)),
    Step(each=(writing.GONE, writing.WRITE)),
)
