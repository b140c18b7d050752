"""The synthetic operator in tables: everybody finds what they look for."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from django.db import connection, transaction
from django.test import override_settings
from pytest_django import DjangoDbBlocker

from callcenter.demo.operator import seed, stories
from callcenter.demo.operator.floor import set_up
from callcenter.demo.operator.queues import DOMAIN
from customers import models as tables
from customers.identity import queries as identity
from customers.offers import queries as offers
from customers.results import CallContext
from ivr.flows.queries import published
from routing.callback_queries import callback_page
from routing.callbacks import Kept
from routing.models import Agent, Call, Queue
from routing.staffing_plan import Wish
from routing.staffing_queries import staffing

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
COUNT = 300


@pytest.fixture(scope="module", autouse=True)
def operator(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[None]:
    """Built once, in a transaction around those of the tests; taken back when the last of them is done."""
    var = tmp_path_factory.mktemp("var")  # passwords and keys are drawn there
    with override_settings(VAR_DIR=var), django_db_blocker.unblock(), transaction.atomic():
        seed.build(customers=COUNT, now=NOW)
        connection.check_constraints()  # once, here: what waits for a commit would be checked at the end of every test
        yield
        transaction.set_rollback(True)


def test_every_customer_is_there_with_what_belongs_to_them() -> None:
    assert tables.Customer.objects.count() >= COUNT
    people = tables.Customer.objects.filter(kind="individual", status="active")
    assert not people.filter(identifiers__isnull=True).exists()
    assert not people.filter(holdings__isnull=True).exists()
    assert tables.Interaction.objects.filter(at__gt=NOW).count() == 0
    assert 4 * COUNT < tables.Interaction.objects.count() < 25 * COUNT


def test_mrs_chen_has_an_open_complaint_and_nothing_is_sold_to_her() -> None:
    found = identity.find(kind="phone", value="19900000001", now=NOW)
    assert found.basis == "exact" and found.customer_id is not None
    policy = offers.policy(customer_id=found.customer_id, number_e164="+8619900000001", now=NOW)
    assert not policy.may_sell
    assert "open_complaint" in {warning.rule for warning in policy.warnings}


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


def test_two_people_share_one_number_and_nobody_is_chosen_for_them() -> None:
    found = identity.find(kind="phone", value="19900000003", now=NOW)
    assert (found.basis, found.customer_id, len(found.candidates)) == ("several", None, 2)


def test_the_wangs_are_a_household() -> None:
    lei = tables.Customer.objects.get(name="王磊")
    assert {member.role for member in identity.kin(customer_id=lei.pk, today=NOW.date())} >= {"member"}


def test_the_floor_stands_and_standing_it_again_changes_nothing() -> None:
    before = (Agent.objects.count(), Queue.objects.count())
    assert all(queue.members.count() >= 4 for queue in Queue.objects.all())
    set_up()
    assert (Agent.objects.count(), Queue.objects.count()) == before
    assert Agent.objects.get(key="1001").user is not None
    assert published(key="operator").state == "published"


def test_promises_are_due_now_and_later_tried_kept_and_broken_however_small_the_market() -> None:
    page = callback_page(domain=DOMAIN, kept=Kept.OPEN, since=NOW - timedelta(days=30), now=NOW)
    assert all(count > 0 for count in page.counts.values())
    due = [line.callback.due_at for line in page.lines if line.callback.due_at is not None]
    assert min(due) <= NOW < max(due)
    assert {line.callback.tries for line in page.lines} == {0, 1, 2}


def test_the_queue_that_pairs_has_a_past_and_few_call_again_in_a_small_market() -> None:
    past = Call.objects.filter(external_id__startswith="past-", queue__key="sales")
    assert past.filter(state="completed").count() > 100
    calls = past.order_by("customer_id", "arrived_at").values_list("customer_id", "arrived_at")
    again = [who == then and later - at < timedelta(days=7) for (who, at), (then, later) in pairwise(calls)]
    assert 0 < sum(again) < len(again) / 2


def test_stories_come_first_whatever_the_count() -> None:
    names = list(tables.Customer.objects.order_by("id").values_list("name", flat=True)[: len(stories.STORIES)])
    assert names == [story.name for story in stories.STORIES]


def test_queues_have_a_past_that_can_be_staffed_and_versions_that_can_be_put_back() -> None:
    assert {key for (key,) in Queue.objects.filter(versions__number=2).values_list("key")} >= {
        "billing",
        "technical",
        "general",
    }
    assert Queue.objects.get(key="general").target_s == 20  # tried, and taken back
    found = staffing(domain="main", queue="", day=NOW.date(), minutes=60, wish=Wish(), now=NOW)
    assert found.is_like and len(found.days) >= 4 and found.total.agent_hours > 24
    assert all(one.patience_s is not None for one in found.queues if one.queue in {"general", "billing"})
