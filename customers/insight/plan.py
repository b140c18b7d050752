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
            *((one,) for one in _fill(*(f"i_rank_{name}" for name in scoring.RANKS), "i_moved")),
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
    Step(each=(writing.GONE, writing.WRITE)),
)
