"""Whom the sources have in common and whether they say the same of them: measured by night, shown as a matrix."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import connection
from django.utils import timezone

from callcenter.foundation import masks
from customers.identity import sealed
from customers.quality import formulas
from customers.quality.models import ConsistencyReport

MOST_CONFLICTS = 50
MOST_JOINERS = 10

_KNOWN = """
CREATE TEMP TABLE known ON COMMIT DROP AS SELECT DISTINCT source, customer_id FROM customers_sourcerecord
"""
_OVERLAP = """
SELECT a.source, b.source, count(*) FROM known AS a JOIN known AS b USING (customer_id)
WHERE a.source <= b.source GROUP BY 1, 2 ORDER BY 1, 2
"""
_IN_HOW_MANY = """
SELECT sources, count(*) FROM (SELECT count(*) AS sources FROM known GROUP BY customer_id) AS told GROUP BY 1 ORDER BY 1
"""
_TOLD = """
CREATE TEMP TABLE told ON COMMIT DROP AS
SELECT DISTINCT source, customer_id, said.key AS field, said.value
FROM customers_sourcerecord JOIN LATERAL jsonb_each_text(fields) AS said ON said.value <> ''
WHERE said.key = ANY (%(fields)s::text[])
  AND customer_id IN (SELECT customer_id FROM known GROUP BY customer_id HAVING count(*) > 1)
"""
# Equal ÷ both present, after normalising, for each two sources and each field.
_AGREEMENT = """
SELECT field, source, other, count(*), count(*) FILTER (WHERE agrees) FROM (
    SELECT a.field, a.source, b.source AS other, a.customer_id, bool_or(a.value = b.value) AS agrees
    FROM told AS a JOIN told AS b ON b.customer_id = a.customer_id AND b.field = a.field AND a.source < b.source
    GROUP BY 1, 2, 3, 4) AS pair
GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
"""
_JOINERS = """
SELECT kind, value, min(sealed), count(DISTINCT customer_id) AS people FROM customers_identifier
WHERE valid_to IS NULL GROUP BY kind, scope, value HAVING count(DISTINCT customer_id) > 1
ORDER BY people DESC, kind, value LIMIT %(most)s
"""
_CONFLICTS = """
SELECT told.customer_id::text, array_agg(DISTINCT told.field ORDER BY told.field), max(facts.value_fen)
FROM (SELECT customer_id, field FROM told GROUP BY 1, 2 HAVING count(DISTINCT source) > 1 AND count(DISTINCT value) > 1) AS told
LEFT JOIN customers_facts AS facts ON facts.customer_id = told.customer_id
GROUP BY told.customer_id ORDER BY max(facts.value_fen) DESC NULLS LAST, told.customer_id LIMIT %(most)s
"""


def measure(*, now: datetime) -> ConsistencyReport:
    """Compare the sources as of `now`, once a day. In the caller's transaction.

    `doc`: overlap [[a, b, customers]], known_in [[sources, customers]], agreement [[field, a, b, compared, equal]], joiners
    [[kind, masked, customers]], conflicts [[customer, fields, value in fen]].
    """
    with connection.cursor() as cursor:
        cursor.execute(_KNOWN)
        cursor.execute(_TOLD, {"fields": list(formulas.FIELD_WEIGHTS)})
        doc = {
            "overlap": _asked(cursor, _OVERLAP), "known_in": _asked(cursor, _IN_HOW_MANY),
            "agreement": _asked(cursor, _AGREEMENT), "conflicts": _asked(cursor, _CONFLICTS, most=MOST_CONFLICTS),
            "joiners": [
                [kind, masks.identifier(kind=kind, value=sealed.clear(kind, value, box)), people]
                for kind, value, box, people in _asked(cursor, _JOINERS, most=MOST_JOINERS)
            ],
        }  # fmt: skip
        cursor.execute("DROP TABLE known, told")
    report, _made = ConsistencyReport.objects.update_or_create(day=timezone.localdate(now), defaults={"doc": doc})
    return report


def _asked(cursor: Any, query: str, **values: Any) -> list[list[Any]]:
    cursor.execute(query, values)
    return [list(row) for row in cursor.fetchall()]


def newest() -> ConsistencyReport | None:
    return ConsistencyReport.objects.order_by("-day").first()


def matrix(doc: dict[str, Any]) -> tuple[list[str], list[tuple[str, list[tuple[int, float | None]]]]]:
    """Sources, and of each its row: customers in common and the share of fields on which the two agree."""
    shared = {(a, b): n for a, b, n in doc["overlap"]}
    agreed: dict[tuple[str, str], list[int]] = {}
    for _field, a, b, compared, equal in doc["agreement"]:
        held = agreed.setdefault((a, b), [0, 0])
        held[0] += compared
        held[1] += equal
    names = sorted({name for pair in shared for name in pair})
    rows = []
    for one in names:
        pairs = [tuple(sorted((one, other))) for other in names]
        cells = [
            (shared.get((a, b), 0), agreed[a, b][1] / agreed[a, b][0] if (a, b) in agreed else None) for a, b in pairs
        ]
        rows.append((one, cells))
    return names, rows


def by_field(doc: dict[str, Any]) -> list[tuple[str, int, int, float]]:
    """Field, compared, equal, share; the worst first."""
    held: dict[str, list[int]] = {}
    for field, _a, _b, compared, equal in doc["agreement"]:
        told = held.setdefault(field, [0, 0])
        told[0] += compared
        told[1] += equal
    rows = [(field, compared, equal, equal / compared) for field, (compared, equal) in held.items()]
    return sorted(rows, key=lambda row: row[3])
