"""Search clusters in the facts and write each customer's number."""

from __future__ import annotations

import time
from dataclasses import asdict
from datetime import datetime

import numpy as np
from django.db import connection
from django.utils.translation import gettext as _

from callcenter.foundation.commands import command
from callcenter.foundation.errors import Conflict
from callcenter.foundation.redaction import take_time
from customers.clusters import finding
from customers.clusters.models import Cluster, ClusterRun
from customers.insight.facts import Facts

# What customers are compared by: habits and money. No region, language, sex, and nothing that only the law may ask.
FIELDS = (
    "age", "tenure_days", "plan_fee_fen", "bill_fen", "data_gb", "voice_min", "holdings", "contacts_90", "m_fen", "f_count",
)  # fmt: skip
FEWEST = 50


@command
def search(*, now: datetime) -> ClusterRun:
    """Find clusters of all individuals with products. Raises Conflict with fewer than fifty of them."""
    take_time()
    began = time.perf_counter()
    rows = list(
        Facts.objects.filter(kind="individual", holdings__gt=0).order_by("pk").values_list("pk", "cluster", *FIELDS)
    )
    if len(rows) < FEWEST:
        raise Conflict(_("Clusters need at least fifty customers with facts."), code="too_few")
    table = np.array([[np.nan if value is None else float(value) for value in row[2:]] for row in rows])
    before = dict(Cluster.objects.values_list("number", "centre"))
    try:
        found = finding.find({name: table[:, n] for n, name in enumerate(FIELDS)}, before)
    except ValueError as alike:
        raise Conflict(_("These customers are all alike: there is nothing to tell apart."), code="all_alike") from alike
    moved = sum(old is not None and old != new for (_pk, old, *_rest), new in zip(rows, found.label, strict=True))
    Cluster.objects.all().delete()
    Cluster.objects.bulk_create(
        Cluster(number=one.number, size=one.size, traits=[asdict(trait) for trait in one.traits],
                centre=dict(one.centre), rule=one.rule, at=now)
        for one in found.clusters
    )  # fmt: skip
    _write([row[0] for row in rows], found.label.tolist())
    return ClusterRun.objects.create(
        at=now, customers=len(rows), silhouette=found.silhouette, stability=found.stability, fidelity=found.fidelity,
        moved=moved if before else None, seconds=time.perf_counter() - began,
    )  # fmt: skip


def _write(facts: list[int], numbers: list[int]) -> None:
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE cluster_of ON COMMIT DROP AS SELECT * FROM unnest(%s::bigint[], %s::int[])"
                       " AS told (id, cluster)", [facts, numbers])  # fmt: skip
        cursor.execute(
            "UPDATE customers_facts AS facts SET cluster = told.cluster FROM (SELECT own.id, cluster_of.cluster"
            " FROM customers_facts AS own LEFT JOIN cluster_of USING (id)) AS told"
            " WHERE told.id = facts.id AND told.cluster IS DISTINCT FROM facts.cluster"
        )
        cursor.execute("DROP TABLE cluster_of")
