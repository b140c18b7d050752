"""What an administrator sees of customers: everything but who they are."""

from __future__ import annotations

from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin
from django.db.models import CompositePrimaryKey
from django.test import Client
from django.urls import reverse

from callcenter.accounts.models import User
from callcenter.foundation.principal import Role
from customers.models import Customer, DoNotCall, Identifier, ImportJob, Offering, RowError, Script, ScriptVersion
from tests.integration.customers.conftest import NOW, People

pytestmark = pytest.mark.django_db
SECRETS = ("陈美", "13800138000", "138 0013 8000", "mei.chen")


@pytest.fixture
def ada() -> User:
    return User.objects.create(username="ada", role=Role.ADMIN)


@pytest.fixture
def browser(ada: User) -> Client:
    client = Client()
    client.force_login(ada)
    return client


def page(browser: Client, name: str, *args: object, **query: str) -> str:
    answer = browser.get(reverse(f"admin:customers_{name}", args=args), query)
    assert answer.status_code == 200
    return answer.content.decode()


def test_no_list_form_or_search_shows_a_personal_value(people: People, browser: Client, mrs_chen: Customer) -> None:
    people.reached_by(mrs_chen, "mei.chen@example.com", kind="email")
    DoNotCall.objects.create(customer=mrs_chen, number="+8613800138000", source="letter", at=NOW)
    own = Identifier.objects.get(customer=mrs_chen, kind="phone")
    pages = [
        page(browser, "customer_changelist"),
        page(browser, "customer_change", mrs_chen.pk),
        page(browser, "identifier_changelist"),
        page(browser, "identifier_change", own.pk),
        page(browser, "donotcall_changelist"),
    ]
    for text in pages:
        assert not [secret for secret in SECRETS if secret in text]
    assert "陈*" in pages[0]
    assert "陈*" in pages[1]
    assert "138****8000" in pages[2]
    assert "138****8000" in pages[3]
    assert "138****8000" in pages[4]


@pytest.mark.parametrize("sought", ["陈", "13800138000", "mei", "8000"])
def test_nobody_is_fished_for(people: People, browser: Client, mrs_chen: Customer, sought: str) -> None:
    for name in ("customer_changelist", "identifier_changelist"):
        assert str(mrs_chen.pk) not in page(browser, name, q=sought)


def test_customers_are_not_written_by_hand(browser: Client, mrs_chen: Customer) -> None:
    assert browser.get(reverse("admin:customers_customer_add")).status_code == 403
    assert (
        browser.post(reverse("admin:customers_customer_change", args=[mrs_chen.pk]), {"name": "x"}).status_code == 403
    )
    assert (
        browser.post(reverse("admin:customers_customer_delete", args=[mrs_chen.pk]), {"post": "yes"}).status_code == 403
    )
    assert Customer.objects.get().name == "陈美"


def test_a_script_is_drafted_by_one_and_published_by_another(browser: Client, ada: User) -> None:
    script = Script.objects.create(key="general")
    form: dict[str, Any] = {
        "script": script.pk,
        "language": "en",
        "cue": "",
        "lines": '[{"stage":"greet","text":"{who}","mandatory":true}]',
    }
    refused = browser.post(reverse("admin:customers_scriptversion_add"), form)
    assert "no such slot: who" in refused.content.decode()
    form["lines"] = form["lines"].replace("{who}", "Hello, {agent} here.")
    assert browser.post(reverse("admin:customers_scriptversion_add"), form).status_code == 302
    version = ScriptVersion.objects.get()
    assert (version.number, version.state, version.author) == (1, "draft", f"user:{ada.pk}")

    press = {"action": "publish", "_selected_action": [version.pk]}
    browser.post(reverse("admin:customers_scriptversion_changelist"), press)
    version.refresh_from_db()
    assert version.state == "draft"  # Ada wrote it

    omar = Client()
    omar.force_login(User.objects.create(username="omar", role=Role.ADMIN))
    omar.post(reverse("admin:customers_scriptversion_changelist"), press)
    version.refresh_from_db()
    assert version.state == "published"
    change = reverse("admin:customers_scriptversion_change", args=[version.pk])
    assert omar.post(change, form).status_code == 403
    assert (
        omar.post(reverse("admin:customers_scriptversion_delete", args=[version.pk]), {"post": "yes"}).status_code
        == 403
    )


def test_the_catalogue_shows_yuan(browser: Client, shelves: dict[str, Offering]) -> None:
    assert "99.00" in page(browser, "offering_changelist")


def test_every_table_can_be_looked_into_and_none_shows_what_a_person_said(people: People, browser: Client) -> None:
    chen = people.customer("陈美", "+8613800138000")
    people.consents(chen, proof="陈美 wrote so")
    job = ImportJob.objects.create(source="crm", name="陈美.csv", sha256="0" * 64, actor="user:1", at=NOW)
    RowError.objects.create(job=job, row_no=1, sentence="“陈美” is no date.", row=[["name", "陈美"]])
    unseen = {model for model in apps.get_app_config("customers").get_models() if not admin.site.is_registered(model)}
    assert all(isinstance(model._meta.pk, CompositePrimaryKey) for model in unseen)
    for name in ("rowerror", "importjob", "consent"):
        assert "陈美" not in page(browser, f"{name}_changelist")
    assert "陈美" not in page(browser, "rowerror_change", RowError.objects.get().pk)
