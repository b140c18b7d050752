"""Which source's word counts is data: tried out on the customers as they are, published with a version, put on record."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from callcenter.foundation.errors import Conflict, Invalid
from callcenter.foundation.models import AuditEntry
from customers.identity import assembling, rulebook, survivorship
from customers.identity.golden import OWN, FieldRule
from customers.imports import records
from customers.models import Customer, FieldPin, GoldenSetting, Source
from tests.integration.backoffice.test_pages import client_of
from tests.integration.customers.conftest import NOW

pytestmark = pytest.mark.django_db
ACTOR: dict[str, Any] = {"actor": "user:1", "now": NOW}
NEWEST_NAME = {"name": FieldRule(rule="newest")}


@pytest.fixture
def three(db: None) -> list[Customer]:
    """Three people of two sources that disagree on names; of two of them on regions too."""
    for key, name, region in (("1", "陈美", "广州"), ("2", "张三", "广州"), ("3", "李四", "")):
        for source, word, day, place in (
            ("crm", name, "2026-01-01", region),
            ("shop", f"{name}儿", "2026-02-01", "深圳"),
        ):
            told = {"key": key, "wechat": f"w-{key}", "name": word, "region": place, "observed_at": day}
            records.take(source=source, records=[told], **ACTOR)
    Source.objects.create(code="crm", trust=0.9)
    Source.objects.create(code="shop", trust=0.4)
    assembling.assemble(now=NOW)
    return list(Customer.objects.order_by("created_at", "pk"))


def wish(**rules: FieldRule) -> survivorship.Wish:
    return survivorship.Wish(rules=OWN | rules, trust={"crm": 0.9, "shop": 0.4})


def names() -> list[str]:
    return sorted(Customer.objects.values_list("name", flat=True))


def test_the_effect_is_told_before_and_is_what_the_night_does(three: list[Customer]) -> None:
    before = names()
    effect = survivorship.try_out(wish=wish(**NEWEST_NAME))
    assert (effect.looked, effect.of, effect.customers, effect.about) == (3, 3, 3, 3)
    assert (effect.changed["name"], effect.changed["region"]) == (3, 0)
    assert names() == before and not GoldenSetting.objects.exists()
    made = survivorship.publish(wish=wish(**NEWEST_NAME), version=1, **ACTOR)
    assert (made.version, made.rules["name"].rule) == (2, "newest")
    assert assembling.assemble(now=NOW)["changed"] == 3
    assert names() == ["张三儿", "李四儿", "陈美儿"]
    assert survivorship.try_out(wish=wish(**NEWEST_NAME)).customers == 0
    told = AuditEntry.objects.get(action="golden_rules.set")
    assert (told.actor, told.data["rules"]["name"]) == ("user:1", {"rule": "newest", "order": []})
    with pytest.raises(Conflict):
        survivorship.publish(wish=wish(), version=1, **ACTOR)


def test_an_order_of_sources_stands_above_trust_and_a_pin_above_both(three: list[Customer]) -> None:
    assembling.pin(customer_id=three[0].pk, field="name", value="陈美丽", days=9, reason="told us", **ACTOR)
    ordered = wish(name=FieldRule(rule="trusted", order=("shop", "crm")))
    assert survivorship.try_out(wish=ordered).changed["name"] == 2
    survivorship.publish(wish=ordered, version=1, **ACTOR)
    assembling.assemble(now=NOW)
    assert names() == ["张三儿", "李四儿", "陈美丽"] and FieldPin.objects.filter(closed_at=None).exists()
    told = next(one for one in assembling.fields_of(customer_id=three[1].pk, now=NOW) if one.field == "name")
    assert told.rule == "trusted" and told.rival_source == "crm"


def test_trust_is_tried_out_and_set_with_the_rules(three: list[Customer]) -> None:
    turned = replace(wish(), trust={"crm": 0.2, "shop": 0.8})
    effect = survivorship.try_out(wish=turned)
    assert (effect.changed["name"], effect.changed["region"]) == (3, 2)
    survivorship.publish(wish=turned, version=1, **ACTOR)
    assert dict(Source.objects.values_list("code", "trust")) == {"crm": 0.2, "shop": 0.8}
    assert GoldenSetting.objects.get().trust == {"crm": 0.2, "shop": 0.8}


def test_of_many_a_lot_is_looked_at_and_the_rest_is_reckoned(
    three: list[Customer], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(survivorship, "MOST_LOOKED_AT", 2)
    effect = survivorship.try_out(wish=wish(**NEWEST_NAME))
    assert (effect.looked, effect.of, effect.is_sample, effect.about) == (2, 3, True, 3)


@pytest.mark.parametrize(
    ("rules", "trust"),
    [
        ({"name": FieldRule(rule="loudest")}, {}), ({"name": FieldRule(rule="trusted", order=("dog",))}, {}),
        ({"name": FieldRule(rule="trusted", order=("crm", "crm"))}, {}), ({}, {"crm": 1.5}), ({}, {"crm": float("nan")}),
        ({}, {"dog": 0.5}), ({"shoe": FieldRule(rule="newest")}, {}),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused(three: list[Customer], rules: dict[str, FieldRule], trust: dict[str, float]) -> None:
    for act in (survivorship.try_out, lambda wish: survivorship.publish(wish=wish, version=1, **ACTOR)):
        with pytest.raises(Invalid):
            act(wish=survivorship.Wish(rules=OWN | rules, trust=trust))
    assert rulebook.present().version == 1


def test_on_the_page_it_is_shown_then_published(three: list[Customer]) -> None:
    sun = client_of("analyst")
    page = sun.get("/customers/quality/words/").content.decode()
    assert "version 1" in page and 'name="trust_shop"' in page
    told = {"version": "1", "trust_crm": "0.9", "trust_shop": "0.4"}
    told |= {f"rule_{field}": one.rule for field, one in OWN.items()}
    told |= {"rule_name": "trusted", "order_name": "shop > crm"}
    page = sun.post("/customers/quality/words/", told | {"act": "try"}).content.decode()
    assert "3 of the 3 customers of whom several sources speak would read otherwise" in page
    assert sun.post("/customers/quality/words/", told | {"act": "publish"}).status_code == 302
    assert rulebook.present().rules["name"].order == ("shop", "crm")
    assert sun.post("/customers/quality/words/", told | {"act": "publish"}).status_code == 409
    assert sun.post("/customers/quality/words/", told | {"trust_crm": "much"}).status_code == 422
    page = client_of("admin", "zh-hans").get("/customers/quality/words/").content.decode()
    assert "取值规则" in page and "shop, crm" in page
    assert client_of("marketing").get("/customers/quality/words/").status_code == 403
