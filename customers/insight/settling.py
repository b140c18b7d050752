"""Tags that a computation gives, brought up to what holds now: put on, renewed, taken off, each with evidence and log.

Rules and models share it: a computation fills `tag_holds` and says in whose name. What hands put on or locked stays, what
hands took off stays off. A rule's tag stays until it runs out; all else goes when it holds no more.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

STAGE = """
DROP TABLE IF EXISTS tag_holds;
CREATE TEMP TABLE tag_holds (customer_id uuid, tag_id bigint, evidence varchar, expires_at timestamptz, rule_version int)
    ON COMMIT DROP;
DROP TABLE IF EXISTS tag_changed;
CREATE TEMP TABLE tag_changed (customer_id uuid) ON COMMIT DROP
"""
# Off: given in this name, not locked, and it does not hold any more. Rules answer for the tags they rule, models for all.
_REMOVE = """
WITH gone AS (
    DELETE FROM customers_tagassignment AS given
    WHERE given.customer_id BETWEEN %(first)s AND %(last)s AND given.origin = %(origin)s AND NOT given.locked
        AND (%(origin)s <> 'rule' OR given.tag_id IN (SELECT tag_id FROM customers_tagrule WHERE closed_at IS NULL))
        AND NOT EXISTS (SELECT FROM tag_holds AS holds
                        WHERE holds.customer_id = given.customer_id AND holds.tag_id = given.tag_id)
        AND (%(origin)s <> 'rule' OR given.expires_at IS NULL OR given.expires_at <= %(now)s OR given.rule_version IS NULL)
    RETURNING given.customer_id, given.tag_id, given.evidence
), noted AS (INSERT INTO tag_changed SELECT customer_id FROM gone)
INSERT INTO customers_taglog (customer_id, tag_id, act, origin, evidence, actor, at)
SELECT customer_id, tag_id, 'removed', %(origin)s, evidence, %(origin)s || 's', %(now)s FROM gone
"""
# On: a hand's word stands until it runs out; a ban keeps the computation away.
_ADD = """
WITH fresh AS (
    INSERT INTO customers_tagassignment AS given
        (customer_id, tag_id, origin, evidence, at, expires_at, actor, locked, rule_version)
    SELECT holds.customer_id, holds.tag_id, %(origin)s, holds.evidence, %(now)s, holds.expires_at, '', false,
        holds.rule_version
    FROM tag_holds AS holds LEFT JOIN customers_tagassignment AS same USING (customer_id, tag_id)
    WHERE (same.origin, same.rule_version, same.expires_at, same.evidence)
            IS DISTINCT FROM (%(origin)s::varchar, holds.rule_version, holds.expires_at, holds.evidence)
        AND NOT EXISTS (SELECT FROM customers_tagban AS ban WHERE ban.customer_id = holds.customer_id
                      AND ban.tag_id = holds.tag_id AND ban.until > %(now)s)
    ON CONFLICT (customer_id, tag_id) DO UPDATE SET origin = EXCLUDED.origin, evidence = EXCLUDED.evidence,
        rule_version = EXCLUDED.rule_version, expires_at = EXCLUDED.expires_at, actor = '',
        at = CASE WHEN given.origin = EXCLUDED.origin AND given.rule_version IS NOT DISTINCT FROM EXCLUDED.rule_version
             THEN given.at ELSE EXCLUDED.at END
    WHERE NOT given.locked AND (given.origin = %(origin)s OR given.expires_at <= %(now)s)
    RETURNING given.customer_id, given.tag_id, given.evidence, (xmax = 0) AS is_new
), noted AS (INSERT INTO tag_changed SELECT customer_id FROM fresh)
INSERT INTO customers_taglog (customer_id, tag_id, act, origin, evidence, actor, at)
SELECT customer_id, tag_id, 'added', %(origin)s, evidence, %(origin)s || 's', %(now)s FROM fresh WHERE is_new
"""
_REFRESH = """
UPDATE customers_facts AS facts SET tags = ARRAY(
    SELECT tag.key::varchar FROM customers_tagassignment AS given JOIN customers_tag AS tag ON tag.id = given.tag_id
    WHERE given.customer_id = facts.customer_id AND (given.expires_at IS NULL OR given.expires_at > %(now)s) ORDER BY tag.key)
WHERE facts.customer_id IN (SELECT customer_id FROM tag_changed)
"""


def settle(cursor: Any, *, origin: str, now: datetime, mine: dict[str, UUID]) -> tuple[int, int]:
    """Make the tags of this origin what `tag_holds` says, for customers of one range; how many were put on and taken off."""
    values = {"origin": origin, "now": now, **mine}
    cursor.execute("ANALYZE tag_holds (customer_id, tag_id)")
    cursor.execute(_REMOVE, values)
    removed = int(cursor.rowcount)
    cursor.execute(_ADD, values)
    added = int(cursor.rowcount)
    cursor.execute("ANALYZE tag_changed")
    cursor.execute(_REFRESH, values)
    cursor.execute("DROP TABLE tag_holds, tag_changed")
    return added, removed
