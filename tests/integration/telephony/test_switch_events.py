"""Events of the switch: late, twice, in any order, and some that nobody can read."""

from __future__ import annotations

import json
import random
from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest

import routing.operations
from callcenter.foundation.clock import db_now
from callcenter.telephony import intake
from callcenter.telephony.models import InboundEvent, Trunk
from ivr.models import Session
from routing.invariants import broken
from routing.models import Agent, Call, Queue, Reservation
from tests.integration.telephony.conftest import Caller, Floor, arrival, event


def results(answer: Any) -> list[str]:
    assert answer.status_code == 202, answer.content
    return [item["result"] for item in answer.json()["results"]]


def test_a_repeat_is_known_by_id_counter_or_content(floor: Floor, switch: Caller) -> None:
    call = switch.post("/calls", arrival()).json()["call"]["id"]
    by_id = event("ringing", event_id="e-1")
    by_counter = event("ringing", boot="b1", seq=7)
    bare = event("ringing")
    assert results(switch.post(f"/calls/{call}/events", [by_id, by_counter, bare])) == ["applied"] * 3
    later = {"at": (db_now() + timedelta(seconds=1)).isoformat()}
    again = [by_id | later, by_counter | later, bare, by_counter | {"boot": "b2"}]
    assert results(switch.post(f"/calls/{call}/events", again)) == ["duplicate"] * 3 + ["applied"]


def test_counters_of_two_calls_do_not_collide(floor: Floor, switch: Caller) -> None:
    calls = [switch.post("/calls", arrival()).json()["call"]["id"] for _ in range(2)]
    told = [results(switch.post(f"/calls/{call}/events", event("hangup", boot="b1", seq=1))) for call in calls]
    assert told == [["applied"], ["applied"]]


def test_late_news_are_stale_and_change_nothing(floor: Floor, switch: Caller) -> None:
    call = switch.post("/calls", arrival()).json()["call"]["id"]
    switch.post(f"/calls/{call}/events", event("hangup"))
    before = switch.get(f"/calls/{call}").json()
    late = [event("hangup", event_id="x"), event("held"), event("resumed"), event("leg_failed", sip_code=486)]
    assert results(switch.post(f"/calls/{call}/events", [*late, event("leg_ended")])) == ["stale"] * 5
    assert switch.get(f"/calls/{call}").json() == before


def test_one_bad_item_never_sinks_the_batch(floor: Floor, switch: Caller) -> None:
    body = arrival()
    call = switch.post("/calls", body).json()["call"]["id"]
    deep: Any = 1
    for _ in range(40):
        deep = [deep]
    batch = [
        "not an event",
        event("teleported", call=call),
        event("hangup", call="c_" + "0" * 32),
        event("hangup", call="ext:nowhere:1"),
        event("hangup", call=call, vendor="a\x00b"),
        event("hangup", call=call, vendor=deep),
        event("hangup"),
        event("answered", call=call, reservation="r_" + "0" * 32),
        event("answered", call=call, agent="a_999999"),
        {"type": "device", "at": event("x")["at"], "agent": "key:1017"},
        {"kind": "ivr", "type": "key"},
        event("hangup", call=call),
    ]
    answer = switch.post("/switch-events", batch)
    told = answer.json()["results"]
    assert [item["result"] for item in told] == ["quarantined"] * 11 + ["applied"]
    assert all(item["code"] and item["sentence"].endswith(".") for item in told[:11])
    codes = [item["code"] for item in told[:11]]
    assert codes[:4] == ["unreadable", "unreadable", "not_found", "unknown_trunk"]
    assert InboundEvent.objects.filter(result="quarantined").count() == 11
    assert Call.objects.get().state == "abandoned"
    assert results(switch.post("/switch-events", batch)) == ["duplicate"] * 12


@pytest.mark.parametrize("kind", ["", '"kind": "ivr", '])
def test_an_event_that_says_a_thing_twice_is_set_aside_alone(floor: Floor, switch: Caller, kind: str) -> None:
    """Which of the two was meant nobody can tell; the other events of the batch count."""
    call = switch.post("/calls", arrival()).json()["call"]["external_id"]
    now = db_now().isoformat()
    torn = f'{{{kind}"type": "enter", "type": "hangup", "external_id": "{call}", "at": "{now}", "node": "main"}}'
    rang = json.dumps(event("ringing", external_id=call))
    first, second = switch.post("/switch-events", f"[{torn}, {rang}]".encode()).json()["results"]
    assert (first["result"], first["code"], second["result"]) == ("quarantined", "unreadable", "applied")
    assert "'type'" in first["sentence"]


