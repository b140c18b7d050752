"""Lists, dialers and the second person: contacts are counted once, rules change with four eyes."""

from __future__ import annotations

import json
import threading
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import DatabaseError, connection, transaction

from callcenter.foundation.errors import Invalid
from callcenter.foundation.principal import Principal, Role
from customers.models import Contact, ContactRules, Customer, Holding, Offering, Relationship
from customers.offers import contacting, queries
from customers.offers.contact import terms
from customers.offers.contact_policy import Ask
from tests.integration.customers.conftest import People

pytestmark = pytest.mark.django_db
NUMBER = "+8613800138000"
TUESDAY = datetime(2026, 11, 24, 10, tzinfo=ZoneInfo("Asia/Shanghai"))
CALL = Ask(direction="out", action="data-5", group="data")
ADA = Principal(name="user:ada", role=Role.SUPERVISOR)


def check(customer: Customer, now: datetime = TUESDAY, ask: Ask = CALL, number: str = NUMBER) -> set[str]:
    verdict = queries.contact_check(customer_id=customer.pk, number_e164=number, ask=ask, now=now)
    return {denial.rule for denial in verdict.denials}


def reserve(customer: Customer, now: datetime = TUESDAY, ask: Ask = CALL, number: str = NUMBER) -> int:
    return contacting.reserve(customer_id=customer.pk, number_e164=number, ask=ask, actor="key:list", now=now)


def rules(**change: Any) -> dict[str, Any]:
    return {**json.loads(terms.SHIPPED.read_text(encoding="utf-8")), **change}


def test_a_reserved_contact_counts_until_it_is_released(mrs_chen: Customer) -> None:
    assert check(mrs_chen) == set()
    held = reserve(mrs_chen)
    assert check(mrs_chen) == {"voice_per_day", "action_30d"}
    with pytest.raises(contacting.UnableToContact) as no:
        reserve(mrs_chen)
    assert no.value.facts["rules"] == ["voice_per_day", "action_30d"]
    contacting.release(contact_id=held, now=TUESDAY)
    assert check(mrs_chen) == set()


def test_a_reservation_nobody_confirms_runs_out(mrs_chen: Customer) -> None:
    held = reserve(mrs_chen)
    wednesday = TUESDAY + timedelta(days=1, minutes=1)
    assert check(mrs_chen, wednesday) == set()
    with pytest.raises(contacting.UnableToChange):
        contacting.confirm(contact_id=held, ask=CALL, now=wednesday)


def test_it_is_asked_again_at_the_instant_of_dialling(people: People, mrs_chen: Customer) -> None:
    held = reserve(mrs_chen)
    people.told(mrs_chen, TUESDAY, kind="complaint", outcome="open")
    with pytest.raises(contacting.UnableToContact):
        contacting.confirm(contact_id=held, ask=CALL, now=TUESDAY + timedelta(minutes=5))
    assert Contact.objects.get().state == "pending"  # nothing was written


def test_made_once_however_often_it_is_confirmed(mrs_chen: Customer) -> None:
    held = reserve(mrs_chen)
    for minutes in (5, 6):
        contacting.confirm(contact_id=held, ask=CALL, now=TUESDAY + timedelta(minutes=minutes))
    made = Contact.objects.get()
    assert (made.state, made.at) == ("done", TUESDAY + timedelta(minutes=5))
    with pytest.raises(contacting.UnableToChange):
        contacting.release(contact_id=held, now=TUESDAY)


def test_by_number_and_by_household_too(people: People, mrs_chen: Customer, zhang_san: Customer) -> None:
    people.consents(zhang_san)
    reserve(mrs_chen)
    assert check(zhang_san) == {"voice_per_day", "action_30d"}  # the same telephone
    assert check(zhang_san, number="+8613900139000") == set()
    home = people.customer("陈家", kind="household")
    for member in (mrs_chen, zhang_san):
        Relationship.objects.create(a=member, b=home, role="member")
    four = terms.read_rules(rules(), version=0)
    assert next(limit.n for limit in four.limits if limit.reach == "household") == 4
    for _ in range(4):
        Contact.objects.create(
            customer=mrs_chen, household=home.pk, channel="EMAIL", purpose="MARKETING", state="done", at=TUESDAY,
            rules_version=0, actor="key:list",
        )  # fmt: skip
    assert "household_7d" in check(zhang_san, number="+8613900139000")


