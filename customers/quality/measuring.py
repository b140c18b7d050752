"""Measuring every source once a day, by set; and the board that shows it with its trend."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import Count, Q
from django.utils import timezone

from callcenter.foundation.redaction import take_time
from customers.imports.models import RowError, SourceRecord
from customers.quality import alerting, consistency, formulas, judging, weighing
from customers.quality.models import QualityScore, Source

TREND_DAYS = 14
_RECENT_REFUSALS = timedelta(days=30)

_ROWS = """
SELECT record.source, count(*), count(DISTINCT customer_id),
       count(*) FILTER (WHERE observed_at > %(now)s::timestamptz - coalesce(told.promised_days, %(promised)s) * interval '1 day'),
       max(received_at)
FROM customers_sourcerecord AS record LEFT JOIN customers_source AS told ON told.code = record.source
GROUP BY record.source ORDER BY record.source
"""
_FILLED = """
SELECT source, told.key, count(*) FROM customers_sourcerecord, jsonb_each_text(fields) AS told
WHERE told.value <> '' AND told.key = ANY (%(fields)s::text[]) GROUP BY 1, 2
"""
# Each field of a customer that two sources speak of; a source agrees where nobody says otherwise.
_AGREEMENT = """
WITH told AS (
    SELECT DISTINCT source, customer_id, said.key, said.value FROM customers_sourcerecord, jsonb_each_text(fields) AS said
    WHERE said.value <> '' AND said.key = ANY (%(fields)s::text[])
), compared AS (
    SELECT customer_id, key, count(DISTINCT value) = 1 AS agrees FROM told
    GROUP BY customer_id, key HAVING count(DISTINCT source) > 1
)
SELECT source, count(*), count(*) FILTER (WHERE agrees)
FROM (SELECT DISTINCT source, customer_id, key, agrees FROM told JOIN compared USING (customer_id, key)) AS own
GROUP BY source
"""
_IMPLAUSIBLE = """
SELECT source, count(born), count(*) FILTER (WHERE born > %(year)s
    OR told <> born)
FROM (SELECT source, nullif(fields->>'birth_year', '')::int AS born, (fields->>'document_year')::int AS told
      FROM customers_sourcerecord) AS told GROUP BY source
