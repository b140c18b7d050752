"""A switch comes back and lists the calls it still has: ghosts end, the living stay, agents are free."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from callcenter.foundation import idempotency
from callcenter.foundation.clock import db_now
from callcenter.foundation.models import IdempotencyKey
from callcenter.telephony.models import Trunk
from routing import reporting
from routing.models import Call
from tests.integration.telephony.conftest import Caller, Floor, arrival, event

LIST = "/trunks/pbx-1/calls"


def listed(*calls: str, **fields: Any) -> dict[str, Any]:
    return {"as_of": db_now().isoformat(), "calls": list(calls)} | fields


def older(seconds: int = 60) -> None:
    Call.objects.update(arrived_at=db_now() - timedelta(seconds=seconds))


def test_what_the_switch_has_no_more_is_over_and_its_agent_free(floor: Floor, switch: Caller) -> None:
    floor.sign_in(switch, floor.lin)
    talking = switch.post("/calls", arrival(external_id="talking")).json()
    switch.post(f"/calls/{talking['call']['id']}/events", event("answered", reservation=talking["reservation"]["id"]))
    waiting = switch.post("/calls", arrival(external_id="waiting")).json()["call"]["id"]
    kept = switch.post("/calls", arrival(external_id="kept")).json()["call"]["id"]
    older()

    done = switch.put(LIST, listed("kept", "never heard of"))
    assert done.status_code == 200, done.content
    assert set(done.json()["closed"]) == {talking["call"]["id"], waiting}
    assert done.json()["unknown"] == ["never heard of"]
    stands = {call: switch.get(f"/calls/{call}").json()["call"] for call in (talking["call"]["id"], waiting, kept)}
    assert [call["state"] for call in stands.values()] == ["wrapping", "abandoned", "queued"]
    assert stands[talking["call"]["id"]]["ended_by"] == "network"
    assert switch.put(LIST, listed("kept")).json() == {"closed": [], "unknown": []}


def test_an_empty_list_ends_all_but_what_is_younger_than_the_list(floor: Floor, switch: Caller) -> None:
    switch.post("/calls", arrival())
    older()
    young = switch.post("/calls", arrival()).json()["call"]["id"]
    assert len(switch.put(LIST, listed()).json()["closed"]) == 1
    assert switch.get(f"/calls/{young}").json()["call"]["state"] == "queued"


def test_a_switch_whose_clock_is_behind_closes_nothing_it_cannot_know_of(floor: Floor, switch: Caller) -> None:
    switch.post("/calls", arrival())
    older(60)
    behind = (db_now() - timedelta(hours=1)).isoformat()
    assert switch.put(LIST, listed(as_of=behind)).json()["closed"] == []
    ahead = (db_now() + timedelta(hours=1)).isoformat()
    assert len(switch.put(LIST, listed(as_of=ahead)).json()["closed"]) == 1


@pytest.mark.parametrize("as_of", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999Z"])
def test_a_list_from_the_edge_of_the_calendar_is_taken(floor: Floor, switch: Caller, as_of: str) -> None:
    call = switch.post("/calls", arrival()).json()["call"]["external_id"]
    answer = switch.put(LIST, listed(call, as_of=as_of))
    assert (answer.status_code, answer.json()) == (200, {"closed": [], "unknown": []})


def test_only_the_own_trunk_and_only_where_it_has_its_source_alone(floor: Floor, switch: Caller) -> None:
    Trunk.objects.create(key="elsewhere", group="else", domain="other")
    assert switch.put("/trunks/elsewhere/calls", listed()).json()["code"] == "unknown_trunk"
    Trunk.objects.create(key="pbx-2", group="pbx", domain="main")
    assert floor.caller().put("/trunks/pbx-2/calls", listed()).json()["code"] == "shared_source", (
        "it has no key of its own"
    )


def test_the_repeat_of_a_long_batch_is_told_to_wait(floor: Floor, switch: Caller) -> None:
    """A thousand events may take longer than one transaction; their claim outlasts them."""
    began = db_now() - timedelta(seconds=60)
    body = b'[{"type": "ringing", "at": "2026-03-04T05:06:07Z", "external_id": "x"}]'
    print_ = idempotency.fingerprint(method="POST", path="/api/v1/switch-events", body=body)
    IdempotencyKey.objects.create(
        principal=f"key:{switch.key[3:11]}",
        key="batch",
        body_hash=print_,
        expires_at=began + idempotency.BATCH_CLAIM_FOR,
    )
    again = switch.post("/switch-events", body, Idempotency_Key="batch")
    assert (again.status_code, again.json()["code"]) == (409, "in_progress")


# --- it runs anew -------------------------------------------------------------------------------------------------
STARTED = "/trunks/pbx-1/started"


def test_who_waited_in_a_switch_that_died_is_gone_and_who_talks_talks_on(floor: Floor, switch: Caller) -> None:
    floor.sign_in(switch, floor.lin)
    talking = switch.post("/calls", arrival(external_id="talking")).json()
    switch.post(f"/calls/{talking['call']['id']}/events", event("answered", reservation=talking["reservation"]["id"]))
    floor.sign_in(switch, floor.omar)
    rung = switch.post("/calls", arrival(external_id="rung")).json()["call"]["id"]
    waiting = switch.post("/calls", arrival(external_id="waiting")).json()["call"]["id"]
    kept = switch.post("/calls", arrival(external_id="kept")).json()["call"]["id"]

    done = switch.post(STARTED, {"boot": "b2", "calls": ["kept"]})
    assert done.status_code == 200, done.content
    assert set(done.json()["closed"]) == {rung, waiting}
    assert (done.json()["talking"], done.json()["unknown"]) == ([talking["call"]["id"]], [])
    gone = switch.get(f"/calls/{waiting}").json()["call"]
    assert (gone["state"], gone["end_reason"], gone["ended_by"]) == ("abandoned", "switch_restart", "network")
    assert switch.get(f"/calls/{kept}").json()["call"]["state"] == "queued"
    assert switch.get("/agents/key:1018/presence").json()["agent"]["state"] == "available"

    assert switch.post(STARTED, {"boot": "b2"}).json()["closed"] == [], "told twice, nothing changes"
    trunk = Trunk.objects.get(key="pbx-1")
    assert (trunk.boot, trunk.ghosts_closed) == ("b2", 2)
    switch.put(LIST, listed("kept"))
    assert Trunk.objects.get(key="pbx-1").listed_at is not None


def test_who_was_cut_off_and_dials_again_has_the_old_place(floor: Floor, switch: Caller) -> None:
    """Mrs Chen had waited ten minutes when the switch died."""
    waiting = switch.post("/calls", arrival(external_id="before", **{"from": "013900001111"})).json()["call"]["id"]
    earlier = db_now() - timedelta(minutes=10)
    Call.objects.update(place_key=earlier)
    switch.post(STARTED, {"boot": "b2"})
    again = switch.post("/calls", arrival(external_id="after", **{"from": "013900001111"})).json()["call"]
    assert again["id"] != waiting
    assert 590 <= again["head_start_s"] <= 615


def test_a_start_told_among_the_events_is_the_same(floor: Floor, switch: Caller) -> None:
    call = switch.post("/calls", arrival()).json()["call"]["id"]
    told = event("started", kind="trunk", boot="b7", seq=0)
    first, again = (switch.post("/switch-events", [told]).json()["results"][0]["result"] for _ in range(2))
    assert (first, again) == ("applied", "duplicate")
    other = switch.post("/switch-events", [told | {"seq": 9}]).json()["results"][0]["result"]
    assert other == "stale"
    assert switch.get(f"/calls/{call}").json()["call"]["end_reason"] == "switch_restart"
    nameless = switch.post("/switch-events", [event("started")]).json()["results"][0]
    assert (nameless["result"], nameless["code"]) == ("quarantined", "unreadable")


def test_who_came_since_the_start_waits_on_however_late_it_is_told(floor: Floor, switch: Caller) -> None:
    """The reports of a switch that runs again overtake each other."""
    began = db_now()
    call = switch.post("/calls", arrival()).json()["call"]["id"]
    switch.post("/switch-events", [event("started", kind="trunk", boot="b7", at=began)])
    assert switch.get(f"/calls/{call}").json()["call"]["state"] == "queued"


def test_a_clock_that_lags_keeps_nobody_of_the_former_life(floor: Floor, switch: Caller) -> None:
    call = switch.post("/calls", arrival()).json()["call"]["id"]
    Call.objects.update(arrived_at=db_now() - timedelta(minutes=1))
    switch.post("/switch-events", [event("started", kind="trunk", boot="b7", at=db_now() - timedelta(hours=1))])
    assert switch.get(f"/calls/{call}").json()["call"]["end_reason"] == "switch_restart"


def test_of_nodes_with_one_source_each_speaks_for_the_calls_its_own_key_announced(floor: Floor, switch: Caller) -> None:
    """One node of a cluster dies: its callers are gone, those of the other wait on."""
    Trunk.objects.create(key="pbx-2", group="pbx", domain="main")
    keyless = floor.caller().post("/trunks/pbx-2/started", {"boot": "b2"})
    assert (keyless.status_code, keyless.json()["code"]) == (409, "shared_source")
    assert Trunk.objects.get(key="pbx-2").boot == "", "refused, nothing is noted"
    other = floor.caller(trunk="pbx-2")
    first = switch.post("/calls", arrival()).json()["call"]["id"]
    second = other.post("/calls", arrival()).json()["call"]["id"]
    assert other.post("/trunks/pbx-2/started", {"boot": "b2"}).json()["closed"] == [second]
    assert switch.get(f"/calls/{first}").json()["call"]["state"] == "queued"
    older()
    assert other.put("/trunks/pbx-2/calls", listed()).json()["closed"] == []
    assert switch.put(LIST, listed()).json()["closed"] == [first]


def test_who_talked_on_past_a_restart_was_served(floor: Floor, switch: Caller) -> None:
    """The list after the start no longer names a talk: it ends as one that was answered, never as a caller lost."""
    floor.sign_in(switch, floor.lin)
    made = switch.post("/calls", arrival()).json()
    call = made["call"]["id"]
    switch.post(f"/calls/{call}/events", event("answered", reservation=made["reservation"]["id"]))
    switch.post(STARTED, {"boot": "b2"})
    older()
    assert switch.put(LIST, listed()).json()["closed"] == [call]
    stands = switch.get(f"/calls/{call}").json()["call"]
    assert (stands["state"], stands["ended_by"], stands["end_reason"]) == ("wrapping", "network", "")
    switch.post(f"/reservations/{made['reservation']['id']}/complete", {})
    assert switch.get(f"/calls/{call}").json()["call"]["outcome"] == "answered"


def test_the_figures_after_a_restart_count_who_was_answered_as_answered(floor: Floor, switch: Caller) -> None:
    """Three callers when the switch dies: one talks, one was just answered and we hear of it late, one waits."""
    floor.sign_in(switch, floor.lin)
    talking = switch.post("/calls", arrival(external_id="talking")).json()
    switch.post(f"/calls/{talking['call']['id']}/events", event("answered", reservation=talking["reservation"]["id"]))
    floor.sign_in(switch, floor.omar)
    rung = switch.post("/calls", arrival(external_id="rung")).json()
    answered = event("answered", reservation=rung["reservation"]["id"])
    waiting = switch.post("/calls", arrival(external_id="waiting")).json()["call"]["id"]
    assert len(switch.post(STARTED, {"boot": "b2"}).json()["closed"]) == 2
    switch.post(f"/calls/{rung['call']['id']}/events", answered)

    since = db_now() - timedelta(hours=1)
    (billing,) = (one for one in reporting.day(domain="main", since=since, until=db_now()) if one.queue == "billing")
    assert (billing.sums.answered, billing.sums.abandoned, billing.sums.offered) == (2, 1, 3)
    lost = reporting.calls(domain="main", since=since, until=db_now(), result="abandoned")
    assert [f"c_{line.id.hex}" for line in lost.lines] == [waiting]
    assert switch.get(f"/calls/{waiting}").json()["call"]["end_reason"] == "switch_restart"