def test_events_older_than_a_day_are_kept_and_not_applied(floor: Floor, switch: Caller) -> None:
    call = switch.post("/calls", arrival()).json()["call"]["id"]
    old = switch.post(f"/calls/{call}/events", event("hangup", at=db_now() - timedelta(hours=25)))
    assert old.json()["results"][0]["code"] == "too_old"
    assert switch.get(f"/calls/{call}").json()["call"]["state"] == "queued"


@pytest.mark.parametrize("skew", [timedelta(hours=1), timedelta(hours=-1), timedelta(days=400)])
def test_a_switch_clock_far_off_decides_nothing(floor: Floor, switch: Caller, skew: timedelta) -> None:
    floor.sign_in(switch, floor.lin)
    call = switch.post("/calls", arrival()).json()["call"]["id"]
    at = db_now() + skew
    told = [event("answered", seq=1, at=at), event("hangup", seq=2, at=at + timedelta(seconds=1))]
    assert results(switch.post(f"/calls/{call}/events", told)) == ["applied", "applied"]
    row = Call.objects.get()
    assert row.connected_at is not None
    assert row.arrived_at <= row.connected_at <= db_now()


def test_all_kinds_come_in_one_batch(floor: Floor, switch: Caller) -> None:
    floor.sign_in(switch, floor.lin)
    body = arrival(queue=...)
    name = f"ext:pbx:{body['external_id']}"
    step = {"kind": "ivr", "type": "enter", "node": "main", "at": event("x")["at"], "call": name, "seq": 1}
    device = event("device", kind="device", agent="key:1017", device="in_use")
    assert results(switch.post("/switch-events", [step, device])) == ["stored", "applied"]

    call = switch.post("/calls", body).json()["call"]["id"]
    batch = [event("hangup", kind="call", call=name), step | {"seq": 2, "type": "hangup"}]
    assert results(switch.post("/switch-events", batch))[0] == "applied"
    assert switch.get(f"/calls/{call}").json()["call"]["state"] == "abandoned"
    floor.lin.refresh_from_db()
    assert floor.lin.device == "in_use"


def test_gateways_of_written_channels_say_it_in_their_words(floor: Floor, switch: Caller) -> None:
    floor.sign_in(switch, floor.lin)
    made = switch.post("/calls", arrival(channel="wechat")).json()
    call = made["call"]["id"]
    switch.post(f"/reservations/{made['reservation']['id']}/accept")
    Queue.objects.update(agent_silence_s=60, customer_silence_s=60)
    told = [
        event("message_in", seq=1, boot="b"),
        event("message_out", seq=2, boot="b"),
        event("closed", seq=3, boot="b"),
    ]
    assert results(switch.post(f"/calls/{call}/events", told))[2] == "applied"
    assert [row.type for row in InboundEvent.objects.order_by("id")] == ["message", "message", "hangup"]
    assert switch.get(f"/calls/{call}").json()["call"]["state"] == "wrapping"


def test_steps_and_the_call_share_one_identity(floor: Floor, switch: Caller) -> None:
    body = arrival(queue=...)
    steps = [
        {"external_id": body["external_id"], "t": event("x")["at"], "kind": kind, "node": "main", "seq": seq}
        for seq, kind in enumerate(["enter", "key"])
    ]
    told = switch.post("/ivr/events", steps)
    assert results(told) == ["stored", "stored"]
    assert switch.post("/calls", body).json()["call"]["id"] == told.json()["results"][0]["call"]
    assert results(switch.post("/ivr/events", steps)) == ["duplicate", "duplicate"]


def test_steps_told_after_the_caller_left_the_menus_close_the_way(floor: Floor, switch: Caller) -> None:
    """The switch tells of the menus once they are over: nobody is shown as still walking there."""
    body = arrival()
    switch.post("/calls", body)
    step = {"external_id": body["external_id"], "t": event("x")["at"], "kind": "enter", "node": "main", "seq": 0}
    assert results(switch.post("/ivr/events", [step])) == ["stored"]
    session = Session.objects.get(external_id=body["external_id"])
    assert (session.closed_as, session.ended_at is None) == ("agent", False)


@pytest.mark.parametrize("body", [b"{", b"[]x", b"\xff", b"null", b'"hangup"', b"42"])
def test_what_is_no_batch_is_refused_as_a_whole(floor: Floor, switch: Caller, body: bytes) -> None:
    answer = switch.post("/switch-events", body)
    assert answer.status_code in {400, 422}
    assert not InboundEvent.objects.exists()


