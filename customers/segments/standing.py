"""Who stands in a saved segment now, whatever may be done with them: for counting, never for a list."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from customers.reading import rows
from customers.segments import queries
from customers.segments.asking import understood
from customers.segments.compilers import POSTGRES, compiled

MOST = 500_000
_EVERYBODY = "SELECT f.customer_id FROM customers_facts AS f WHERE {where} LIMIT %(most)s"


def everybody(*, segment_id: int, now: datetime) -> list[UUID]:
    """The customers whom the newest wording of a segment means at this moment. Raises NotFound."""
    _segment, versions = queries.segment(segment_id=segment_id)
    if not versions:
        return []
    made = compiled(understood(versions[0].tree), dialect=POSTGRES, now=now, prefix="q", is_filter=True)
    return [who for (who,) in rows(_EVERYBODY.format(where=made.sql), most=MOST, **made.values)]
