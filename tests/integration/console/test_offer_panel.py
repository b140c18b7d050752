"""Lin advises Mrs Chen: the card, the bills beside each other, the words for the offer."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest
from django.utils import timezone

from callcenter.foundation.clock import db_now
from customers.catalogue.queries import forget_pool
from customers.models import (
    Consent,
    Customer,
    Holding,
    Offer,
    Offering,
    RivalOffering,
    Script,
    ScriptVersion,
    UsageMonth,
    UsagePool,
)
from customers.offers.facts import months_before
from routing.models import Queue
from tests.integration.console.conftest import Desk, Ringing, calls, talks
from tests.integration.customers.conftest import GB, offering


@pytest.fixture
def too_much(mrs_chen: Customer) -> dict[str, Offering]:
    """Mrs Chen pays for 20 GB and uses half of one; her three bills are explained, and offers are welcome."""
    now = db_now()
    goods = {one.code: one for one in (_plan("plan-19", 19, 1), _plan("plan-99", 99, 20))}
    Consent.objects.create(customer=mrs_chen, purpose="marketing", channel="voice", state="granted", at=now)
    Holding.objects.create(customer=mrs_chen, offering=goods["plan-99"], since=date(2020, 1, 1))
    for month in months_before(timezone.localdate(now), 3):
        UsageMonth.objects.create(
            customer=mrs_chen, month=month, data_kb=GB // 2, voice_s=0, bill_fen=9900,
            lines=[{"kind": "fee", "fen": 9900}], sums=[{"service": "voice", "rounding": "event:60", "units": 0}],
        )  # fmt: skip
    rows = [[f"c{n}", 0, 0, GB // 2, 0, 0, GB // 2] for n in range(120)]
    UsagePool.objects.create(made_at=now - timedelta(hours=1), rows=rows)
    forget_pool()
    return goods


def _plan(code: str, yuan: int, gb: float) -> Offering:
    return offering(code, "mobile", "plan", yuan, gb=gb, minutes=100)


@pytest.fixture
def served(lin: Desk, queue: Queue, too_much: dict[str, Offering]) -> Ringing:
    lin.ready()
    ringing = calls(queue)
    talks(lin, ringing)
    return ringing


def read(desk: Desk, served: Ringing, part: str) -> str:
    answer = desk.get(f"/console/reservations/{served.reservation}/{part}")
    assert answer.status_code == 200
    return re.sub(r"\s+", " ", answer.content.decode())


def test_the_card_says_what_is_saved_and_the_bills_say_why(lin: Desk, served: Ringing) -> None:
    cards = read(lin, served, "offers/")
    assert "Saves at least 80 yuan a month on the last 3 bills" in cards
    assert 'data-number="1"' in cards  # a reason is one key away
    sheet = read(lin, served, "offers/plan-19/")
    assert sheet.count("¥99</td>") == 3 and sheet.count("¥19</td>") == 3
    assert "at least ¥80 less a month" in sheet
    assert "Data (national): 512 MB of 1 GB included" in sheet
    assert "from " in sheet and "a month on, plan-99 is cheaper." in sheet


def test_a_plan_that_is_dearer_is_shown_as_it_is(lin: Desk, served: Ringing) -> None:
    UsageMonth.objects.update(bill_fen=9800, lines=[{"kind": "fee", "fen": 9900}, {"kind": "correction", "fen": -100}])
    sheet = read(lin, served, "offers/plan-19/")
    assert "Promise nothing:" in sheet and "not explained" in sheet
    assert "less a month" not in sheet


def test_what_cannot_be_compared_says_so(lin: Desk, served: Ringing) -> None:
    assert "cannot have that plan now" in read(lin, served, "offers/plan-99/")
    UsageMonth.objects.all().delete()
    assert "Three full months" in read(lin, served, "offers/plan-19/")


def test_the_script_names_the_queue_and_follows_the_offer(
    lin: Desk, served: Ringing, too_much: dict[str, Offering]
) -> None:
    for key, fields in (("general", {}), ("smaller", {"offering": too_much["plan-19"]})):
        version = ScriptVersion(
            script=Script.objects.create(key=key, **fields), number=1, language="en", state="published",
            author="user:mei", approver="user:ada", published_at=db_now(),
            lines=[{"stage": "greet", "text": f"{key}: {{queue}}, {{offer}}", "mandatory": False}],
        )  # fmt: skip
        version.save()
    assert "general: Billing, this offer" in read(lin, served, "script/")
    assert "smaller: Billing, plan-19" in read(lin, served, "script/?offer=plan-19")
    assert "general: Billing" in read(lin, served, "script/?offer=nothing-of-the-kind")


def test_rivals_stand_on_the_same_bills_and_old_ones_say_nothing(lin: Desk, served: Ringing) -> None:
    terms = {"fee": 900, "overage": [{"service": name, "price": {"num": 0}} for name in ("voice", "messages", "data")]}
    now = db_now()
    today = timezone.localdate(now)
    for code, days in (("n-9", 2), ("n-8", 40)):
        RivalOffering.objects.create(
            operator="North", code=code, name_en=code, name_zh=code, tariff=terms, source="shop window",
            seen_on=today - timedelta(days=days), expires_on=today - timedelta(days=days - 30), author="ada", at=now,
        )  # fmt: skip
    sheet = read(lin, served, "offers/plan-19/")
    assert "cheaper by ¥270: say so" in sheet and "too old: say nothing of it" in sheet
    assert "shop window" in sheet


def test_a_yes_waits_for_what_must_be_said(lin: Desk, served: Ringing, too_much: dict[str, Offering]) -> None:
    script = Script.objects.create(key="smaller", offering=too_much["plan-19"])
    lines = [
        {"stage": "ask", "text": "Shall I compare?", "mandatory": False, "answers": [{"says": "Yes", "to": "tell"}]},
        {"stage": "offer", "text": "You save {{ saving|money }} a month.", "mandatory": False, "step": "tell"},
        {"stage": "disclose", "text": "The fee is {{ fee|money }} a month.", "mandatory": True},
        {"stage": "disclose", "text": "Leaving costs {{ penalty|money }}.", "mandatory": True, "when": "penalty"},
    ]
    says = [{"kind": "too_dear", "says": "That is too dear", "answers": ["It is {{ fee|money }}, less than now."]}]
    version = ScriptVersion.objects.create(
        script=script, number=1, language="en", state="published", author="user:mei", approver="user:ada",
        published_at=db_now(), lines=lines, objections=says,
    )  # fmt: skip
    read(lin, served, "offers/")
    offer = Offer.objects.get(rule="better_plan")
    yes = {"state": "accepted", "call": served.call}
    refused = lin.send(f"/console/offers/{offer.pk}/decide/", yes)
    assert refused.status_code == 409 and refused.json()["code"] == "script_unsaid"
    assert "You save" not in read(lin, served, "script/?offer=plan-19")
    words = read(lin, served, "script/?offer=plan-19&path=tell")
    assert "You save 80 yuan a month." in words and "The fee is 19 yuan a month." in words
    assert "Leaving costs" not in words
    tick = {"version": version.pk, "line": 3, "outcome": "said", "offer": "plan-19", "path": "tell"}
    assert lin.send(f"/console/calls/{served.call}/said/", tick | {"line": 4}).status_code == 404
    assert lin.send(f"/console/calls/{served.call}/said/", tick).status_code == 200
    assert 'aria-checked="true"' in read(lin, served, "script/?offer=plan-19&path=tell")
    assert lin.send(f"/console/offers/{offer.pk}/decide/", yes).status_code == 200
    assert "It is 19 yuan, less than now." in read(lin, served, "objections/?offer=plan-19&q=too+dear")
    assert "No approved answer fits" in read(lin, served, "objections/?offer=plan-19&q=xylophone")