"""


@dataclass(frozen=True, kw_only=True)
class Measured:
    """One dimension of one source today, with a week ago beside it and the last fortnight."""

    key: str
    value: float | None
    week_ago: float | None
    of: int
    trend: tuple[tuple[date, float], ...]

    @property
    def is_low(self) -> bool:
        return self.value is not None and self.value < formulas.WARN_BELOW

    @property
    def line(self) -> str:
        """The fortnight as points of an SVG line, 70 wide and 16 high, 0 at the bottom; "" for a single day."""
        if len(self.trend) < 2:
            return ""
        last = self.trend[-1][0]
        places = ((day - last).days * 5 + 70 for day, _value in self.trend)
        return " ".join(f"{x},{16 - 16 * value:.1f}" for x, (_day, value) in zip(places, self.trend, strict=True))


@dataclass(frozen=True, kw_only=True)
class SourceQuality:
    source: str
    day: date
    measured: tuple[Measured, ...]  # the five, then the score


@transaction.atomic
def measure(*, now: datetime) -> int:
    """Measure every source as of `now`, once a day; answers how many sources. A second run the same day replaces it."""
    take_time()
    today = timezone.localdate(now)
    rows: list[QualityScore] = []
    weights = weighing.present()
    judged = _judged(now)
    for source, (values, of, _silent) in judged.items():
        values["score"] = formulas.score(values, weights.by_dimension)
        rows += [
            QualityScore(
                source=source,
                dimension=key,
                day=today,
                value=value,
                of=of.get(key, 0),
                version=f"{formulas.VERSION}/w{weights.version}",
            )
            for key, value in values.items()
            if value is not None
        ]
    QualityScore.objects.filter(day=today).delete()
    QualityScore.objects.bulk_create(rows)
    judging.judge(now=now)
    alerting.settle(silent={source: silent for source, (_values, _of, silent) in judged.items()}, now=now)
    consistency.measure(now=now)
    return len({row.source for row in rows})


def board(*, today: date) -> list[SourceQuality]:
    """The newest measurement of each source with its trend; sources by name."""
    since = today - timedelta(days=TREND_DAYS)
    held: dict[str, dict[str, list[QualityScore]]] = {}
    for row in QualityScore.objects.filter(day__gt=since, day__lte=today).order_by("source", "day"):
        held.setdefault(row.source, {}).setdefault(row.dimension, []).append(row)
    keys = [*(one.key for one in formulas.DIMENSIONS), "score"]
    return [
        SourceQuality(
            source=source,
            day=max(row.day for each in by_key.values() for row in each),
            measured=tuple(_measured(key, by_key.get(key, [])) for key in keys),
        )
        for source, by_key in held.items()
    ]


def scores(*, since: date, source: str = "") -> list[QualityScore]:
    """Every measurement from a day on, of one source or of all: by source, dimension and day."""
    found = QualityScore.objects.filter(day__gte=since)
    return list((found.filter(source=source) if source else found).order_by("source", "dimension", "day"))


def _measured(key: str, rows: list[QualityScore]) -> Measured:
    newest = rows[-1] if rows else None
    before = [row.value for row in rows if newest and row.day <= newest.day - timedelta(days=7)]
    return Measured(
        key=key, value=newest.value if newest else None, week_ago=before[-1] if before else None,
        of=newest.of if newest else 0, trend=tuple((row.day, row.value) for row in rows),
    )  # fmt: skip


_Judged = dict[str, tuple[dict[str, float | None], dict[str, int], tuple[float, int]]]


def _judged(now: datetime) -> _Judged:
    """Source → values and how many were judged, by dimension; days since it delivered, and every how many it should."""
    fields = list(formulas.FIELD_WEIGHTS)
    filled: dict[str, dict[str, int]] = {}
    for source, field, count in _asked(_FILLED, fields=fields):
        filled.setdefault(source, {})[field] = count
    agreement = {source: (compared, agrees) for source, compared, agrees in _asked(_AGREEMENT, fields=fields)}
    validity = _validity(now)
    judged: _Judged = {}
    cadences = dict(Source.objects.values_list("code", "cadence_days"))
    for source, rows, customers, fresh, delivered in _asked(_ROWS, now=now, promised=formulas.PROMISED_DAYS):
        compared, agrees = agreement.get(source, (0, 0))
        checked, failed = validity.get(source, (0, 0))
        silent, cadence = (now - delivered).total_seconds() / 86_400, cadences.get(source, formulas.CADENCE_DAYS)
        values = {
            "completeness": formulas.completeness(rows=rows, filled=filled.get(source, {})),
            "validity": formulas.share(checked - failed, checked),
            "uniqueness": formulas.share(customers, rows),
            "freshness": formulas.freshness(young=fresh, rows=rows, silent_days=silent, cadence_days=cadence),
            "consistency": formulas.share(agrees, compared),
        }
        of = dict.fromkeys(values, rows) | {"validity": checked, "consistency": compared, "score": rows}
        judged[source] = (values, of, (silent, cadence))
    return judged


def _validity(now: datetime) -> dict[str, tuple[int, int]]:
    """Source → values checked and failed: id numbers by their check digit, birth years, and rows refused lately."""
    told: dict[str, list[int]] = {}
    for source, births, wrong in _asked(_IMPLAUSIBLE, year=now.year):
        told[source] = [births, wrong]
    documents = SourceRecord.objects.filter(fields__id_document__gt="")
    ok = documents.values("source").annotate(n=Count("pk"), good=Count("pk", filter=Q(fields__document_ok=True)))
    for row in ok:
        held = told.setdefault(row["source"], [0, 0])
        held[0] += row["n"]
        held[1] += row["n"] - row["good"]
    of_people = {"job__kind": "people", "job__dry_run": False, "is_unplaced": False}
    refused = RowError.objects.filter(job__at__gt=now - _RECENT_REFUSALS, **of_people)
    for source in refused.values_list("job__source", flat=True).iterator(chunk_size=5_000):
        held = told.setdefault(source, [0, 0])
        held[0] += 1
        held[1] += 1
    return {source: (checked, failed) for source, (checked, failed) in told.items()}


def _asked(query: str, **values: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        return list(cursor.fetchall())
