"""Ben proposes, Ada decides: the optimiser's pages, their roles, and what they say when nothing can be done."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils.timezone import get_default_timezone

from callcenter.foundation.clock import db_now
from ivr.flows import operations as flows
from ivr.flows import trials
from ivr.flows.queries import published
from ivr.optimiser import operations
from tests.integration.floor.story import person
from tests.integration.ivr.test_proposals import walk_menus

pytestmark = pytest.mark.django_db
LIST = "/floor/ivr/optimiser/"


@pytest.fixture
def proposal() -> int:
    now = db_now()
    flows.publish_shipped(now=now - timedelta(days=30))
    walk_menus(days=12, since=now - timedelta(days=13), calls_a_day=20)
    return operations.propose(
        flow="operator", since=now - timedelta(days=20), until=now, language="zh", zone=get_default_timezone(),
        by="user:0", now=now,
    )  # fmt: skip


def as_(client: Client, name: str, role: str) -> Client:
    client.force_login(person(name, role))
    return client


def test_ada_reads_approves_and_publishes_what_another_proposed(client: Client, proposal: int) -> None:
    ada = as_(client, "ada", "supervisor")
    page = f"{LIST}{proposal}/"

    english = ada.get(page).content.decode()
    for words in ("no menu is faster", "options move", "Approve: make it a draft version", "Broadband"):
        assert words in english
    ada.cookies["django_language"] = "zh-hans"
    assert "任何菜单都不会更快" in ada.get(page).content.decode()
    assert ada.post(f"{page}reject/", {"reason": ""}).status_code == 422
    assert ada.post(f"{page}approve/").status_code == 302
    assert ada.post(f"{page}approve/").status_code == 409
    assert ada.post(f"{page}publish/").status_code == 302
    assert published(key="operator").number == 2
    assert 'id="state">已发布' in ada.get(page).content.decode()
    assert f"{LIST}{proposal}/" in ada.get(LIST).content.decode()


def test_what_a_proposal_became_is_tried_and_kept(client: Client, proposal: int) -> None:
    ada = as_(client, "ada", "supervisor")
    page = f"{LIST}{proposal}/"
    ada.post(f"{page}approve/")
    assert "/floor/ivr/flows/operator/2/try/" in ada.get(page).content.decode()

    assert ada.post("/floor/ivr/flows/operator/2/try/", {"share": "20"}).status_code == 302
    refused = ada.post(f"{page}publish/")
    assert (refused.status_code, "Version 2 is on trial" in refused.content.decode()) == (409, True)
    (trial,) = trials.trials()
    ada.post(f"/floor/ivr/flows/trials/{trial.id}/keep/")

    assert published(key="operator").number == 2
    assert 'id="state">Published' in ada.get(page).content.decode()


def test_an_analyst_proposes_and_does_not_decide(client: Client, proposal: int) -> None:
    ben = as_(client, "ben", "analyst")

    assert "Approve" not in ben.get(f"{LIST}{proposal}/").content.decode()
    assert ben.post(f"{LIST}{proposal}/approve/").status_code == 403
    made = ben.post(LIST, {"flow": "operator", "weeks": "4", "language": "zh", "width": "9"})
    assert made.status_code == 302


def test_a_log_too_short_says_what_is_missing_and_keeps_what_was_chosen(client: Client) -> None:
    flows.publish_shipped(now=db_now())
    ada = as_(client, "ada", "supervisor")

    answer = ada.post(LIST, {"flow": "operator", "weeks": "2"})

    assert answer.status_code == 422
    assert "200 on 4 days are needed" in answer.content.decode()
    assert "<option selected>2</option>" in answer.content.decode()
    assert ada.post(LIST, {"flow": "no such flow"}).status_code == 404
    assert ada.get(f"{LIST}999/").status_code == 404
    assert ada.post(f"{LIST}999/approve/").status_code == 404


def test_agents_see_nothing_of_it(client: Client) -> None:
    assert as_(client, "lin", "agent").get(LIST).status_code == 403
