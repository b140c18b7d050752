"""The synthetic operator in tables: the same seed gives the same rows, and everybody finds what they look for."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction

from callcenter.demo.operator import seed, stories
from callcenter.demo.operator.floor import set_up
from customers import models as tables
from customers.identity import queries as identity
from customers.offers import queries as offers
from customers.results import CallContext
from ivr.flows.queries import published
from routing.models import Agent, Queue

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
COUNT = 300
# What depends on the seed alone: everything but the numbers that tables give themselves.
ROWS = {
    "customers_customer": "*",
    "customers_identifier": "customer_id, kind, value, role, verified_at, last_seen_at",
    "customers_usagemonth": "customer_id, month, voice_s, data_kb, messages, bill_fen",
    "customers_interaction": "customer_id, at, id - min(id) OVER (), channel, kind, code, outcome, note, data",
    "customers_consent": "customer_id, purpose, channel, state, at, until",
    "customers_relationship": "a_id, b_id, role",
}


@pytest.fixture(autouse=True)
def own_var(settings: Any, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path  # passwords and keys are drawn there


def fingerprint() -> str:
    digest = sha256()
    with connection.cursor() as cursor:
        for table, columns in ROWS.items():
            cursor.execute(f"SELECT {columns} FROM {table} ORDER BY 1, 2, 3")
            digest.update(json.dumps(cursor.fetchall(), default=str).encode())
    return digest.hexdigest()


def built(count: int = COUNT, *, seed_number: int = seed.SEED) -> str:
    """Build, look, take it all back."""
    with transaction.atomic():
        seed.build(customers=count, now=NOW, seed=seed_number)
        found = fingerprint()
        transaction.set_rollback(True)
    return found


def test_the_same_seed_gives_the_same_rows_and_another_seed_others() -> None:
    first = built()
    assert built() == first
    assert built(seed_number=7) != first


@pytest.fixture
def operator() -> None:
    seed.build(customers=COUNT, now=NOW)


@pytest.mark.usefixtures("operator")
def test_every_customer_is_there_with_what_belongs_to_them() -> None:
    assert tables.Customer.objects.count() >= COUNT
    assert not tables.Customer.objects.filter(identifiers__isnull=True).exists()
    assert not tables.Customer.objects.filter(holdings__isnull=True).exists()
    assert tables.Interaction.objects.filter(at__gt=NOW).count() == 0
    assert 4 * COUNT < tables.Interaction.objects.count() < 25 * COUNT


@pytest.mark.usefixtures("operator")
def test_mrs_chen_has_an_open_complaint_and_nothing_is_sold_to_her() -> None:
    found = identity.find(kind="phone", value="19900000001", now=NOW)
    assert found.basis == "exact" and found.customer_id is not None
    policy = offers.policy(customer_id=found.customer_id, number_e164="+8619900000001", now=NOW)
    assert not policy.may_sell
    assert "open_complaint" in {warning.rule for warning in policy.warnings}


@pytest.mark.usefixtures("operator")
def test_zhang_san_is_offered_a_plan_that_costs_him_less() -> None:
    found = identity.find(kind="phone", value="19900000002", now=NOW)
    assert found.customer_id is not None
    policy = offers.policy(customer_id=found.customer_id, number_e164="+8619900000002", now=NOW)
    context = CallContext(
        call_id=found.customer_id, customer_id=found.customer_id, intent="data_usage", language="zh-hans", queue="billing",
        agent_name="Lin",
    )  # fmt: skip
    assert policy.may_sell
    assert "better_plan" in {one.rule for one in offers.suggestions(context=context, policy=policy, now=NOW)}


@pytest.mark.usefixtures("operator")
def test_two_people_share_one_number_and_nobody_is_chosen_for_them() -> None:
    found = identity.find(kind="phone", value="19900000003", now=NOW)
    assert (found.basis, found.customer_id, len(found.candidates)) == ("several", None, 2)


@pytest.mark.usefixtures("operator")
def test_the_wangs_are_a_household() -> None:
    lei = tables.Customer.objects.get(name="王磊")
    assert {member.role for member in identity.kin(customer_id=lei.pk, today=NOW.date())} >= {"member"}


@pytest.mark.usefixtures("operator")
def test_the_floor_stands_and_standing_it_again_changes_nothing() -> None:
    before = (Agent.objects.count(), Queue.objects.count())
    assert all(queue.members.count() >= 4 for queue in Queue.objects.all())
    set_up()
    assert (Agent.objects.count(), Queue.objects.count()) == before
    assert Agent.objects.get(key="1001").user is not None
    assert published(key="operator").state == "published"


@pytest.mark.usefixtures("operator")
def test_stories_come_first_whatever_the_count() -> None:
    names = list(tables.Customer.objects.order_by("id").values_list("name", flat=True)[: len(stories.STORIES)])
    assert names == [story.name for story in stories.STORIES]


def test_a_market_is_empty_until_it_is_built() -> None:
    assert seed.is_empty()
    seed.build(customers=1, now=NOW)
    assert not seed.is_empty()
    assert tables.Customer.objects.count() >= len(stories.STORIES)
