"""What the switch says happened, happened: late answers, crossed legs, direct calls."""

from __future__ import annotations

from typing import Any

import pytest

from callcenter.foundation.models import Event
from routing import operations, queries
from routing.invariants import broken
from routing.models import Agent, Queue
from routing.results import CallView, ReservationView
from tests.integration.routing.world import World


def by(world: World) -> dict[str, Any]:
    return {"now": world.now, "actor": "switch"}


@pytest.fixture
def lin(world: World) -> Agent:
    return world.agent("lin")


@pytest.fixture
def omar(world: World, lin: Agent) -> Agent:
    return world.agent("omar")


@pytest.fixture
def billing(world: World, lin: Agent, omar: Agent) -> Queue:
    return world.queue(members=(lin, omar))


@pytest.fixture
def missed(world: World, lin: Agent, omar: Agent, billing: Queue) -> tuple[CallView, ReservationView]:
    """Lin was rung and did not answer in time, or so we thought."""
    call, held = world.ringing(billing)
    assert held.agent_id == lin.pk
    world.later(25, awake=(lin, omar))
    world.sweep()
    return world.call(call), world.held(held)


def test_a_late_answer_is_reinstated(world: World, lin: Agent, missed: tuple[CallView, ReservationView]) -> None:
    call, held = missed
    after = world.bridge(held)
    back = world.held(held)
    assert (after.state, back.state, back.end_reason, back.ended_at) == ("connected", "accepted", "", None)
    assert back.version == held.version + 1
    assert "reservation.reinstated" in world.told(call)
    assert queries.agent(agent_id=lin.pk).missed_in_row == 0  # it was no miss after all
    assert broken(now=world.now) == []


def test_a_late_answer_takes_the_call_back_from_the_next_agent(
    world: World, omar: Agent, missed: tuple[CallView, ReservationView]
) -> None:
    _, held = missed
    [newer] = world.assign()
    assert newer.agent_id == omar.pk
    world.bridge(held)
    assert (world.held(newer).state, world.held(newer).end_reason) == ("rescinded", "superseded")
    assert queries.agent(agent_id=omar.pk).shown == "available"
    assert broken(now=world.now) == []


def test_a_late_answer_frees_the_agent_of_a_newer_call(
    world: World, lin: Agent, omar: Agent, billing: Queue, missed: tuple[CallView, ReservationView]
) -> None:
    call, _ = missed
    world.say(omar, "break")
    world.assign()
    world.hang_up(call)  # the first caller is served no more; Lin is rung for the next one
    first, newest = world.ringing(billing)
    assert newest.agent_id == lin.pk
    other = world.waiting(world.queue("other", members=(lin,)))
    late = operations.bridged(call_id=other.id, reservation_id=None, agent_id=lin.pk, at=world.now, **by(world))
    assert late.state == "connected"
    assert world.held(newest).end_reason == "superseded"
    assert (world.call(first).state, world.call(first).place_key) == ("queued", first.place_key)
    assert broken(now=world.now) == []


def test_the_later_of_two_legs_changes_nothing(
    world: World, omar: Agent, missed: tuple[CallView, ReservationView]
) -> None:
    """Never two agents with one caller: who is bridged stays, the switch is to drop the other leg."""
    _, held = missed
    [newer] = world.assign()
    world.accept(newer)
    connected = world.bridge(newer)
    assert world.bridge(held) == connected
    assert world.held(held).state == "timeout"
    assert queries.agent(agent_id=omar.pk).shown == "on_call"
    assert broken(now=world.now) == []


def test_an_agent_who_talks_is_not_taken_away(
    world: World, lin: Agent, omar: Agent, billing: Queue, missed: tuple[CallView, ReservationView]
) -> None:
    _, held = missed
    world.say(omar, "break")
    other = world.queue("other", members=(lin,))
    talk, talking = world.talking(other, head_start_s=900)
    assert talking.agent_id == lin.pk
    assert world.bridge(held).state == "queued"
    assert world.call(talk).state == "connected"
    assert broken(now=world.now) == []


def test_a_bridge_ends_a_wrap_up_that_is_still_open(
    world: World, lin: Agent, missed: tuple[CallView, ReservationView]
) -> None:
    _, held = missed
    other, wrapping = world.talking(world.queue("other", members=(lin,)), head_start_s=900)
    world.hang_up(other)
    assert world.bridge(held).state == "connected"
    assert (world.held(wrapping).state, world.call(other).state) == ("completed", "completed")
    assert queries.agent(agent_id=lin.pk).shown == "on_call"
    assert broken(now=world.now) == []


def test_the_same_news_twice_is_no_news(world: World, billing: Queue) -> None:
    _, held = world.ringing(billing)
    once = world.bridge(held)  # the phone was answered before the desk was clicked
    assert once.state == "connected"
    assert world.bridge(held) == once


def test_news_of_a_call_that_is_over_changes_nothing(world: World, billing: Queue) -> None:
    call, held = world.ringing(billing)
    over = world.hang_up(call)
    assert world.bridge(held) == over
    assert world.hang_up(call) == over
    assert operations.leg_ended(call_id=call.id, reservation_id=held.id, by="agent", **by(world)) == over
    assert operations.leg_failed(call_id=call.id, reservation_id=held.id, reason="missed", **by(world)) == over


def test_a_direct_call_occupies_the_agent(world: World, lin: Agent, billing: Queue) -> None:
    call = world.arrive()
    after = operations.bridged(call_id=call.id, reservation_id=None, agent_id=lin.pk, at=world.now, **by(world))
    assert after.state == "connected"
    assert queries.agent(agent_id=lin.pk).shown == "on_call"
    world.later(10, awake=(lin,))
    world.hang_up(call)
    assert queries.agent(agent_id=lin.pk).shown == "wrap_up"
    assert broken(now=world.now) == []


def test_a_bridge_to_nobody_we_know_is_only_kept(world: World) -> None:
    call = world.arrive()
    assert operations.bridged(call_id=call.id, reservation_id=None, agent_id=None, at=world.now, **by(world)) == call


def test_a_talk_of_two_seconds_has_served_nobody(world: World, lin: Agent, billing: Queue) -> None:
    call, held = world.talking(billing)
    world.later(2, awake=(lin,))
    after = operations.leg_ended(call_id=call.id, reservation_id=held.id, by="network", **by(world))
    assert (after.state, after.place_key, after.connected_at) == ("queued", call.place_key, None)
    assert world.held(held).end_reason == "no_bridge"
    assert world.hang_up(call).state == "abandoned"
    assert broken(now=world.now) == []


def test_the_switch_keeps_its_own_clock_beside_ours(world: World, billing: Queue) -> None:
    _, held = world.ringing(billing)
    world.bridge(held)
    [event] = Event.objects.filter(type="call.connected")
    assert event.data["reported_at"] == world.now.isoformat()
