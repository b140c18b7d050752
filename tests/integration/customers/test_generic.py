"""What stands for nobody: kept as data, seen with its reach before it holds, and then it neither links nor opens anybody."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from callcenter.foundation.errors import Conflict, Invalid, NotFound
from callcenter.foundation.models import AuditEntry
from callcenter.hall.linking import customers_linked
from customers.identity import generic, merging, queries
from customers.identity.operations import create_provisional
from customers.imports.records import take
from customers.models import Customer, GenericIdentifier, Identifier
from tests import stop_list
from tests.integration.backoffice.test_pages import client_of
from tests.integration.customers.conftest import NOW, ago

pytestmark = pytest.mark.django_db
SHOP = "+862087654321"
OTHERS = ("赵一凡", "钱二宝", "孙三元", "李四海", "周五福", "吴六顺", "郑七星", "王八方", "冯九州", "卫十全")


def person(name: str, **identifiers: str) -> Customer:
    one = Customer.objects.create(name=name, created_at=ago(days=90), source="crm", region="广州")
    for kind, value in identifiers.items():
        Identifier.objects.create(customer=one, kind=kind, value=value, source="crm")
    return one


def listed(text: str, kind: str = "phone", **told: Any) -> GenericIdentifier:
    return generic.add(kind=kind, text=text, note="the shop's own", actor="user:1", now=NOW, **told)


def test_the_list_begins_with_what_stands_for_nobody_anywhere(db: None) -> None:
    stop_list.begun()
    for text in ("400 812 3123", "8008101111", "00000000000"):
        one = person(text, phone=generic.spell(kind="phone", text=text).value)
        found = queries.find(kind="phone", value=text, now=NOW)
        assert (found.basis, found.customer_id) == ("several", None), text
        assert [each.customer_id for each in found.candidates] == [one.pk]  # a person may still choose
    person("test", email="test@shop.cn")
    assert queries.find(kind="", value="Test@shop.cn", now=NOW).customer_id is None


def test_a_shops_own_number_opens_nobody_once_it_is_listed(db: None) -> None:
    chen = person("陈美", landline=SHOP)
    assert queries.find(kind="phone", value=SHOP, now=NOW).customer_id == chen.pk
    assert generic.reach(kind="landline", text="020 8765 4321") == 1
    row = listed("020 8765 4321", kind="landline")
    assert (row.kind, row.value, row.people, row.shown) == ("phone", SHOP, 1, "020 8765 4321")
    assert queries.find(kind="phone", value=SHOP, now=NOW).customer_id is None
    with pytest.raises(Conflict):
        listed(SHOP)
    generic.decide(entry_id=row.pk, verdict="end", note="", actor="user:2", now=NOW)
    assert queries.find(kind="phone", value=SHOP, now=NOW).customer_id == chen.pk
    assert listed(SHOP).pk == row.pk  # on it again, and no second entry
    told = AuditEntry.objects.filter(subject=f"generic_identifier:{row.pk}").order_by("pk")
    assert [(one.action.rpartition(".")[2], one.actor) for one in told] == [
        ("listed", "user:1"), ("ended", "user:2"), ("listed", "user:1")
    ]  # fmt: skip
    assert not [one for one in told if "8765" in str(one.data)]  # the trail holds no value


def test_callers_from_a_listed_number_are_each_new(db: None) -> None:
    listed(SHOP)
    for n in range(2):
        assert queries.find(kind="phone", value=SHOP, now=NOW).basis == "none"
        create_provisional(call_id=UUID(int=n + 1), kind="phone", value=SHOP, language="", now=NOW)
    assert Customer.objects.filter(status="provisional").count() == 2


@pytest.mark.parametrize(
    ("told", "field"),
    [
        ({"text": "10000"}, "/value"),  # no number of anybody: it is never kept
        ({"text": "4*"}, "/value"), ({"text": "**"}, "/value"), ({"text": "40a*"}, "/value"),
        ({"text": "4401*", "kind": "id_document"}, "/value"), ({"text": "x", "kind": "dog"}, "/kind"),
        ({"text": "abc", "kind": "openid"}, "/scope"), ({"text": SHOP, "scope": "wx1"}, "/scope"),
        ({"text": SHOP, "note": "x" * 201}, "/note"),
    ],
)  # fmt: skip
def test_what_cannot_be_on_the_list_is_refused_with_its_field(db: None, told: dict[str, str], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        generic.add(**{"kind": "phone", "note": "", **told}, actor="user:1", now=NOW)
    assert refused.value.facts["field"] == field


def test_patterns_mean_their_stars_and_nothing_else(db: None) -> None:
    listed("a_b%*", kind="email")
    person("one", email="a_b%c@x.cn")
    near = person("two", email="acb@x.cn")
    assert queries.find(kind="email", value="a_b%c@x.cn", now=NOW).customer_id is None
    assert queries.find(kind="email", value="acb@x.cn", now=NOW).customer_id == near.pk
    assert generic.reach(kind="email", text="A_B%*") == 1


def test_a_listed_word_attaches_no_record_to_anybody(db: None) -> None:
    (first,) = take(source="crm", records=[{"key": "1", "name": "陈美", "wechat": "service"}], actor="user:1", now=NOW)
    (same,) = take(source="shop", records=[{"key": "7", "name": "张三", "wechat": "service"}], actor="user:1", now=NOW)
    assert same.customer == first.customer
    listed("service", kind="wechat")
    (other,) = take(source="web", records=[{"key": "9", "name": "李四", "wechat": "service"}], actor="user:1", now=NOW)
    assert other.customer not in (None, first.customer)


def test_linking_joins_nobody_by_it_and_undoes_what_it_alone_joined(db: None) -> None:
    pytest.importorskip("splink", reason="linking needs requirements/analytics.txt")
    old, new = person("陈先生", phone="+8613800138001"), person("陈先生", phone="+8613800138001")
    for n, name in enumerate(OTHERS):
        person(name, phone=f"+8613{n}{(n * 37 + 11) % 97:02}{(n * 53 + 29) % 89:02}{(n * 71 + 5) % 83:02}07")
    Customer.objects.filter(pk=new.pk).update(created_at=ago(days=80), source="shop", region="")
    assert customers_linked(now=NOW).merged == 1 and merging.resolve(customer_id=new.pk) == old.pk
    listed("13800138001")
    assert customers_linked(now=NOW).settled.undone == 1
    assert merging.resolve(customer_id=new.pk) == new.pk
    assert customers_linked(now=NOW).merged == 0


def test_what_too_many_people_share_is_proposed_with_its_count(db: None) -> None:
    pytest.importorskip("splink", reason="linking needs requirements/analytics.txt")
    for name in OTHERS:
        person(name, landline=SHOP, wechat=name)
    customers_linked(now=NOW)
    (one,) = generic.shelf().proposed
    assert (one.kind, one.people, one.source) == ("phone", 10, "crm") and "8765" not in one.shown
    assert generic.waiting() == 1 and queries.find(kind="phone", value=SHOP, now=NOW).basis == "several"
    person("许又一", landline=SHOP)
    customers_linked(now=NOW)
    (one,) = generic.shelf().proposed
    assert one.people == 11  # the same entry, counted anew
    generic.decide(entry_id=one.pk, verdict="dismiss", note="a family's", actor="user:2", now=NOW)
    customers_linked(now=NOW)
    assert generic.waiting() == 0  # not asked again
    with pytest.raises(Conflict):
        generic.decide(entry_id=one.pk, verdict="dismiss", note="", actor="user:2", now=NOW)
    generic.decide(entry_id=one.pk, verdict="list", note="", actor="user:2", now=NOW)
    with pytest.raises(NotFound):
        generic.decide(entry_id=0, verdict="list", note="", actor="user:2", now=NOW)
    with pytest.raises(Invalid):
        generic.decide(entry_id=one.pk, verdict="no", note="", actor="user:2", now=NOW)


def test_a_proposal_that_few_share_again_is_gone(db: None) -> None:
    pytest.importorskip("splink", reason="linking needs requirements/analytics.txt")
    for name in OTHERS:
        person(name, landline=SHOP, wechat=name)
    customers_linked(now=NOW)
    Identifier.objects.filter(kind="landline", customer__name__in=OTHERS[:5]).update(valid_to=NOW)
    customers_linked(now=NOW)
    assert generic.waiting() == 0


def test_on_the_page_it_is_counted_first_and_then_listed(db: None) -> None:
    stop_list.begun()
    person("陈美", landline=SHOP)
    ada = client_of("supervisor")
    wish = {"kind": "phone", "text": "020-8765-4321", "scope": "", "note": "Shop Tianhe"}
    page = ada.post("/customers/generic/", wish).content.decode()
    assert "1 customer is found by this now" in page and not GenericIdentifier.objects.filter(value=SHOP).exists()
    assert ada.post("/customers/generic/", wish | {"act": "list"}).status_code == 302
    page = ada.get("/customers/generic/").content.decode()
    assert "Shop Tianhe" in page and "Service number" in page and "400*" in page
    row = GenericIdentifier.objects.get(value=SHOP)
    assert ada.post("/customers/generic/", wish | {"act": "list"}).status_code == 409
    assert ada.post("/customers/generic/", wish | {"text": "10000"}).status_code == 422
    assert "名单" in client_of("admin", "zh-hans").get("/customers/generic/").content.decode()
    assert ada.post(f"/customers/generic/{row.pk}/", {"verdict": "end"}).status_code == 302
    assert ada.post(f"/customers/generic/{row.pk}/", {"verdict": "end"}).status_code == 409
    assert "Generic identifiers" in ada.get("/customers/review/").content.decode()
    assert client_of("agent").get("/customers/generic/").status_code == 403
