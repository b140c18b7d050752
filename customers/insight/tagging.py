"""Tags by rule, by set: what holds today is put on, what holds no more is taken off, hands and locks are respected."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Max
from django.utils.translation import gettext as _

from callcenter.foundation import audit, masks
from callcenter.foundation.commands import command
from callcenter.foundation.errors import Conflict, Invalid
from customers.insight import lanes, queries, settling
from customers.insight.manual import LONGEST_DAYS
from customers.insight.models import Tag, TagRule
from customers.insight.tag_rules import RULES
from customers.segments.asking import understood
from customers.segments.compilers import POSTGRES, Compiled, compiled

# All rules in one pass over the facts, which are wide: first which of them hold, and only for those a row.
_HOLDS = """
INSERT INTO tag_holds (customer_id, tag_id, evidence, rule_version, expires_at)
SELECT held.customer_id, rule.tag, 'rule v' || rule.version, rule.version, rule.until
FROM (SELECT f.customer_id, unnest(array_remove(ARRAY[{holds}]::int[], NULL)) AS n FROM customers_facts AS f
      WHERE f.customer_id BETWEEN %(first)s AND %(last)s OFFSET 0) AS held
    JOIN (VALUES {rules}) AS rule (n, tag, version, until) USING (n)
"""
_HOLD = "CASE WHEN {where} THEN {n} END"
_RULE = "({n}, %(tag{n})s::bigint, %(version{n})s::int, {until})"


def apply_rules(ranges: list[lanes.Range], *, now: datetime) -> tuple[int, int]:
    """Bring rule tags of these ranges of customers up to the facts; answers how many were put on and taken off.

    Each change is in the log.
    """
    rules = list(TagRule.objects.filter(closed_at__isnull=True).select_related("tag").order_by("tag__key"))
    done = lanes.side_by_side(partial(_apply, rules, mine, now) for mine in ranges)
    return sum(added for added, _removed in done), sum(removed for _added, removed in done)


def _apply(rules: list[TagRule], mine: lanes.Range, now: datetime) -> tuple[int, int]:
    with connection.cursor() as cursor:
        lanes.prepare(cursor)
        cursor.execute(settling.STAGE)
        if rules:
            holds, told, values = _said(rules, now)
            cursor.execute(_HOLDS.format(holds=holds, rules=told), values | mine)
        return settling.settle(cursor, origin="rule", now=now, mine=mine)


def _said(rules: list[TagRule], now: datetime) -> tuple[str, str, dict[str, Any]]:
    """For each rule when it holds and a row of VALUES, and what stands in them."""
    holds: list[str] = []
    told: list[str] = []
    values: dict[str, Any] = {"now": now}
    for n, rule in enumerate(rules):
        made = _where(rule.tree, now, prefix=f"r{n}_")
        until = f"%(now)s + make_interval(days => {rule.days:d})" if rule.days else "NULL::timestamptz"
        holds.append(_HOLD.format(n=n, where=made.sql))
        told.append(_RULE.format(n=n, until=until))
        values |= {f"tag{n}": rule.tag_id, f"version{n}": rule.version, **made.values}
    return ", ".join(holds), ", ".join(told), values


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
    OR (NOT ({where}) AND given.origin = 'rule' AND NOT given.locked
        AND (given.expires_at IS NULL OR given.rule_version IS NULL))
GROUP BY 1
"""


def difference(*, key: str, tree: Any, now: datetime) -> Difference:
    """What publishing a rule for this tag would change. Raises NotFound, Invalid."""
    made = _where(tree, now)
    with connection.cursor() as cursor:
        cursor.execute(_DIFFERENCE.format(where=made.sql), {"tag": queries.tag(key=key).pk, "now": now, **made.values})
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
def publish_rule(
    *, key: str, tree: Any, days: int | None, actor: str, now: datetime, seen: int | None = None
) -> TagRule:
    """A new version of a tag's rule; the one before is closed. It acts with the next computation.

    `seen` is the newest version its author knew, 0 for none; without it nothing is compared. Raises NotFound, Invalid
    (a condition nobody can read, days out of range, a place), Conflict where somebody else published meanwhile.
    """
    tag = Tag.objects.select_for_update().get(pk=queries.tag(key=key).pk)
    if tag.layer == Tag.PLACE:
        raise Invalid(_("Places come out of stays that a person agreed to, never by a rule."), field="/key")
    if days is not None and not 1 <= days <= LONGEST_DAYS:
        raise Invalid(_("A tag by rule holds on for 1 to 1,095 days, or only while the rule does."), field="/days")
    understood(tree)
    newest = TagRule.objects.filter(tag=tag).aggregate(newest=Max("version"))["newest"] or 0
    if seen is not None and seen != newest:
        raise Conflict(
            _("Somebody has published another version of this rule. Look at it first."), code="version_conflict"
        )
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


def _where(tree: Any, now: datetime, prefix: str = "c") -> Compiled:
    return compiled(understood(tree), dialect=POSTGRES, now=now, prefix=prefix)
