"""Mei writes the rule of a tag: sees whom it would change, publishes it, and ends it again."""

from __future__ import annotations

import json
from datetime import date, timedelta

import pytest
from django.test import Client

from callcenter.foundation.clock import db_now
from customers.insight import tag_shelf
from customers.insight.computing import compute
from customers.insight.models import Tag, TagAssignment, TagRule
from customers.models import Customer, Facts
from tests.integration.backoffice.test_pages import client_of

pytestmark = pytest.mark.django_db

OLD = {"all": [{"field": "tenure_days", "op": ">", "value": 1000}]}
URL = "/customers/tags/loyal_people/"


@pytest.fixture
def crowd() -> None:
    now = db_now()
    Customer.objects.bulk_create(
        Customer(name="王建国", region="广东", created_at=now - timedelta(days=9), since=date(2010 + 2 * n, 1, 1))
        for n in range(6)
    )
    Tag.objects.create(key="place:home", name_en="Home", name_zh="家", layer="place")
    compute(now=now)


def made(mei: Client) -> None:
    answer = mei.post("/customers/tags/", {"name_en": "Loyal people", "name_zh": "忠实客户", "layer": "derived"})
    assert answer.status_code == 302 and answer["Location"] == URL


def test_a_rule_on_other_tags_names_them_and_can_be_published_above_its_examples(crowd: None) -> None:
    mei = client_of("marketing")
    made(mei)
    Tag.objects.create(key="vip_2", name_en="Very dear", name_zh="贵宾", layer="derived")
    tree = {"all": [{"field": "tags", "op": "has", "value": "vip_2"}]}
    mei.post(URL, {"tree": json.dumps(tree), "days": "", "seen": "0", "act": "publish"})
    assert "Tags has Very dear" in mei.get("/customers/tags/").content.decode()
    page = mei.get(URL).content.decode()
    assert "Tags has Very dear" in page
    assert page.index('id="keep-name"') < page.index('id="how-many-name"')
    assert "标签 包含 贵宾" in client_of("analyst", "zh-hans").get(URL).content.decode()


def test_a_tag_is_made_ruled_compared_published_and_ended(crowd: None) -> None:
    mei = client_of("marketing")
    made(mei)
    assert "No rule puts this tag on" in mei.get(URL).content.decode()
    told = mei.post(URL + "count/", {"tree": json.dumps(OLD), "sample": "1"}).content.decode()
    meant = Facts.objects.filter(tenure_days__gt=1000).count()
    assert meant and f"+ {meant}" in told and "王**" in told and "王建国" not in told
    page = mei.post(
        URL, {"tree": json.dumps(OLD), "days": "", "seen": "0", "act": "publish"}, follow=True
    ).content.decode()
    assert "Published" in page and "Customer for &gt; 1000" in page
    assert compute(now=db_now()).tags_added == meant
    assert f'number">{meant}<' in mei.get("/customers/tags/").content.decode()
    same = mei.post(URL + "count/", {"tree": json.dumps(OLD), "sample": "1"}).content.decode()
    assert "+ 0" in same and "− 0" in same
    mei.post(URL, {"tree": json.dumps(OLD), "seen": "1", "act": "end"})
    assert TagRule.objects.get(closed_at=None).tree == tag_shelf.NOBODY
    assert compute(now=db_now()).tags_removed == meant
    assert not TagAssignment.objects.exists()
    assert "ended: for nobody" in mei.get(URL).content.decode()


def test_a_tag_that_holds_on_after_its_rule_is_lost_by_nobody_yet(crowd: None) -> None:
    mei = client_of("marketing")
    made(mei)
    mei.post(URL, {"tree": json.dumps(OLD), "days": "30", "seen": "0", "act": "publish"})
    compute(now=db_now())
    told = mei.post(URL + "count/", {"tree": json.dumps({"any": []}), "sample": "1"}).content.decode()
    assert "− 0" in told


def test_two_who_write_the_same_rule_do_not_overwrite_each_other(crowd: None) -> None:
    mei = client_of("marketing")
    made(mei)
    mei.post(URL, {"tree": json.dumps(OLD), "seen": "0", "act": "publish"})
    late = mei.post(URL, {"tree": json.dumps({"all": []}), "seen": "0", "act": "publish"})
    assert late.status_code == 409 and "another version" in late.content.decode()
    assert TagRule.objects.count() == 1


@pytest.mark.parametrize(
    ("names", "layer", "status", "word"),
    [
        (("Party members", "党员"), "derived", 422, "No tags are kept"),
        (("", "忠"), "derived", 422, "a name in each language"),
        (("忠实", "忠实"), "derived", 422, "Latin letters"),
        (("Home two", "家二"), "place", 422, "layers of the list"),
        (("place home", "家"), "derived", 302, ""),
    ],
)
def test_a_new_tag_needs_names_and_speaks_of_nothing_private(
    crowd: None, names: tuple[str, str], layer: str, status: int, word: str
) -> None:
    answer = client_of("marketing").post("/customers/tags/", {"name_en": names[0], "name_zh": names[1], "layer": layer})
    assert answer.status_code == status and word in answer.content.decode()


def test_places_take_no_rule_bad_days_are_refused_and_analysts_see_no_names(crowd: None) -> None:
    mei = client_of("marketing")
    made(mei)
    refused = mei.post("/customers/tags/place:home/", {"tree": json.dumps(OLD), "seen": "0"})
    assert refused.status_code == 422 and not TagRule.objects.exists()
    refused = mei.post(URL, {"tree": json.dumps(OLD), "days": "x", "seen": "0"})
    assert refused.status_code == 422 and "1 to 1,095" in refused.content.decode()
    assert mei.get("/customers/tags/nobody/").status_code == 404
    ana = client_of("analyst")
    told = ana.post(URL + "count/", {"tree": json.dumps(OLD), "sample": "1"}).content.decode()
    assert "Get the tag" in told and "王" not in told
    ana.post(URL, {"tree": json.dumps(OLD), "seen": "0", "act": "publish"})
    assert not TagRule.objects.exists()
