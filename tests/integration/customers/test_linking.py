"""The batch over people we hold: sure ones become one, doubtful ones wait, decisions of people outlive every run."""

from __future__ import annotations

import pytest

from customers.identity import merging, review
from customers.identity.linking import batch
from customers.models import Customer, Decision, Proposal
from tests.integration.customers.conftest import NOW, People, ago

pytest.importorskip("splink", reason="linking needs requirements/analytics.txt")
pytestmark = pytest.mark.django_db


@pytest.fixture
def town(people: People) -> dict[str, Customer]:
    """Mrs Chen stands twice; Zhang San and his son share a number; a hotline is written at ten people."""
    chen = people.customer("陈美丽", "+8613800138001", region="广州", source="crm", created_at=ago(days=90))
    shop = people.customer("陈美丽", "+8613800138001", region="广州", source="shop", created_at=ago(days=80))
    people.reached_by(chen, "440106198001010028", kind="id_document")
    people.reached_by(shop, "440106198001010028", kind="id_document")
    father = people.customer("张三", "+8613900139002", region="上海", source="crm", created_at=ago(days=70))
    son = people.customer("张小明", "+8613900139002", region="上海", source="crm", created_at=ago(days=60))
    names = "赵一凡 钱二宝 孙三元 李四海 周五福 吴六顺 郑七星 王八方 冯九州 卫十全".split()
    for name in names:
        people.customer(name, "+864008001234", region="北京", source="web", created_at=ago(days=50))
    return {"chen": chen, "shop": shop, "father": father, "son": son}


def test_the_sure_are_merged_families_and_hotlines_are_not(town: dict[str, Customer]) -> None:
    done = batch.link(now=NOW)
    assert (done.merged, done.shared) == (1, 1)
    assert merging.resolve(customer_id=town["shop"].pk) == town["chen"].pk
    assert Customer.objects.filter(status="merged").count() == 1
    decision = Decision.objects.get()
    assert decision.actor == "linking"
    assert {one["field"]: one["agreement"] for one in decision.evidence}["document"] == "same"
    assert "440106" not in str(decision.evidence)
    again = batch.link(now=NOW)
    assert (again.merged, again.proposed, again.gone) == (0, 0, 0)


def test_a_merge_undone_by_a_person_is_not_made_again(town: dict[str, Customer]) -> None:
    batch.link(now=NOW)
    merging.unmerge(absorbed=town["shop"].pk, actor="user:1", reason="twins", now=NOW)
    assert batch.link(now=NOW).merged == 0
    assert merging.resolve(customer_id=town["shop"].pk) == town["shop"].pk


def test_with_propose_only_a_person_decides_all(town: dict[str, Customer]) -> None:
    done = batch.link(now=NOW, merge=False)
    assert (done.merged, Customer.objects.filter(status="merged").count()) == (0, 0)
    pair = sorted((town["chen"].pk, town["shop"].pk))
    waiting = Proposal.objects.get(a=pair[0], b=pair[1])
    assert (waiting.state, waiting.why) == ("open", "band")
    Customer.objects.filter(pk=town["shop"].pk).update(name="李四", region="哈尔滨")
    town["shop"].identifiers.all().delete()
    assert batch.link(now=NOW, merge=False).gone >= 1
    waiting.refresh_from_db()
    assert waiting.state == "gone"


def test_what_was_put_off_or_taken_apart_is_asked_again(town: dict[str, Customer]) -> None:
    batch.link(now=NOW, merge=False)
    pair = sorted((town["chen"].pk, town["shop"].pk))
    asked = Proposal.objects.get(a=pair[0], b=pair[1])
    review.put_off(proposal_id=asked.pk, actor="user:1", now=NOW)
    batch.link(now=NOW, merge=False)
    asked.refresh_from_db()
    assert (asked.state, asked.decided_by) == ("open", "")
    merging.merge(one=pair[0], other=pair[1], actor="user:1", reason="papers", now=NOW)
    merging.unmerge(absorbed=town["shop"].pk, actor="user:1", reason="twins", now=NOW)
    batch.link(now=NOW, merge=False)
    asked.refresh_from_db()
    assert asked.state == "not_same"  # as long as nobody lifts it
    merging.lift_not_same(one=pair[0], other=pair[1], actor="user:1", now=NOW)
    batch.link(now=NOW, merge=False)
    asked.refresh_from_db()
    assert asked.state == "open"
