"""An analyst's tool asks where callers went; a switch asks what a caller hears; a tool decides on a better menu."""

from __future__ import annotations

from dataclasses import fields
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from django.core.cache import cache

from callcenter.foundation.clock import db_now
from callcenter.foundation.ids import read_uuid
from callcenter.foundation.models import Event
from ivr.flows import drafting, queries, trials
from ivr.flows.operations import publish_shipped
from ivr.intake.operations import take
from ivr.models import Flow, FlowVersion, Proposal
from ivr.optimiser.fitting import Prediction
from ivr.results import PathEventIn
from routing.invariants import broken
from tests.integration.telephony.conftest import Caller, Floor, arrival

WALK = (("enter", "language"), ("enter", "main"), ("enter", "billing"), ("enter", "queue_billing"), ("transfer", ""))


def get(tool: Caller, path: str, **query: str) -> Any:
    return tool.get(f"{path}?{urlencode(query)}")


@pytest.fixture
def walked(floor: Floor) -> tuple[Caller, str]:
    """Mrs Chen went through the menus to an agent an hour ago."""
    cache.clear()
    now = db_now()
    publish_shipped(now=now)
    tool = floor.caller("calls:write", "ivr:read", "flows:publish", trunk="pbx-1")
    call = tool.post("/calls", arrival()).json()["call"]["id"]
    began = now - timedelta(hours=1)
    items = [
        PathEventIn(
            call_id=read_uuid("c", call), source="main", external_id="chen", kind=kind, node=node, seq=place,
            t=began + timedelta(seconds=5 * place), flow="operator",
        )
        for place, (kind, node) in enumerate(WALK)
    ]  # fmt: skip
    take(items=items, now=now)
    return tool, call


def test_the_end_of_a_way_through_the_menus_is_told_once(floor: Floor, switch: Caller) -> None:
    """Of a caller who was helped there, and of one who was queued; with codes alone."""
    publish_shipped(now=db_now())
    step = {"trunk": "pbx-1", "t": db_now().isoformat(), "flow": "operator"}
    switch.post("/ivr/events", [step | {"external_id": "chen", "kind": "enter", "node": "main", "seq": 1}])
    assert not Event.objects.filter(type="ivr.session_closed").exists()
    for _ in range(2):
        switch.post("/ivr/events", [step | {"external_id": "chen", "kind": "hangup", "node": "main", "seq": 2}])
    told = Event.objects.get(type="ivr.session_closed")
    assert (told.domain, told.call, told.data["outcome"], told.data["steps"]) == ("main", None, "hangup", 1)
    switch.post("/ivr/events", [step | {"external_id": "wu", "kind": "enter", "node": "main", "seq": 1}])
    switch.post("/calls", arrival(external_id="wu"))
    told = Event.objects.filter(type="ivr.session_closed").latest("pk")
    call = switch.get("/calls/ext:pbx:wu").json()["call"]
    assert (told.data["outcome"], told.data["call"]) == ("agent", call["id"])
    assert all(row.what.startswith("a_") for row in broken(now=db_now())), "the call's own events have no gap"


def test_a_path_query_finds_the_call_and_the_measures_count_it(walked: tuple[Caller, str]) -> None:
    tool, call = walked

    found = get(tool, "/ivr/paths/query", q="main > billing > * > agent").json()
    measured = get(tool, "/ivr/metrics", flow="operator").json()
    path = tool.get(f"/ivr/calls/{call}/path").json()

    assert (found["total"], found["paths"][0]["call"], found["paths"][0]["outcome"]) == (1, call, "agent")
    assert measured["outcomes"] == {"agent": 1, "task": 0, "hangup": 0, "system": 0, "unknown": 0}
    assert {one["node"]: one["visits"] for one in measured["nodes"]}["billing"] == 1
    assert [(one["kind"], one["node"]) for one in path["events"]] == list(WALK)


def test_a_query_that_cannot_be_read_says_where(walked: tuple[Caller, str]) -> None:
    refused = get(walked[0], "/ivr/paths/query", q="main > biling")

    assert (refused.status_code, refused.json()["code"], refused.json()["place"]) == (422, "query_syntax", 0)
    assert get(walked[0], "/ivr/metrics", since="2026-01-01T00:00:00Z", until="2025-01-01T00:00:00Z").status_code == 422


def test_a_share_of_callers_hears_the_version_on_trial_and_always_the_same(walked: tuple[Caller, str]) -> None:
    tool, now = walked[0], db_now()
    number = drafting.start(flow="operator", by="user:ada", now=now)
    drafting.offer(flow="operator", number=number, note="", by="user:ada", now=now)
    drafting.approve(flow="operator", number=number, by="user:mei", now=now)
    trial = trials.start(flow="operator", number=number, share=50, by="user:mei", now=now)

    heard = {caller: get(tool, "/ivr/flows/operator/heard", caller=caller).json() for caller in map(str, range(30))}

    assert {one["version"] for one in heard.values()} == {1, number}
    assert get(tool, "/ivr/flows/operator/heard", caller="7").json() == heard["7"]
    assert queries.choose_version(flow="operator", number=number, entry="") is not None
    running = tool.post(f"/ivr/flows/operator/versions/{number}/publish")
    assert (running.status_code, running.json()["code"]) == (409, "draft_moved")

    trials.end(trial_id=trial, keep=True, by="user:mei", now=now)
    assert get(tool, "/ivr/flows/operator/heard", caller="7").json()["version"] == number
    assert get(tool, "/ivr/flows/nowhere/heard", caller="7").status_code == 404


def test_a_tool_decides_on_a_proposal_that_it_did_not_make(walked: tuple[Caller, str]) -> None:
    tool, now = walked[0], db_now()
    base = FlowVersion.objects.get(state="published")
    predicted = dict.fromkeys((one.name for one in fields(Prediction)), 1.0) | {"seconds_then": 11.8}
    row = Proposal.objects.create(
        flow=Flow.objects.get(), base=base, since=now - timedelta(days=28), until=now, definition=base.definition,
        predicted=predicted, model={"language": "zh"}, made_by="user:ada", made_at=now,
    )  # fmt: skip

    listed = tool.get("/ivr/proposals").json()["proposals"]
    silent = tool.post(f"/ivr/proposals/{row.pk}/decision", {"decision": "reject"})
    approved = tool.post(f"/ivr/proposals/{row.pk}/decision", {"decision": "approve"})
    again = tool.post(f"/ivr/proposals/{row.pk}/decision", {"decision": "approve"})

    assert [(one["id"], one["state"], one["predicted"]["seconds_then"]) for one in listed] == [
        (row.pk, "proposed", 11.8)
    ]
    assert silent.status_code == 422
    assert (approved.json()["state"], approved.json()["version"]) == ("approved", 2)
    assert (again.status_code, again.json()["code"]) == (409, "already_decided")
