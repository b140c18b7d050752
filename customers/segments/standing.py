"""Who stands in a saved segment now, and in which segments one customer stands: for knowing, never for a list."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime, timedelta
from uuid import UUID

from customers.insight.facts import Facts
from customers.reading import rows
from customers.segments import queries
from customers.segments.asking import understood
from customers.segments.compilers import POSTGRES, Happened, compiled, holds
from customers.segments.grammar import BadTree, Count, Node, leaves, parse, relations
from customers.segments.models import Segment

MOST = 500_000
_EVERYBODY = "SELECT f.customer_id FROM customers_facts AS f WHERE {where} LIMIT %(most)s"
_OWN = f"""
SELECT kind, coalesce(channel, ''), coalesce(code, ''), at FROM {POSTGRES.events} AS happened
WHERE customer_id = %(who)s AND at > %(since)s AND at <= %(now)s
"""  # noqa: S608 (a table of ours)


def everybody(*, segment_id: int, now: datetime) -> list[UUID]:
    """The customers whom the newest wording of a segment means at this moment. Raises NotFound."""
    _segment, versions = queries.segment(segment_id=segment_id)
    if not versions:
        return []
    made = compiled(understood(versions[0].tree), dialect=POSTGRES, now=now, prefix="q", is_filter=True)
    return [who for (who,) in rows(_EVERYBODY.format(where=made.sql), most=MOST, **made.values)]


def of(*, customer_id: UUID, now: datetime) -> list[Segment]:
    """The kept segments whose newest wording means this customer; none before anything is computed. Four statements."""
    facts = Facts.objects.filter(customer=customer_id).first()
    if facts is None:
        return []
    known: list[tuple[Segment, Node]] = []
    for one in queries.segments():
        with suppress(BadTree):  # it speaks of a fact that there is no more
            known.append((one, parse(one.versions.all()[0].tree)))
    held = held_by(facts, [node for _segment, node in known], now=now)
    return [segment for (segment, _node), is_meant in zip(known, held, strict=True) if is_meant]


def held_by(facts: Facts, nodes: Iterable[Node], *, now: datetime) -> list[bool]:
    """Which conditions hold for one customer: one statement for what happened to them, none where nothing is counted.

    In SQL a count would be taken of everybody. Who is related to somebody is not asked: such a condition is false.
    """
    asked = list(nodes)
    days = [leaf.days for node in asked for leaf in leaves(node) if isinstance(leaf, Count)]
    own = {field.attname: getattr(facts, field.attname) for field in Facts._meta.concrete_fields}
    events: list[Happened] = []
    if days:
        since = now - timedelta(days=max(days))
        happened = rows(_OWN, who=facts.customer_id, since=since, now=now)
        events = [Happened(kind=kind, channel=channel, code=code, at=at) for kind, channel, code, at in happened]
    return [next(relations(node), None) is None and holds(node, own, now=now, events=events) for node in asked]
