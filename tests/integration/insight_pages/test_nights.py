"""The analyst sees when insight was computed and what it changed; Ada sees on one page what was concluded of Mrs Chen."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.utils import timezone

from callcenter.foundation.clock import db_now
from customers.circles.operations import draw_talks
from customers.circles.renumbering import Talk
from customers.identity.sealed import stored
from customers.insight.computing import compute
from customers.insight.tagging import install_rules
from customers.insight.tags import DEFINITIONS, LONG_STANDING
from customers.models import Customer, Facts, Identifier, LevelTerm, Tag, Transaction
from tests.integration.backoffice.test_pages import client_of

pytestmark = pytest.mark.django_db


def test_the_nights_are_shown_with_what_they_changed() -> None:
    wei, now = client_of("analyst"), db_now()
    assert "for more than 26 hours" in wei.get("/customers/nights/").content.decode()
    Customer.objects.create(name="陈美", since=date(2001, 1, 1), created_at=now)
    one = DEFINITIONS[LONG_STANDING]
    Tag.objects.create(key=one.key, name_en=one.name_en, name_zh=one.name_zh, layer=one.layer)
    install_rules(now=now)
    compute(now=now)
    page = wei.get("/customers/nights/").content.decode()
    assert "for more than 26 hours" not in page
    assert "Long-standing customer" in page
    assert client_of("agent").get("/customers/nights/").status_code == 403


def test_one_page_says_circle_cluster_fraud_and_what_keeps_the_level() -> None:
    now = db_now()
    crowd = [Customer.objects.create(name="陈美", created_at=now, level="gold", birth_year=1970) for _n in range(4)]
    numbers = [f"+861380000000{n}" for n in range(4)]
    for customer, number in zip(crowd, numbers, strict=True):
        Identifier.objects.create(customer=customer, kind="phone", value=number)
    mrs_chen = crowd[0]
    today = timezone.localdate(now)
    LevelTerm.objects.create(
        customer=mrs_chen, level="gold", since=today - timedelta(days=200), ends=today + timedelta(days=100),
        reason="reached",
    )  # fmt: skip
    Transaction.objects.create(
        customer=mrs_chen, kind="purchase", line="shop", amount_fen=100_000, at=now - timedelta(days=190), source="s",
        external_id="1",
    )  # fmt: skip
    paper = stored("id_document", "440106198001010015")
    Identifier.objects.create(
        customer=mrs_chen, kind="id_document", value=paper.value, sealed=paper.sealed, born=paper.born
    )
    compute(now=now)
    draw_talks(talks=[Talk(a=a, b=b, at=-1) for a in numbers for b in numbers if a != b], actor="test", now=now)
    assert Facts.objects.get(customer=mrs_chen).level_needs == 6_000
    page = client_of("supervisor").get(f"/customers/{mrs_chen.pk}/").content.decode()
    assert "Verify the identity" in page
    assert "4 customers in it; talks with 3 people" in page
    assert "¥5,000 more by" in page and "keep Gold" in page
