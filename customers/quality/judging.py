"""Every record by every rule, in one pass of the server; and the library with what it found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import connection
from django.utils import timezone

from customers.imports.models import SourceRecord
from customers.quality import book
from customers.quality.models import RuleScore
from customers.quality.rules import BY_CODE, Rule, rate, sql

Scores = dict[str, tuple[int, int]]  # rule → records it applied to, and those that failed


@dataclass(frozen=True, kw_only=True)
class Judged:
    """One rule with how each source did, the sources by name: source → (checked, failed)."""

    rule: Rule
    checked: int
    failed: int
    by_source: tuple[tuple[str, int, int], ...]

    @property
    def share(self) -> float | None:
        return None if not self.checked else 1 - self.failed / self.checked


@dataclass(frozen=True, kw_only=True)
class History:
    """One rule with its last days: (day, share kept), all sources together."""

    judged: Judged
    days: tuple[tuple[date, float], ...]


def judge(*, now: datetime) -> int:
    """Judge every record by every rule, once a day; answers how many records. In the caller's transaction."""
    today = timezone.localdate(now)
    rules = {rule.code: rule for rule in book.library()}
    counted = judged_by(rules=list(rules.values()), now=now)
    RuleScore.objects.filter(day=today).delete()
    RuleScore.objects.bulk_create(
        RuleScore(source=source, rule=code, day=today, checked=checked, failed=failed, version=rules[code].version)
        for source, told in counted.items()
        for code, (checked, failed) in told.items()
    )
    return SourceRecord.objects.count()


def judged_by(*, rules: Sequence[Rule], now: datetime) -> dict[str, Scores]:
    """Source → rule → records it applied to, and those that failed. Every record once, in one pass; nothing is written."""
    asked = [rule for rule in rules if rule.is_on]
    columns = "".join(
        f", count(*) FILTER (WHERE {sql(rule.applies)}), "
        f"count(*) FILTER (WHERE ({sql(rule.applies)}) AND NOT coalesce({sql(rule.holds)}, false))"
        for rule in asked
    )
    with connection.cursor() as cursor:
        cursor.execute(_JUDGE.format(columns=columns), {"now": now})
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return {
        source: {rule.code: (told[2 * n], told[2 * n + 1]) for n, rule in enumerate(asked) if told[2 * n]}
        for source, *told in rows
    }


_JUDGE = """
WITH shared AS MATERIALIZED (
    SELECT value, count(DISTINCT customer_id) AS people FROM customers_identifier WHERE kind IN ('phone', 'landline')
    GROUP BY value HAVING count(DISTINCT customer_id) > 1
)
SELECT r.source{columns}
FROM customers_sourcerecord AS r JOIN customers_customer AS customer ON customer.id = r.customer_id
GROUP BY r.source ORDER BY r.source
"""


def library() -> list[Judged]:
    """Every rule with its newest results, those with most failures first."""
    newest = RuleScore.objects.order_by("-day").values_list("day", flat=True).first()
    rows = list(RuleScore.objects.filter(day=newest).order_by("source")) if newest else []
    told = [_judged(rule, [row for row in rows if row.rule == rule.code]) for rule in book.library()]
    return sorted(told, key=lambda one: (one.share is None, one.share or 0, one.rule.code))


def history(*, code: str) -> History | None:
    """One rule with its last fortnight; None for a rule there is not."""
    rule = next((rule for rule in book.library() if rule.code == code), None)
    if rule is None:
        return None
    rows = list(RuleScore.objects.filter(rule=code).order_by("-day", "source")[:400])
    newest = rows[0].day if rows else None
    days: dict[date, list[RuleScore]] = {}
    for row in rows:
        days.setdefault(row.day, []).append(row)
    shares = [
        (day, 1 - sum(row.failed for row in each) / sum(row.checked for row in each)) for day, each in days.items()
    ]
    return History(judged=_judged(rule, [row for row in rows if row.day == newest]), days=tuple(shares[:14]))


@dataclass(frozen=True, kw_only=True)
class FieldDay:
    """What the rules of one field found in one source on one day: values checked, and failed."""

    source: str
    field: str
    day: date
    checked: int
    failed: int

    @property
    def kept(self) -> float:
        return 1 - self.failed / self.checked


def by_field(*, since: date, source: str = "") -> list[FieldDay]:
    """Every field with what its rules found, day by day from `since` on: by source, field and day."""
    found = RuleScore.objects.filter(day__gte=since, rule__in=BY_CODE, checked__gt=0)
    held: dict[tuple[str, str, date], list[int]] = {}
    for row in found.filter(source=source) if source else found:
        sums = held.setdefault((row.source, BY_CODE[row.rule].field, row.day), [0, 0])
        sums[0] += row.checked
        sums[1] += row.failed
    return [
        FieldDay(source=who, field=field, day=day, checked=checked, failed=failed)
        for (who, field, day), (checked, failed) in sorted(held.items())
    ]


def rates() -> dict[str, float | None]:
    """The weighted rate of each source by all rules, newest day."""
    rules = {rule.code: rule for rule in book.library()}
    return {source: rate(judged, rules) for source, judged in newest_scores().items()}


def newest_scores() -> dict[str, Scores]:
    """Source → what each rule found on the newest day."""
    newest = RuleScore.objects.order_by("-day").values_list("day", flat=True).first()
    held: dict[str, Scores] = {}
    for row in RuleScore.objects.filter(day=newest, rule__in=BY_CODE) if newest else ():
        held.setdefault(row.source, {})[row.rule] = (row.checked, row.failed)
    return held


def _judged(rule: Rule, rows: list[RuleScore]) -> Judged:
    return Judged(
        rule=rule, checked=sum(row.checked for row in rows), failed=sum(row.failed for row in rows),
        by_source=tuple((row.source, row.checked, row.failed) for row in rows),
    )  # fmt: skip
