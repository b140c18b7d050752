"""Whole calls through switch and product: what the telephones saw is what the product says."""

from __future__ import annotations

import pytest

from tests.sip.rig import Phone, Rig, eventually

pytestmark = pytest.mark.timeout(120, func_only=True)


def _one(rig: Rig, **crowd: object) -> str:
    """One caller who talks and hangs up; the Call-ID."""
    seen = rig.callers(**crowd).finish()  # type: ignore[arg-type]
    assert [one.what for one in seen] == ["invited", "talks", "ended"], (seen, rig.kamailio.words())
    return seen[0].call


def test_lin_answers_and_the_caller_hangs_up(rig: Rig) -> None:
    lin = rig.agent("lin", "answers")
    call = _one(rig)
    told = rig.settled(call, "completed")
    assert told["call"]["ended_by"] == "caller"
    assert lin is not None
    rung, talks, ended = lin.seen()
    assert (rung.what, talks.what, ended.what) == ("rung", "talks", "ended")
    assert rung.call == call
    assert {event["reservation"] for event in told["events"] if event["reservation"]} == {rung.reservation}
    assert {row["type"] for row in told["evidence"]} == {"ringing", "answered", "hangup"}
    rig.nothing_pending()


def test_what_a_call_tells_goes_by_connections_that_are_kept(rig: Rig) -> None:
    rig.agent("lin", "answers")
    rig.settled(_one(rig), "completed")
    assert rig.kamailio.connections() >= 3, "beside the long poll, one of the arrival's and one of the events'"


def test_a_caller_waits_and_is_given_the_agent_who_comes(rig: Rig) -> None:
    waiting = rig.callers()
    eventually(lambda: rig.api("GET", "/queues")["queues"][0]["waiting"] == 1)
    rig.agent("omar", "answers")
    seen = waiting.finish()
    assert [one.what for one in seen] == ["invited", "talks", "ended"], rig.kamailio.words()
    rig.settled(seen[0].call, "completed")


@pytest.mark.parametrize(
    ("scenario", "end"),
    [
        ("busy", ("rejected", "busy")),
        ("declines", ("rejected", "declined")),
        ("unavailable", ("rescinded", "failed")),
        ("rings", ("timeout", "missed")),
        ("dead", ("rescinded", "unreachable")),
    ],
)
def test_the_first_agent_does_not_answer_and_the_next_does(rig: Rig, scenario: str, end: tuple[str, str]) -> None:
    rig.agent("lin", scenario)
    waiting = rig.callers()
    call = eventually(waiting.seen)[0].call
    eventually(lambda: end in rig.ends(call), say=lambda: (rig.timeline(call), rig.kamailio.words()))
    rig.agent("omar", "answers")
    seen = waiting.finish()
    assert [one.what for one in seen] == ["invited", "talks", "ended"], rig.kamailio.words()
    rig.settled(call, "completed")
    assert rig.ends(seen[0].call)[-1][0] == "completed"
    rig.nothing_pending()


def test_the_caller_gives_up_while_waiting(rig: Rig) -> None:
    seen = rig.callers("leaves", pause_ms=400).finish()
    assert [one.what for one in seen] == ["invited", "left"], rig.kamailio.words()
    assert rig.settled(seen[0].call, "abandoned")["call"]["end_reason"] == "queue"


def test_the_caller_gives_up_while_the_agent_is_rung(rig: Rig) -> None:
    lin = rig.agent("lin", "rings")
    seen = rig.callers("leaves_ringing", pause_ms=300).finish()
    assert seen[-1].what == "left", rig.kamailio.words()
    assert rig.settled(seen[0].call, "abandoned")["call"]["end_reason"] == "ring"
    assert lin is not None
    eventually(lambda: [one.what for one in lin.seen()] == ["rung", "silenced"], say=lin.seen)
    assert rig.state_of("lin") == "available"


def test_lin_declines_at_the_desk_and_the_phone_falls_silent(rig: Rig) -> None:
    lin = rig.agent("lin", "rings")
    waiting = rig.callers()
    assert lin is not None
    rung = eventually(lin.seen)[0]
    rig.presence("lin", "break")
    rig.agent("omar", "answers")
    rig.api("POST", f"/reservations/{rung.reservation}/reject", {"reason": "declined"})
    seen = waiting.finish()
    assert [one.what for one in seen] == ["invited", "talks", "ended"], rig.kamailio.words()
    assert [one.what for one in lin.seen()] == ["rung", "silenced"]
    assert ("rejected", "declined") in rig.ends(seen[0].call), rig.timeline(seen[0].call)


def test_lin_transfers_by_her_phone_and_the_call_stays_one_call(rig: Rig) -> None:
    lin = rig.agent("lin", "transfers")
    waiting = rig.callers("transferred")
    assert lin is not None
    eventually(lambda: len(lin.seen()) == 2, say=rig.kamailio.words)
    rig.agent("omar", "answers")
    rig.presence("lin", "offline")
    seen = waiting.finish()
    assert [one.what for one in seen] == ["invited", "talks", "talks_again", "ended"], rig.kamailio.words()
    told = rig.settled(seen[0].call, "completed")
    assert told["call"]["queue"] == "retention"
    assert [end for end, _ in rig.ends(seen[0].call)] == ["completed", "completed"]
    rig.nothing_pending()


