"""Mei looks at who holds a plan, and at the clusters of the week."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from callcenter.foundation.clock import db_now
from callcenter.foundation.errors import Conflict
from customers.clusters.operations import search
from customers.insight.computing import compute
from customers.models import Cluster, Customer, Facts, Holding, Offering
from customers.segments.counting import count
from tests.integration.backoffice.test_pages import client_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def market() -> None:
    now = db_now()
    plan = Offering.objects.create(
        code="plan-99", family="mobile", kind="plan", fee_fen=9900, name_en="Plan 99", name_zh="99套餐",
        valid_from=date(2023, 1, 1), tariff={},
    )  # fmt: skip
    crowd = Customer.objects.bulk_create(
        Customer(name=f"c{n}", region="广东" if n % 2 else "江苏", birth_year=now.year - (20 if n < 40 else 70 + n % 9),
                 created_at=now - timedelta(days=9), since=date(2020, 1, 1))
        for n in range(80)
    )  # fmt: skip
    Holding.objects.bulk_create(
        Holding(customer=one, offering=plan, since=date(2024, 1, 1)) for n, one in enumerate(crowd) if n < 45 or n % 2
    )
    compute(now=now)
    for n, facts in enumerate(Facts.objects.order_by("pk")):
        facts.data_gb = 20.0 + n % 3 if n < 40 else 1.0
        facts.save(update_fields=["data_gb"])


def test_who_holds_a_plan_is_shown_beside_everybody_and_few_are_hidden(market: None) -> None:
    mei = client_of("marketing")
    assert "Plan 99" in mei.get("/customers/groups/").content.decode()
    page = mei.get("/customers/groups/?who=product:plan-99&by=age").content.decode()
    assert "63 of 80 customers" in page and "18–24" in page
    assert ">127<" in page  # 40 of 63 against 40 of 80
    few = mei.get("/customers/groups/?who=tag:nobody&by=age")
    assert few.status_code == 422 and "smaller than ten" in few.content.decode()
    assert mei.get("/customers/groups/?who=product:plan-99&by=name").status_code == 422
    assert mei.get("/customers/groups/?who=segment:99&by=age").status_code == 404


def test_clusters_are_written_shown_and_asked_as_segments(market: None) -> None:
    now = db_now()
    mei = client_of("marketing")
    assert "No clusters yet" in mei.get("/customers/clusters/").content.decode()
    run = search(now=now)
    assert run.customers == 63 and run.moved is None
    number = Facts.objects.exclude(cluster=None).values_list("cluster", flat=True)[0]
    assert number is not None
    page = mei.get("/customers/clusters/").content.decode()
    assert "Age" in page and "As a segment" in page
    assert (
        f"&quot;value&quot;: {number}" in mei.get(f"/customers/segments/new/?ready=cluster.{number}").content.decode()
    )
    assert "&quot;any&quot;" in mei.get(f"/customers/segments/new/?ready=cluster_rule.{number}").content.decode()
    one = Cluster.objects.get(number=number)
    assert count(tree={"field": "cluster", "op": "=", "value": number}, now=now).matched == one.size
    Facts.objects.update(kind="enterprise")
    with pytest.raises(Conflict):
        search(now=now)
