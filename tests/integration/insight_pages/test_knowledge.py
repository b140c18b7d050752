"""Marketing fills the blanks of a question; Ada looks for customers like Mrs Chen."""

from __future__ import annotations

from typing import Any

import pytest

from callcenter.foundation.clock import db_now
from callcenter.foundation.errors import Conflict, NotFound
from customers.knowledge import operations, queries
from customers.knowledge.fitting import fitting
from customers.models import Customer, Facts, SavedQuestion
from customers.segments import operations as segments
from customers.segments.fields import FIELDS
from tests.integration.backoffice.test_pages import client_of

pytestmark = pytest.mark.django_db


def known(name: str, status: str = "active", **facts: Any) -> Customer:
    customer = Customer.objects.create(name=name, status=status, created_at=db_now())
    told = {"at": db_now(), "version": "t", "kind": "individual", "is_open": status == "active"}
    Facts.objects.create(customer=customer, **(told | facts))
    return customer


@pytest.fixture
def market() -> list[Customer]:
    """Mrs Chen, four who differ from her more and more, and one nearest of all who is restricted."""
    steps = [
        known("王" + "一甲乙丙丁"[n], age=40 + n, bill_fen=10_000 + 2_000 * n, products=["tv"] if n < 3 else [])
        for n in range(1, 5)
    ]
    known("李四", status="restricted", age=40, bill_fen=10_000)
    return [known("陈美丽", age=40, bill_fen=10_000, region="广东", churn=0.2, value_decile=9), *steps]


def test_the_nearest_come_first_and_nobody_who_is_restricted(market: list[Customer]) -> None:
    chen, *steps = market
    found = queries.alike(customer_id=chen.pk, now=db_now())
    assert [one.customer_id for one in found.nearest] == [one.pk for one in steps]
    assert [one.masked_name for one in found.nearest] == ["王*"] * 4
    assert 0 < found.nearest[0].distance < found.nearest[1].distance
    assert found.held_by_them == (("tv", 2),)
    page = client_of("supervisor", "zh-hans").get(f"/customers/{chen.pk}/alike/").content.decode()
    assert "王*" in page
    assert "李" not in page
    with pytest.raises(NotFound):
        queries.alike(customer_id=Customer.objects.create(name="x", created_at=db_now()).pk, now=db_now())


def test_a_question_is_asked_with_other_values(market: list[Customer]) -> None:
    marketing = client_of("marketing")
    assert "Likely to leave and worth keeping" in marketing.get("/customers/knowledge/").content.decode()
    at = "/customers/knowledge/leaving_worth/"
    assert "<b>1</b> / 6" in marketing.get(at).content.decode()
    assert "<b>0</b> / 6" in marketing.get(at, {"/all/0/value": "50"}).content.decode()
    wrong = marketing.get(at, {"/all/0/value": "often"})
    assert (wrong.status_code, "wants a number" in wrong.content.decode()) == (422, True)
    assert marketing.get("/customers/knowledge/q99/").status_code == 404


def test_a_segment_becomes_a_question_and_is_put_away(market: list[Customer]) -> None:
    tree = {"field": "age", "op": ">=", "value": 42}
    kept = segments.save(name="older", note="", tree=tree, channel="voice", actor="user:1", now=db_now()).segment
    marketing = client_of("marketing")
    made = marketing.post("/customers/knowledge/keep/", {"segment": kept.pk, "name": "Who is at least so old?"})
    assert "<b>3</b> / 6" in marketing.get(made["Location"]).content.decode()
    assert marketing.post("/customers/knowledge/keep/", {"segment": kept.pk, "name": " "}).status_code == 422
    with pytest.raises(Conflict):
        operations.keep(name="Who is at least so old?", tree=tree, actor="user:1", now=db_now())
    built = marketing.post(
        "/customers/segments/new/", {"tree": '{"field": "age", "op": ">=", "value": 50}', "channel": "sms"}
    )
    assert (built.status_code, "50" in built.content.decode()) == (200, True)
    one = SavedQuestion.objects.get()
    marketing.post(f"/customers/knowledge/{one.pk}/put-away/")
    assert marketing.get(f"/customers/knowledge/{one.key}/").status_code == 404
    operations.keep(name="Who is at least so old?", tree=tree, actor="user:1", now=db_now())


def test_the_desk_is_told_which_questions_fit_the_caller_with_the_callers_own_values(market: list[Customer]) -> None:
    chen, other, *_more = market
    (fits,) = fitting(customer_id=chen.pk, now=db_now())
    assert fits.name_zh == "某地区高流失风险且高价值的客户"
    assert [(one.label_en, one.value) for one in fits.facts] == [
        (FIELDS["churn"].en, 20),
        (FIELDS["value_decile"].en, 9),
    ]
    Facts.objects.filter(customer=chen).update(region="北京")  # a place is asked with their own
    assert fitting(customer_id=chen.pk, now=db_now())
    assert fitting(customer_id=other.pk, now=db_now()) == ()
    operations.keep(
        name="Pays a hundred", tree={"field": "bill_fen", "op": "=", "value": 10_000}, actor="user:1", now=db_now()
    )
    assert [one.name_en for one in fitting(customer_id=chen.pk, now=db_now())][-1] == "Pays a hundred"
    assert fitting(customer_id=Customer.objects.create(name="x", created_at=db_now()).pk, now=db_now()) == ()
