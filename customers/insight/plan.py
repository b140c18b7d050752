"""What a night does in which order: the tables it fills, and which statements may run side by side."""

from __future__ import annotations

from dataclasses import dataclass

from customers.insight import statements as sql
from customers.insight import terms

# The tables of a night, and what fills each of them.
TABLES = {
    "i_person": sql.PERSON, "i_used": sql.USED, "i_held": sql.HELD, "i_spoken": sql.SPOKEN, "i_tried": sql.TRIED,
    "i_wish": sql.WISHES, "i_tagged": sql.TAGGED, "i_silent": sql.SILENT, "i_preferred": sql.PREFERRED,
    "i_habit": sql.HABIT, "i_told": sql.TOLD, "i_block": sql.BLOCKS, "i_bought": sql.BOUGHT, "i_points": terms.POINTS,
    "i_term": terms.TERM, "i_settled": terms.SETTLED,
    **{f"i_rank_{name}": ranks for name, ranks in sql.RANKS.items()},
    "i_moved": sql.MOVED, "i_scored": sql.SCORED, "i_joined": sql.JOINED, "i_mark": sql.MARKS,
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Step:
    """What may run side by side: `each` in turn for every range of customers, and chains of statements that run once."""

    each: tuple[str, ...] = ()
    once: tuple[tuple[str, ...], ...] = ()


def _fill(*tables: str) -> tuple[str, ...]:
    return tuple(f"INSERT INTO {table} {TABLES[table]}" for table in tables)


def _known(*tables: str) -> tuple[str, ...]:
    """Without knowing the keys the planner would sort every table that is joined next."""
    return tuple(f"ANALYZE {table} (customer_id)" for table in tables)


_SETTLE = (
    *_fill("i_points"),
    terms.BEGIN_TERMS,
    *_fill("i_term", "i_settled"),
    terms.CLOSE_TERMS,
    terms.NEXT_TERMS,
    terms.END_TERMS,
    terms.TERM_AGAIN,
)
STEPS = (
    Step(
        each=_fill("i_person", "i_used", "i_held", "i_spoken", "i_tried", "i_wish", "i_tagged"),
        once=(_fill("i_silent"), (terms.EARN, terms.EXPIRE)),
    ),
    Step(once=(_fill("i_preferred", "i_habit"), _known("i_person", "i_used"), _known("i_held", "i_spoken", "i_tried"))),
    Step(each=(*_fill("i_told", "i_block", "i_bought"), *_SETTLE)),
    Step(
        once=(
            *((one,) for one in _fill(*(f"i_rank_{name}" for name in sql.RANKS), "i_moved")),
            _known("i_told", "i_bought"),
        )
    ),
    Step(each=_fill("i_scored", "i_joined")),
    Step(
        once=(
            _fill("i_mark"),
            _known("i_joined", "i_block", "i_scored", "i_points", "i_wish", "i_silent", "i_tagged", "i_term"),
        )
    ),
    Step(each=(sql.GONE, sql.WRITE)),
)
