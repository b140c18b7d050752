"""A vendor's tool proposes menus, Ada agrees, the tool lets callers hear them; a switch asks why a caller rings."""

from __future__ import annotations

import json

import pytest
from django.core.cache import cache

from callcenter.foundation.clock import db_now
from callcenter.telephony.api.contract_flows import DEFINITION
from ivr.flows import drafting
from ivr.flows.operations import publish_shipped
from tests.integration.telephony.conftest import Floor, arrival

SCOPES = ("ivr:read", "flows:write", "flows:publish")


def test_menus_are_proposed_agreed_to_and_published(floor: Floor) -> None:
    tool = floor.caller(*SCOPES)
    told = tool.post("/ivr/flows", {"definition": DEFINITION, "note": "Shorter greeting"})
    version = told.json()
    assert (told.status_code, version["number"], version["state"], version["review"]) == (201, 1, "draft", "offered")
    address = f"/ivr/flows/{version['flow']}/versions/1"

    early = tool.post(f"{address}/publish")
    assert (early.status_code, early.json()["code"]) == (409, "draft_moved")

    drafting.approve(flow=version["flow"], number=1, by="user:ada", now=db_now())
    assert tool.post(f"{address}/publish").json()["state"] == "published"
    read = tool.get(address).json()
    assert (read["published"], read["decided_by"], read["definition"]) == (1, "user:ada", DEFINITION)
    (line,) = [one for one in tool.get("/ivr/flows").json()["flows"] if one["flow"] == version["flow"]]
    assert [(one["number"], one["state"]) for one in line["versions"]] == [(1, "published")]


def test_faulty_menus_are_refused_by_node_and_field_and_nothing_is_kept(floor: Floor) -> None:
    tool = floor.caller(*SCOPES)
    faulty = json.loads(json.dumps(DEFINITION))
    faulty["nodes"][0]["choices"][0]["target"] = "ballroom"
    refused = tool.post("/ivr/flows", {"definition": faulty})
    assert (refused.status_code, refused.json()["code"]) == (422, "flow_unreadable")
    assert {"main", "operator"} >= {one["node"] for one in refused.json()["faults"]} >= {"main"}
    assert tool.get("/ivr/flows").json() == {"flows": []}


@pytest.mark.parametrize("definition", [{}, {"flow": 7, "nodes": []}, {"flow": "a", "nodes": [[]], "languages": {}}])
def test_what_is_no_definition_is_refused(floor: Floor, definition: dict[str, object]) -> None:
    assert floor.caller(*SCOPES).post("/ivr/flows", {"definition": definition}).status_code == 422


def test_the_reason_of_a_call_is_told_as_routing_has_it(floor: Floor) -> None:
    cache.clear()
    publish_shipped(now=db_now())
    switch = floor.caller("calls:write", "ivr:read", trunk="pbx-1")
    call = switch.post("/calls", arrival()).json()["call"]["id"]
    told = switch.get(f"/ivr/intent/{call}").json()
    assert (told["call"], told["intent"]["basis"]) == (call, "none")
    assert switch.get("/ivr/intent/c_" + "0" * 32).status_code == 404
