"""A web process reads ahead: the first caller waits for nothing that all callers need."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from customers.catalogue import queries as catalogue
from customers.models import Customer, Offering
from customers.offers import experience, queries
from customers.offers.warming import Warmth
from customers.results import Policy
from tests.integration.customers.conftest import NOW, call_of

pytestmark = pytest.mark.django_db


def test_a_warm_process_reads_nothing_for_all_in_a_call(mrs_chen: Customer, shelves: dict[str, Offering]) -> None:
    warmth = Warmth()
    assert warmth.keep(now=NOW)
    later = NOW + timedelta(minutes=9)
    with CaptureQueriesContext(
        connection,
    ) as idle:
        assert not warmth.keep(now=later)
    assert len(idle) == 1
    with CaptureQueriesContext(connection) as asked:
        queries.suggest(context=call_of(mrs_chen), policy=Policy(may_sell=True, warnings=()), now=later)
    said = " ".join(one["sql"] for one in asked)
    for table in ("usagepool", "propensitymodel", "upliftcard", 'FROM "customers_offering"'):
        assert table not in said


def test_what_is_about_to_be_too_old_is_read_before_somebody_asks(mrs_chen: Customer) -> None:
    warmth = Warmth()
    warmth.keep(now=NOW)
    kept = experience.learned(now=NOW)
    assert warmth.keep(now=NOW + timedelta(minutes=11))
    assert experience.learned(now=NOW + timedelta(minutes=20)) is not kept
    with CaptureQueriesContext(connection) as asked:
        catalogue.pool(now=NOW + timedelta(minutes=25))
    assert len(asked) == 0


def test_a_changed_shelf_is_made_ready_again(shelves: dict[str, Offering]) -> None:
    warmth = Warmth()
    warmth.keep(now=NOW)
    Offering.objects.filter(kind="pack").update(fee_fen=1)
    assert warmth.keep(now=NOW) and not warmth.keep(now=NOW)