def test_batches_have_a_size(floor: Floor, switch: Caller) -> None:
    assert switch.post("/switch-events", [event("ringing")] * 1001).status_code == 413
    assert switch.post("/switch-events", b'["' + b"x" * 1_048_577 + b'"]').status_code == 413
    assert switch.post("/switch-events", []).json() == {"results": []}


def test_a_batch_over_several_calls_mixes_none_of_them_up(floor: Floor, switch: Caller) -> None:
    """They are read all at once; each event still finds its own call as it stands, and no other's reservation."""
    Queue.objects.update(wrap_up_mode="none")
    for agent in (floor.lin, floor.omar):
        floor.sign_in(switch, agent)
    told = [switch.post("/calls", arrival()).json() for _ in range(2)]
    (chen, hers), (zhang, his) = [(one["call"]["external_id"], one["reservation"]["id"]) for one in told]
    batch = [
        event("answered", external_id=chen, reservation=hers, boot="b", seq=1),
        event("answered", external_id=zhang, reservation=hers, boot="b", seq=2),
        event("answered", external_id=zhang, reservation=his, boot="b", seq=3),
        event("hangup", external_id=chen, reservation=hers, boot="b", seq=4),
        event("hangup", external_id="nobody yet", boot="b", seq=5),
    ]
    answer = switch.post("/switch-events", batch)
    assert results(answer) == ["applied", "quarantined", "applied", "applied", "held"]
    assert answer.json()["results"][1]["code"] == "not_found"
    states = [switch.get(f"/calls/{one['call']['id']}").json()["call"]["state"] for one in told]
    assert states == ["completed", "connected"]


def _wrong() -> list[Any]:
    return [found for found in broken(now=db_now()) if not found.what.startswith("a_")]  # placed by hand: no events


def _together(monkeypatch: pytest.MonkeyPatch, *, allowed: bool) -> list[int]:
    """Let batches go together, or not; how many events each went with that did."""
    went: list[int] = []
    real = intake._apply_together

    def apply(part: Any, *args: Any) -> Any:
        if not allowed:
            raise intake._Singly
        done = real(part, *args)
        went.append(len(part))
        return done

    monkeypatch.setattr(intake, "_apply_together", apply)
    return went


def test_plain_events_go_together_and_ask_little(
    floor: Floor, switch: Caller, monkeypatch: pytest.MonkeyPatch, django_assert_max_num_queries: Any
) -> None:
    Queue.objects.update(wrap_up_mode="none")
    for agent in (floor.lin, floor.omar):
        floor.sign_in(switch, agent)
    told = [switch.post("/calls", arrival()).json() for _ in range(2)]
    names = [{"external_id": one["call"]["external_id"], "reservation": one["reservation"]["id"]} for one in told]
    words = [(what, name) for what in ("ringing", "answered", "bridged", "hangup") for name in names]
    batch = [event(what, boot="b", seq=seq, **name) for seq, (what, name) in enumerate(words)]
    went = _together(monkeypatch, allowed=True)
    with django_assert_max_num_queries(26):
        assert results(switch.post("/switch-events", batch)) == [*["applied"] * 4, *["stale"] * 2, *["applied"] * 2]
    assert went == [8]
    assert results(switch.post("/switch-events", batch)) == ["duplicate"] * 8
    assert went == [8]  # twins each answer for themselves
    assert {call.state for call in Call.objects.all()} == {"completed"}
    assert InboundEvent.objects.count() == 8
    assert list(InboundEvent.objects.order_by("id").values_list("raw__seq", flat=True)) == list(range(8))
    assert _wrong() == []