def test_nobody_and_nowhere_is_no(zhang_san: Customer) -> None:
    assert "unknown_consent" in check(zhang_san)
    verdict = queries.contact_check(customer_id=None, number_e164="", ask=CALL, now=TUESDAY)
    assert {denial.rule for denial in verdict.denials} >= {"unknown_caller", "unknown_region"}


def test_rules_change_with_four_eyes_and_from_their_day_on(mrs_chen: Customer) -> None:
    limits = [{"id": "voice_per_day", "direction": "out", "channel": "VOICE", "n": 9, "days": 1, "window": "day"}]
    start = TUESDAY + timedelta(days=2)
    made = contacting.propose(
        rules=rules(limits=limits), note="trial", effective_from=start, author="user:ada", now=TUESDAY
    )
    with pytest.raises(contacting.UnableToChange, match="other than the author"):
        contacting.judge(rules_id=made, approve=True, principal=ADA, now=TUESDAY)
    contacting.judge(rules_id=made, approve=True, principal=Principal(name="user:mei", role=Role.ADMIN), now=TUESDAY)
    reserve(mrs_chen)
    assert check(mrs_chen) == {"voice_per_day", "action_30d"}
    contacting.confirm(contact_id=Contact.objects.get().pk, ask=CALL, now=TUESDAY)
    Contact.objects.update(at=start)
    assert check(mrs_chen, start + timedelta(minutes=1)) == set()
    assert queries.contact_check(customer_id=mrs_chen.pk, number_e164=NUMBER, ask=CALL, now=start).version == made
    with pytest.raises(contacting.UnableToChange, match="decided already"):
        contacting.judge(rules_id=made, approve=False, principal=ADA, now=TUESDAY)
    with pytest.raises(DatabaseError, match="never change"), transaction.atomic():
        ContactRules.objects.update(note="another")


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"rules": {"limits": []}}, "cannot be right"),
        ({"note": " "}, "why the rules change"),
        ({"effective_from": TUESDAY - timedelta(days=1)}, "from the past"),
    ],
)
def test_bad_proposals_are_refused_with_a_sentence(change: dict[str, Any], sentence: str) -> None:
    given: dict[str, Any] = {
        "rules": rules(),
        "note": "n",
        "effective_from": TUESDAY,
        "author": "user:ada",
        "now": TUESDAY,
    }
    with pytest.raises(Invalid, match=sentence):
        contacting.propose(**(given | change))


@pytest.mark.django_db(transaction=True)
def test_eight_builders_never_pass_the_cap(mrs_chen: Customer) -> None:
    start, outcomes = threading.Barrier(8), []

    def build() -> None:
        start.wait(timeout=10)
        try:
            reserve(mrs_chen)
            outcomes.append("held")
        except contacting.UnableToContact:
            outcomes.append("no")
        finally:
            connection.close()

    threads = [threading.Thread(target=build) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=20)
    assert sorted(outcomes) == ["held"] + ["no"] * 7


def test_a_not_with_b_as_the_catalogue_says(people: People, mrs_chen: Customer) -> None:
    share = Offering.objects.create(
        code="share", family="service", kind="service", name_en="s", name_zh="s", valid_from=TUESDAY.date(),
        requires=["mobile:plan"], excludes=["data-5"],
    )  # fmt: skip
    about = Ask(direction="out", action="share", channel="SMS")
    assert check(mrs_chen, ask=about) >= {"unfit"}  # she has no mobile plan
    plan = Offering.objects.create(
        code="p", family="mobile", kind="plan", name_en="p", name_zh="p", valid_from=TUESDAY.date()
    )
    Holding.objects.create(customer=mrs_chen, offering=plan, since=TUESDAY.date())
    assert not check(mrs_chen, ask=about) & {"unfit", "conflict"}
    pack = Offering.objects.create(
        code="data-5", family="mobile", kind="pack", name_en="d", name_zh="d", valid_from=TUESDAY.date()
    )
    reserve(mrs_chen)  # about data-5
    assert "conflict" in check(mrs_chen, ask=about)
    Contact.objects.all().delete()
    Holding.objects.create(customer=mrs_chen, offering=pack, since=TUESDAY.date())
    assert "unfit" in check(mrs_chen, ask=about) and share.excludes == ["data-5"]
