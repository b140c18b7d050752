"""Tags by rule, by set: what holds today is put on, what holds no more is taken off, hands and locks are respected."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from callcenter.foundation import audit, masks
from callcenter.foundation.commands import command
from callcenter.foundation.errors import NotFound
from customers.insight.models import Tag, TagRule
from customers.insight.tag_rules import RULES
from customers.segments.asking import understood
from customers.segments.compilers import POSTGRES, Compiled, compiled

_HOLDS = """
INSERT INTO tag_holds (customer_id, tag_id, rule_version, expires_at)
SELECT f.customer_id, %(tag)s, %(version)s, {until} FROM customers_facts AS f WHERE {where}
"""
_STAGE = """
DROP TABLE IF EXISTS tag_holds;
CREATE TEMP TABLE tag_holds (customer_id uuid, tag_id bigint, rule_version int, expires_at timestamptz) ON COMMIT DROP
"""
# Off: given by a rule, not locked, ruled by one of the open rules, and it does not hold any more.
_REMOVE = """
WITH gone AS (
    DELETE FROM customers_tagassignment AS given
    USING (SELECT DISTINCT tag_id FROM customers_tagrule WHERE closed_at IS NULL) AS ruled
    WHERE given.tag_id = ruled.tag_id AND given.origin = 'rule' AND NOT given.locked
        AND NOT EXISTS (SELECT FROM tag_holds AS holds
                        WHERE holds.customer_id = given.customer_id AND holds.tag_id = given.tag_id)
        AND (given.expires_at IS NULL OR given.expires_at <= %(now)s OR given.rule_version IS NULL)
    RETURNING given.customer_id, given.tag_id, given.evidence
)
INSERT INTO customers_taglog (customer_id, tag_id, act, origin, evidence, actor, at)
SELECT customer_id, tag_id, 'removed', 'rule', evidence, 'rules', %(now)s FROM gone
"""
# On: a hand's word stands until it runs out; a ban keeps the rule away.
_ADD = """
WITH fresh AS (
    INSERT INTO customers_tagassignment AS given
        (customer_id, tag_id, origin, evidence, at, expires_at, actor, locked, rule_version)
    SELECT holds.customer_id, holds.tag_id, 'rule', 'rule v' || holds.rule_version, %(now)s, holds.expires_at, '', false,
        holds.rule_version
    FROM tag_holds AS holds
    WHERE NOT EXISTS (SELECT FROM customers_tagban AS ban WHERE ban.customer_id = holds.customer_id
                      AND ban.tag_id = holds.tag_id AND ban.until > %(now)s)
    ON CONFLICT (customer_id, tag_id) DO UPDATE SET origin = 'rule', evidence = EXCLUDED.evidence,
        rule_version = EXCLUDED.rule_version, expires_at = EXCLUDED.expires_at, actor = '',
        at = CASE WHEN given.origin = 'rule' AND given.rule_version = EXCLUDED.rule_version THEN given.at
             ELSE EXCLUDED.at END
    WHERE NOT given.locked AND (given.origin = 'rule' OR given.expires_at <= %(now)s)
        AND (given.origin, given.rule_version, given.expires_at)
            IS DISTINCT FROM ('rule', EXCLUDED.rule_version, EXCLUDED.expires_at)
    RETURNING given.customer_id, given.tag_id, given.evidence, (xmax = 0) AS is_new
)
INSERT INTO customers_taglog (customer_id, tag_id, act, origin, evidence, actor, at)
SELECT customer_id, tag_id, 'added', 'rule', evidence, 'rules', %(now)s FROM fresh WHERE is_new
"""
_REFRESH = """
UPDATE customers_facts AS facts SET tags = coalesce(own.tags, '{}')
FROM customers_facts AS stands LEFT JOIN (
    SELECT given.customer_id, array_agg(tag.key::varchar ORDER BY tag.key) AS tags
    FROM customers_tagassignment AS given JOIN customers_tag AS tag ON tag.id = given.tag_id
    WHERE given.expires_at IS NULL OR given.expires_at > %(now)s GROUP BY given.customer_id
) AS own ON own.customer_id = stands.customer_id
WHERE stands.id = facts.id AND stands.tags IS DISTINCT FROM coalesce(own.tags, '{}')
"""


@transaction.atomic
def apply_rules(*, now: datetime) -> tuple[int, int]:
    """Bring rule tags up to the facts; answers how many were put on and taken off. Each change is in the log."""
    rules = list(TagRule.objects.filter(closed_at__isnull=True).select_related("tag").order_by("tag__key"))
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL work_mem = '128MB'; SET LOCAL jit = off")
        cursor.execute(_STAGE)
        for rule in rules:
            made = _where(rule.tree, now)
            until = "%(now)s + make_interval(days => %(days)s)" if rule.days else "NULL::timestamptz"
            values = {"tag": rule.tag_id, "version": rule.version, "now": now, "days": rule.days, **made.values}
            cursor.execute(_HOLDS.format(until=until, where=made.sql), values)
        cursor.execute("ANALYZE tag_holds")
        cursor.execute(_REMOVE, {"now": now})
        removed = cursor.rowcount
        cursor.execute(_ADD, {"now": now})
        added = cursor.rowcount
        cursor.execute(_REFRESH, {"now": now})
        cursor.execute("DROP TABLE tag_holds")
    return added, removed


@dataclass(frozen=True, kw_only=True)
class Difference:
    """What a changed rule would do: how many get the tag, how many lose it, and twenty of each, masked."""

    added: int
    removed: int
    examples: tuple[tuple[str, UUID, str], ...]  # "added" | "removed", customer, masked name


_DIFFERENCE = """
SELECT CASE WHEN given.id IS NULL THEN 'added' ELSE 'removed' END AS act, count(*),
    (array_agg(f.customer_id ORDER BY f.id))[:20]
