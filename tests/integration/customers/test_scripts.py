"""The words of a call: written by Lin, approved by Ada, chosen by offer, then reason, then the general ones."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from callcenter.foundation.errors import NotFound
from customers.models import Customer, Offering, ScriptVersion
from customers.offers import queries
from customers.offers.scripts import operations
from tests.integration.customers.conftest import NOW, People, call_of

pytestmark = pytest.mark.django_db


def lines(text: str) -> list[dict[str, Any]]:
    return [{"stage": "greet", "text": text, "mandatory": True}]


def published(key: str, text: str, language: str = "en", **more: Any) -> int:
    number = operations.draft(key=key, language=language, lines=lines(text), author="lin", **more)
    operations.publish(key=key, language=language, number=number, approver="ada", now=NOW)
    return number


def said(
    customer: Customer | None = None, language: str = "en", intent: str = "", offering_code: str = ""
) -> str | None:
    view = queries.script(
        context=call_of(customer, intent=intent), language=language, offering_code=offering_code, now=NOW
    )
    return view.lines[0].text if view else None


def test_a_draft_is_seen_by_nobody_until_another_person_publishes_it() -> None:
    number = operations.draft(key="general", language="en", lines=lines("Hello."), author="lin", cue="Greet")
    assert said() is None
    with pytest.raises(operations.UnableToPublish):
        operations.publish(key="general", language="en", number=number, approver="lin", now=NOW)
    with pytest.raises(operations.UnableToPublish):
        operations.publish(key="general", language="en", number=number, approver="", now=NOW)
    operations.publish(key="general", language="en", number=number, approver="ada", now=NOW)
    operations.publish(key="general", language="en", number=number, approver="ada", now=NOW)
    view = queries.script(context=call_of(None), language="en", now=NOW)
    assert view is not None
    assert (view.key, view.number, view.language, view.cue, view.lines[0].mandatory) == (
        "general",
        1,
        "en",
        "Greet",
        True,
    )


def test_the_database_itself_knows_that_author_and_approver_differ() -> None:
    operations.draft(key="general", language="en", lines=lines("Hello."), author="lin")
    with pytest.raises(IntegrityError), transaction.atomic():
        ScriptVersion.objects.update(state="published", approver="lin", published_at=NOW)


@pytest.mark.parametrize(
    "change", [{"lines": []}, {"cue": "x"}, {"approver": "omar"}, {"state": "draft"}, {"number": 9}]
)
def test_a_published_text_never_changes(change: dict[str, Any]) -> None:
    published("general", "Hello.")
    with pytest.raises(DatabaseError, match="never changes"), transaction.atomic():
        ScriptVersion.objects.update(**change)
    with pytest.raises(DatabaseError, match="never deleted"), transaction.atomic():
        ScriptVersion.objects.all().delete()
    assert said() == "Hello."


def test_a_new_version_takes_over_and_the_old_one_can_come_back() -> None:
    first, second = published("general", "Hello."), published("general", "Good day.")
    assert (first, second, said()) == (1, 2, "Good day.")
    operations.publish(key="general", language="en", number=first, approver="ada", now=NOW)
    assert said() == "Hello."
    assert ScriptVersion.objects.filter(state="published").count() == 1


def test_offer_then_reason_then_general(shelves: dict[str, Offering]) -> None:
    published("general", "general")
    published("roaming", "roaming", intent="roaming")
    published("fibre", "about {offer}", offering_code="fibre-300")
    assert said() == "general"
    assert said(intent="points") == "general"
    assert said(intent="roaming") == "roaming"
    assert said(intent="roaming", offering_code="fibre-300") == "about fibre-300"
    assert said(intent="roaming", offering_code="plan-19") == "roaming"
    with CaptureQueriesContext(connection) as statements:
        said(intent="roaming", offering_code="fibre-300")
    assert len(statements) == 2  # the words, and what has been ticked


def test_the_language_of_the_screen_else_english() -> None:
    published("general", "Hello.")
    assert said(language="zh-hans") == "Hello."
    published("general", "您好。", language="zh-hans")
    assert said(language="zh-hans") == "您好。"
    assert said(language="zh-cn") == "您好。"
    assert said(language="en-gb") == "Hello."


def test_slots_tell_no_more_than_the_mask(people: People, mrs_chen: Customer) -> None:
    published("general", "{customer_title}, {agent} of {queue}.")
    published("general", "{customer_title}您好，我是{agent}。", language="zh-hans")
    assert said(mrs_chen, "zh-hans") == "陈女士您好，我是Lin。"
    assert said(mrs_chen, "en") == "madam, Lin of mobile."
    assert said(people.customer("John Smith"), "en") == "dear customer, Lin of mobile."
    assert said(None, "zh-hans") == "尊敬的客户您好，我是Lin。"


@pytest.mark.parametrize("text", ["{{ x.__class__ }}", "{% for %}", "{customer}", "每月省30元", "<b>x</b>", ""])
def test_what_is_refused_is_not_saved(text: str) -> None:
    with pytest.raises(operations.UnableToSave) as refusal:
        operations.draft(key="general", language="en", lines=lines(text), author="lin")
    assert refusal.value.facts["faults"][0].startswith("Line 1: ")
    with translation.override("zh-hans"), pytest.raises(operations.UnableToSave) as refusal:
        operations.draft(key="general", language="en", lines=lines(text), author="lin")
    assert refusal.value.facts["faults"][0].startswith("第1行")
    assert not ScriptVersion.objects.exists()


def test_the_admin_s_form_is_no_way_round() -> None:
    operations.draft(key="general", language="en", lines=lines("Hello."), author="lin")
    version = ScriptVersion.objects.get()
    version.lines = lines("{password}")
    with pytest.raises(ValidationError):
        version.full_clean()


def test_unknown_products_and_versions() -> None:
    with pytest.raises(NotFound):
        operations.draft(key="x", language="en", lines=lines("Hello."), author="lin", offering_code="nothing")
    with pytest.raises(NotFound):
        operations.publish(key="x", language="en", number=1, approver="ada", now=NOW)
