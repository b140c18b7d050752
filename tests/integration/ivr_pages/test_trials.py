"""Ada tries Mei's draft on half of the callers, looks at both sides, and keeps it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from django.test import Client

from callcenter.accounts.models import User
from callcenter.foundation.clock import db_now
from ivr.flows import drafting, trials
from ivr.flows.operations import TrialRunning, publish_shipped
from ivr.intake.operations import take
from ivr.models import FlowVersion
from tests.integration.ivr.story import said

pytestmark = pytest.mark.django_db
FLOW = "/floor/ivr/flows/operator/2"


@pytest.fixture
def ada() -> Client:
    publish_shipped(now=db_now())
    client = Client()
    client.force_login(User.objects.create(username="ada", role="supervisor"))
    drafting.start(flow="operator", by="user:mei", now=db_now())
    drafting.offer(flow="operator", number=2, note="", by="user:mei", now=db_now())
    return client


def walked(name: str, version: int) -> None:
    now = db_now()
    told = [said(name, 0, "enter", "main"), said(name, 5, "hangup")]
    moved = [replace(one, t=now + (one.t - told[0].t), flow="operator", version=version) for one in told]
    take(items=moved, now=now + timedelta(minutes=1))


def test_a_version_is_tried_compared_and_kept(ada: Client) -> None:
    early = ada.post(f"{FLOW}/try/", {"share": "50"})
    assert (early.status_code, FlowVersion.objects.get(number=2).state) == (409, "draft")
    drafting.approve(flow="operator", number=2, by="user:root", now=db_now())
    assert ada.post(f"{FLOW}/try/", {"share": "lots"}).status_code == 422

    assert ada.post(f"{FLOW}/try/", {"share": "50"}).status_code == 302
    (trial,) = trials.trials()
    walked("chen", 1)
    walked("zhang", 2)
    page = ada.get("/floor/ivr/compare/", {"trial": str(trial.id)}).content.decode()
    assert "1 calls in A, 1 in B" in page
    assert "50.0 % of the calls heard B." in page
    with pytest.raises(TrialRunning):
        publish_shipped(now=db_now())

    listed = ada.get("/floor/ivr/flows/").content.decode()
    assert "Version 2 for 50 % of callers, version 1 for the others" in listed
    ada.post(f"/floor/ivr/flows/trials/{trial.id}/keep/")
    assert dict(FlowVersion.objects.values_list("number", "state")) == {1: "retired", 2: "published"}
    assert ada.post(f"/floor/ivr/flows/trials/{trial.id}/stop/").status_code == 409


def test_a_trial_that_is_stopped_leaves_the_menus_as_they_were(ada: Client) -> None:
    drafting.approve(flow="operator", number=2, by="user:root", now=db_now())
    number = trials.start(flow="operator", number=2, share=10, by="user:ada", now=db_now())

    ada.post(f"/floor/ivr/flows/trials/{number}/stop/")

    assert dict(FlowVersion.objects.values_list("number", "state")) == {1: "published", 2: "retired"}
    assert trials.heard(flow="operator", caller="chen").version == 1