def test_end_at_the_desk_hangs_up_on_both(rig: Rig) -> None:
    """Lin ends the talk on her screen: Kamailio says BYE to Mrs Chen and to Lin's phone."""
    lin = rig.agent("lin", "answers")
    talking = rig.callers("listens")
    eventually(lambda: len(talking.seen()) == 2, say=rig.kamailio.words)
    call = talking.seen()[0].call
    rig.settled(call, "connected")
    rig.stack.python("-m", "tests.sip.desk", call)
    seen = talking.finish()
    assert [one.what for one in seen] == ["invited", "talks", "ended"], rig.kamailio.words()
    told = rig.settled(call, "completed")
    assert told["call"]["ended_by"] == "agent"
    assert lin is not None
    eventually(lambda: [one.what for one in lin.seen()] == ["rung", "talks", "ended"], say=rig.kamailio.words)
    rig.nothing_pending()


def test_ten_calls_outlive_the_death_of_our_api(rig: Rig) -> None:
    """kill -9 of web and dispatcher while callers arrive: each is served, and nothing stays untold."""
    for name in ("lin", "omar"):
        rig.agent(name, "answers")
    crowd = rig.callers(count=10, rate=4, pause_ms=200)
    eventually(lambda: len(crowd.seen()) >= 3)
    rig.stack.kill("web")
    rig.stack.kill("route")
    seen = crowd.finish(seconds=80)
    ended = [one.call for one in seen if one.what == "ended"]
    lost = {one.call for one in seen} - set(ended)
    assert not lost, (lost, rig.kamailio.pending(), rig.kamailio.words())
    rig.nothing_pending()
    for call in ended:
        assert rig.settled(call, "completed")["call"]["ended_by"] == "caller"


def test_kamailio_dies_and_nobody_stays_reserved(rig: Rig) -> None:
    """A caller waits, one talks; after the start nobody is rung for a caller who is not there any more."""
    crowd = rig.callers(count=1)
    eventually(lambda: rig.api("GET", "/queues")["queues"][0]["waiting"] == 1)
    call = crowd.seen()[0].call
    rig.kamailio.kill()
    crowd.process.kill()
    rig.kamailio.start()
    told = rig.settled(call, "abandoned")  # heard before anybody is free: else an agent may be rung for nothing
    assert (told["call"]["ended_by"], told["call"]["end_reason"]) == ("network", "switch_restart")
    rig.agent("lin", "answers")
    eventually(lambda: rig.state_of("lin") == "available", say=lambda: rig.timeline(call))
    told = rig.timeline(call)
    assert not [event for event in told["events"] if event["type"] == "reservation.created"]


@pytest.mark.parametrize("where", ["sip:night@{desk}", "tel:+86-10-8888-6666;ext=1"], ids=["address", "number"])
def test_a_waiting_caller_is_diverted_to_the_night_desk(rig: Rig, where: str) -> None:
    """Nobody is there; the night desk is a telephone that belongs to no agent, or answers behind the gateway."""
    rig.agent("omar", "answers")
    rig.presence("omar", "offline")
    if where.startswith("tel:"):
        rig.phones.append(Phone(rig.folder, key="gateway", port=rig.kamailio.gateway, scenario="agent_answers"))
    waiting = rig.callers()
    eventually(lambda: rig.api("GET", "/queues")["queues"][0]["waiting"] == 1)
    call = waiting.seen()[0].call
    to = where.format(desk=f"127.0.0.1:{rig.ports[rig.on_duty('omar')]}")
    rig.api("POST", f"/calls/ext:pbx:{call}/divert", {"reason": "outside", "to": to})
    seen = waiting.finish()
    assert [one.what for one in seen] == ["invited", "talks", "ended"], rig.kamailio.words()
    assert rig.timeline(call)["call"]["state"] == "diverted"
    rig.nothing_pending()


def test_who_talks_talks_on_when_kamailio_restarts(rig: Rig) -> None:
    """It has forgotten the talk; the hang-up passes through it all the same, is told, and the agent is free."""
    lin = rig.agent("lin", "answers")
    talking = rig.callers(pause_ms=6000)
    eventually(lambda: len(talking.seen()) == 2, say=rig.kamailio.words)
    call = talking.seen()[0].call
    rig.settled(call, "connected")
    rig.kamailio.kill()
    rig.kamailio.start()
    assert rig.timeline(call)["call"]["state"] == "connected"
    seen = talking.finish()
    assert [one.what for one in seen] == ["invited", "talks", "ended"], rig.kamailio.words()
    told = rig.settled(call, "completed")
    assert told["call"]["ended_by"] == "caller"
    assert lin is not None
    assert [one.what for one in lin.seen()] == ["rung", "talks", "ended"]
    eventually(lambda: rig.state_of("lin") == "available", say=lambda: rig.timeline(call))
    rig.nothing_pending()