def test_calls_that_are_over_come_first_by_themselves(
    floor: Floor, switch: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever waits for the agent they set free does not wait for the rest of the batch."""
    Queue.objects.update(wrap_up_mode="none")
    for agent in (floor.lin, floor.omar):
        floor.sign_in(switch, agent)
    stays, leaves = [switch.post("/calls", arrival()).json()["call"]["external_id"] for _ in range(2)]
    words = [("ringing", stays), ("answered", leaves), ("answered", stays), ("hangup", leaves)]
    batch = [event(what, external_id=name, boot="b", seq=seq) for seq, (what, name) in enumerate(words)]
    went = _together(monkeypatch, allowed=True)
    assert results(switch.post("/switch-events", batch)) == ["applied"] * 4
    assert went == [2, 2]
    kept = list(InboundEvent.objects.order_by("id").values_list("type", flat=True))
    assert kept == ["answered", "hangup", "ringing", "answered"]
    assert {call.external_id: call.state for call in Call.objects.all()} == {stays: "connected", leaves: "completed"}


@pytest.mark.parametrize("seed", range(6))
def test_together_or_one_by_one_the_same_comes_of_it(
    floor: Floor, switch: Caller, settings: Any, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    """Two agents, six calls, one after the other; everything told late, twice, in heaps of any size and any order."""
    settings.PRESENCE_LEASE_S = 600
    Queue.objects.update(wrap_up_mode="none")
    for agent in (floor.lin, floor.omar):
        floor.sign_in(switch, agent)
    _together(monkeypatch, allowed=False)
    expected = _story(switch, random.Random(seed))
    monkeypatch.undo()
    went = _together(monkeypatch, allowed=True)
    assert _story(switch, random.Random(seed)) == expected
    assert went
    assert _wrong() == []


def _story(switch: Caller, dice: random.Random) -> list[Any]:
    """What was answered to each heap, and how each call and its reservations stand after it."""
    heard: list[Any] = []
    calls: list[str] = []
    boot = f"b{Call.objects.count()}"
    for turn in range(3):
        batch: list[Any] = []
        for _ in range(2):
            made = switch.post("/calls", arrival()).json()
            calls.append(made["call"]["id"].removeprefix("c_"))
            held = {"reservation": made["reservation"]["id"]} if made.get("reservation") else {}
            for what in dice.sample(["ringing", "answered", "bridged", "hangup"], dice.choice([2, 3, 4])):
                told = event(
                    what, external_id=made["call"]["external_id"], boot=boot, seq=len(batch) + 50 * turn, **held
                )
                batch += [told] * dice.choice([1, 1, 1, 2])
        dice.shuffle(batch)
        while batch:
            heap = [batch.pop() for _ in range(min(len(batch), dice.choice([1, 3, 6])))]
            heard.append(results(switch.post("/switch-events", heap)))
        for call in calls:
            row = Call.objects.get(pk=call)
            ends = Reservation.objects.filter(call=row).order_by("created_at").values_list("state", "end_reason")
            heard.append((row.state, row.ended_by, row.end_reason, list(ends)))
        for call in calls:  # whoever is left hangs up, so that the next are served
            switch.post(f"/calls/c_{call.replace('-', '')}/events", event("hangup"))
    return heard


def test_a_foreign_trunk_cannot_speak_of_our_calls(floor: Floor, switch: Caller) -> None:
    Trunk.objects.create(key="south-1", group="south", domain="south")
    body = arrival()
    call = switch.post("/calls", body).json()["call"]["id"]
    stranger = floor.caller(trunk="south-1", domain="south")
    assert stranger.post(f"/calls/{call}/events", event("hangup")).status_code == 404
    assert stranger.post(f"/calls/ext:pbx:{body['external_id']}/events", event("hangup")).status_code == 404
    told = stranger.post("/switch-events", [event("hangup", call=call)])
    assert told.json()["results"][0]["code"] == "not_found"
    assert switch.get(f"/calls/{call}").json()["call"]["state"] == "queued"


# --- any order, any repetition, any split: the same call in the end -------------------------------------------------
GOLDEN = ["ringing", "answered", "held", "resumed", "hangup"]


def _final(call: str, reservation: str) -> dict[str, Any]:
    row = Call.objects.get(pk=call.removeprefix("c_"))
    held = Reservation.objects.get(pk=reservation.removeprefix("r_"))
    agent = Agent.objects.get(pk=held.agent_id)
    return {
        "call": row.state,
        "ended_by": row.ended_by,
        "end_reason": row.end_reason,
        "held_since": row.held_since,
        "connected": row.connected_at is not None,
        "reservation": held.state,
        "reservation_connected": held.connected_at is not None,
        "agent": (agent.presence, agent.missed_in_row),
        "live": Reservation.objects.filter(call=row, ended_at__isnull=True).count(),
    }


def _play(switch: Caller, order: list[int], *, batch: bool, copies: int = 1) -> dict[str, Any]:
    """One conversation, reported in this order; its clock starts when the call arrives."""
    body = switch.post("/calls", arrival()).json()
    call, reservation = body["call"]["id"], body["reservation"]["id"]
    start = Call.objects.get(pk=call.removeprefix("c_")).arrived_at
    told = [
        event(what, boot="b1", seq=seq, at=start + timedelta(microseconds=100 * seq), reservation=reservation)
        for seq, what in enumerate(GOLDEN)
    ]
    shuffled = [told[place] for place in order for _ in range(copies)]
    for group in [shuffled] if batch else [[item] for item in shuffled]:
        results(switch.post(f"/calls/{call}/events", group))
    return _final(call, reservation)


@pytest.mark.parametrize(("batch", "every"), [(True, 20), (False, 5)], ids=["at once", "one by one"])
def test_any_order_same_state(floor: Floor, switch: Caller, settings: Any, batch: bool, every: int) -> None:
    """Every fifth of the 120 orders of an answered call, each event by itself; some in one batch as well."""
    settings.PRESENCE_LEASE_S = 600
    Queue.objects.update(wrap_up_mode="none")
    floor.sign_in(switch, floor.lin)
    expected = _play(switch, [0, 1, 2, 3, 4], batch=True)
    assert (expected["call"], expected["reservation"], expected["live"]) == ("completed", "completed", 0)
    for order in list(permutations(range(len(GOLDEN))))[::every]:
        assert _play(switch, list(order), batch=batch) == expected, order


@pytest.mark.parametrize("order", [[4, 3, 2, 1, 0], [4, 1, 0, 2, 3], [1, 4, 0, 3, 2]])
def test_repeating_everything_three_times_changes_nothing(floor: Floor, switch: Caller, order: list[int]) -> None:
    Queue.objects.update(wrap_up_mode="none")
    floor.sign_in(switch, floor.lin)
    expected = _play(switch, [0, 1, 2, 3, 4], batch=True)
    assert _play(switch, order, batch=False, copies=3) == expected


def test_an_answer_after_the_hang_up_reopens_nothing(floor: Floor, switch: Caller) -> None:
    """Told late and happened late are two things: this phone was answered when the caller had gone."""
    floor.sign_in(switch, floor.lin)
    body = switch.post("/calls", arrival()).json()
    call, held = body["call"]["id"], body["reservation"]["id"]
    switch.post(f"/calls/{call}/events", event("hangup", boot="b", seq=1))
    assert results(switch.post(f"/calls/{call}/events", event("answered", boot="b", seq=2, reservation=held))) == [
        "stale"
    ]
    assert switch.get(f"/calls/{call}").json()["call"]["state"] == "abandoned"


def test_a_call_served_while_nobody_listened_was_served(floor: Floor, switch: Caller) -> None:
    """We were away: Lin's time to answer ran out unheard, and by now she talks to the next caller."""
    floor.sign_in(switch, floor.lin)
    first = switch.post("/calls", arrival()).json()
    answered_at = db_now()
    Reservation.objects.update(expires_at=answered_at)
    routing.operations.sweep(domain="main", now=db_now())
    held = Reservation.objects.get()
    assert (held.state, held.end_reason) == ("timeout", "missed")
    floor.sign_in(switch, floor.omar)
    second = switch.post("/calls", arrival()).json()
    assert second["reservation"]["agent"] == f"a_{floor.lin.pk}"
    switch.post(f"/calls/{second['call']['id']}/events", event("answered"))
    told = [
        event("answered", boot="b", seq=1, at=answered_at, reservation=first["reservation"]["id"]),
        event("hangup", boot="b", seq=2, at=answered_at + timedelta(seconds=40), by="caller"),
    ]
    assert results(switch.post(f"/calls/{first['call']['id']}/events", told)) == ["stale", "applied"]
    assert switch.get(f"/calls/{first['call']['id']}").json()["call"]["state"] == "completed"
    assert switch.get(f"/calls/{second['call']['id']}").json()["call"]["state"] == "connected"
    held.refresh_from_db()
    assert (held.state, held.end_reason) == ("completed", "")
    wrong = [found for found in broken(now=db_now()) if not found.what.startswith("a_")]  # placed by hand: no events
    assert not wrong


def test_a_hold_told_before_the_answer_holds_with_it(floor: Floor, switch: Caller) -> None:
    floor.sign_in(switch, floor.lin)
    call = switch.post("/calls", arrival()).json()["call"]["id"]
    switch.post(f"/calls/{call}/events", event("held", boot="b", seq=2))
    switch.post(f"/calls/{call}/events", event("answered", boot="b", seq=1))
    assert switch.get(f"/calls/{call}").json()["call"]["held_since"] is not None
