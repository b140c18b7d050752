"""Mei of marketing builds a segment; the analyst looks; Lin may not; Ada tags a customer by hand."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from callcenter.foundation.clock import db_now
from customers.insight.computing import compute
from customers.models import Consent, Customer, SegmentVersion, Tag, TagAssignment
from tests.integration.backoffice.test_pages import client_of

pytestmark = pytest.mark.django_db
GUANGZHOU = {"all": [{"field": "region", "op": "=", "value": "广州"}]}


@pytest.fixture
def mrs_chen() -> Customer:
    now = db_now()
    customer = Customer.objects.create(
        name="陈美丽", region="广州", birth_year=1980, created_at=now - timedelta(days=90)
    )
    Consent.objects.create(customer=customer, purpose="marketing", channel="voice", state="granted", at=now)
    compute(now=now)
    return customer


def test_a_segment_is_counted_while_written_and_kept_in_versions(mrs_chen: Customer) -> None:
    mei = client_of("marketing")
    assert "Eight ways" in mei.get("/customers/segments/").content.decode()
    assert "Valued, to keep" in mei.get("/customers/segments/").content.decode()
    page = mei.get("/customers/segments/new/?ready=scenario.overage").content.decode()
    assert "scenarios" in page
    tree = json.dumps(GUANGZHOU)
    told = mei.post("/customers/segments/count/", {"tree": tree, "channel": "voice", "sample": "1"}).content.decode()
    assert '<b id="matched">1</b> / 1' in told
    assert "陈**" in told
    assert "陈美丽" not in told
    saved = mei.post("/customers/segments/new/", {"tree": tree, "channel": "voice", "name": "South"})
    assert saved.status_code == 302
    version = SegmentVersion.objects.get()
    assert (version.matched, version.reachable, version.number) == (1, 1, 1)
    here = saved.headers["Location"]
    assert mei.post(here, {"tree": '{"all": []}', "channel": "sms", "name": "South"}).status_code == 302
    assert "?version=1" in mei.get(here).content.decode()
    both = mei.post("/customers/segments/count/", {"tree": tree, "other": str(version.segment_id)}).content.decode()
    assert "Also in “South”" in both
    assert "南方" not in both


def test_what_is_wrong_is_said_beside_the_builder_and_nothing_is_lost(mrs_chen: Customer) -> None:
    mei = client_of("marketing")
    told = mei.post("/customers/segments/count/", {"tree": '{"all": [{"field": "wealth", "op": "=", "value": 1}]}'})
    assert "No fact is called “wealth”" in told.content.decode()
    assert "not valid JSON" in mei.post("/customers/segments/count/", {"tree": "{"}).content.decode()
    for endless in ("9" * 18, "9" * 5_000):
        told = mei.post("/customers/segments/count/", {"tree": json.dumps(GUANGZHOU), "other": endless})
        assert told.status_code < 500, "no segment bears such a number"
        assert mei.get(f"/customers/segments/new/?ready=cluster.{endless}").status_code == 200
    bad = mei.post("/customers/segments/new/", {"tree": '{"all": [', "name": "Half"})
    assert (bad.status_code, "{&quot;all&quot;: [" in bad.content.decode()) == (422, True)
    assert "Half" in bad.content.decode()
    assert client_of("agent").get("/customers/segments/").status_code == 403


def test_a_tag_by_hand_is_put_on_locked_and_taken_off_with_its_log(mrs_chen: Customer) -> None:
    ada = client_of("supervisor")
    Tag.objects.create(key="reader", name_en="Reader", name_zh="阅读爱好者", layer="hobby")
    here = f"/customers/{mrs_chen.pk}/"
    ada.post(f"{here}tags/", {"key": "reader", "why": "told us", "days": "30", "locked": "on"})
    given = TagAssignment.objects.get()
    assert (given.origin, given.locked, given.actor.startswith("user:")) == ("manual", True, True)
    page = ada.get(here).content.decode()
    assert "told us" in page
    assert "Lifecycle" in page
    other = client_of("admin")
    assert "locked by the person" in other.post(
        f"{here}tags/", {"act": "remove", "key": "reader", "why": "no"}, follow=True
    ).content.decode()  # fmt: skip
    gone = ada.post(f"{here}tags/", {"act": "remove", "key": "reader", "why": "no"}, follow=True).content.decode()
    assert "taken off" in gone
    assert not TagAssignment.objects.exists()
    refused = client_of("agent").post(f"{here}tags/", {"key": "reader", "why": "x"}, follow=True)
    assert refused.status_code == 404


def test_the_analyst_sees_each_source_with_the_meaning_of_its_numbers(mrs_chen: Customer) -> None:
    from customers.models import SourceRecord
    from customers.quality.measuring import measure

    wei, now = client_of("analyst"), db_now()
    assert "Nothing is measured yet" in wei.get("/customers/quality/").content.decode()
    SourceRecord.objects.create(
        source="crm", key="1", customer=mrs_chen, row_no=1, content_hash=b"x", fields={"name": "陈美丽"},
        observed_at=now, received_at=now,
    )  # fmt: skip
    measure(now=now)
    page = wei.get("/customers/quality/").content.decode()
    assert "100 %" in page
    assert "surplus records ÷ records" in page
    assert "陈美丽" not in page
    assert client_of("agent").get("/customers/quality/").status_code == 403
