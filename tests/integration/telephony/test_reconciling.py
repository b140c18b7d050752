"""A switch comes back and lists the calls it still has: ghosts end, the living stay, agents are free."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from callcenter.foundation import idempotency
from callcenter.foundation.clock import db_now
from callcenter.foundation.models import IdempotencyKey
from callcenter.telephony.models import Trunk
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


def test_only_the_own_trunk_and_only_where_it_has_its_source_alone(floor: Floor, switch: Caller) -> None:
    Trunk.objects.create(key="elsewhere", group="else", domain="other")
    assert switch.put("/trunks/elsewhere/calls", listed()).json()["code"] == "unknown_trunk"
    Trunk.objects.create(key="pbx-2", group="pbx", domain="main")
    assert switch.put(LIST, listed()).json()["code"] == "shared_source"


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


def test_of_several_trunks_with_one_source_nobody_may_speak_for_all(floor: Floor, switch: Caller) -> None:
    Trunk.objects.create(key="pbx-2", group="pbx", domain="main")
    assert switch.post(STARTED, {"boot": "b2"}).json()["code"] == "shared_source"
    assert Trunk.objects.get(key="pbx-1").boot == ""