FROM customers_facts AS f LEFT JOIN customers_tagassignment AS given
    ON given.customer_id = f.customer_id AND given.tag_id = %(tag)s AND (given.expires_at IS NULL OR given.expires_at > %(now)s)
LEFT JOIN customers_tagban AS ban ON ban.customer_id = f.customer_id AND ban.tag_id = %(tag)s AND ban.until > %(now)s
WHERE ({where} AND given.id IS NULL AND ban.id IS NULL)
    OR (NOT ({where}) AND given.id IS NOT NULL AND given.origin = 'rule' AND NOT given.locked)
GROUP BY 1
"""


def difference(*, key: str, tree: Any, now: datetime) -> Difference:
    """What publishing a rule for this tag would change. Raises NotFound, Invalid."""
    made = _where(tree, now)
    with connection.cursor() as cursor:
        cursor.execute(_DIFFERENCE.format(where=made.sql), {"tag": _tag(key).pk, "now": now, **made.values})
        found = {act: (count, ids) for act, count, ids in cursor.fetchall()}
        ids = [(act, one) for act, (_count, some) in found.items() for one in some]
        cursor.execute("SELECT id, name FROM customers_customer WHERE id = ANY (%s)", [[one for _act, one in ids]])
        names = dict(cursor.fetchall())
    return Difference(
        added=found.get("added", (0, []))[0],
        removed=found.get("removed", (0, []))[0],
        examples=tuple((act, one, masks.person(names.get(one, ""))) for act, one in ids),
    )


@command
def publish_rule(*, key: str, tree: Any, days: int | None, actor: str, now: datetime) -> TagRule:
    """A new version of a tag's rule; the one before is closed. It acts with the next computation."""
    tag = Tag.objects.select_for_update().get(pk=_tag(key).pk)
    understood(tree)
    newest = TagRule.objects.filter(tag=tag).aggregate(newest=Max("version"))["newest"] or 0
    TagRule.objects.filter(tag=tag, closed_at__isnull=True).update(closed_at=now)
    rule = TagRule.objects.create(tag=tag, version=newest + 1, tree=tree, days=days, author=actor, at=now)
    audit.write(actor=actor, action="tag_rule.published", subject=f"tag:{key}", data={"version": rule.version}, now=now)
    return rule


def install_rules(*, now: datetime) -> int:
    """The shipped rules where a tag has none yet; answers how many were new."""
    ruled = set(TagRule.objects.values_list("tag__key", flat=True))
    tags = {tag.key: tag for tag in Tag.objects.filter(key__in=RULES)}
    fresh = [
        TagRule(tag=tags[key], version=1, tree=tree, author="shipped", at=now)
        for key, tree in RULES.items()
        if key in tags and key not in ruled
    ]
    return len(TagRule.objects.bulk_create(fresh, ignore_conflicts=True))


def _where(tree: Any, now: datetime) -> Compiled:
    return compiled(understood(tree), dialect=POSTGRES, now=now, prefix="c")


def _tag(key: str) -> Tag:
    tag = Tag.objects.filter(key=key).first()
    if tag is None:
        raise NotFound(_("There is no such tag."))
    return tag
