"""Chats that lie still: the customer waits for Lin, or Lin for the customer."""

from __future__ import annotations

from typing import Any

import pytest

from routing import operations, queries
from routing.invariants import broken
from routing.models import Agent
from routing.results import CallView, ReservationView
from routing.silence import Speaker
from tests.integration.routing.world import World


@pytest.fixture(autouse=True)
def afterwards(world: World) -> Any:
    yield
    assert broken(now=world.now) == []


@pytest.fixture
def lin(world: World) -> Agent:
    return world.agent("lin")


def chatting(world: World, lin: Agent, **settings: object) -> tuple[CallView, ReservationView]:
    queue = world.queue(
        "chat", members=(lin,), wrap_up_mode="none", agent_silence_s=120, customer_silence_s=300, **settings
    )
    call, held = world.ringing(queue, channel="chat")
    world.accept(held)
    return world.call(call), held


def writes(world: World, call: CallView, by: Speaker) -> bool:
    return operations.message(call_id=call.id, by=by, now=world.now)


def test_a_customer_without_an_answer_goes_to_another_agent_at_the_old_place(world: World, lin: Agent) -> None:
    call, held = chatting(world, lin)
    world.later(100, awake=(lin,))
    assert writes(world, call, Speaker.CALLER)  # asks again: that gives Lin no more time
    assert world.sweep().silent == 0
    world.later(20, awake=(lin,))
    assert world.sweep().silent == 1
    ended, now = world.held(held), world.call(call)
    assert (ended.state, ended.end_reason) == ("rescinded", "agent_silent")
    assert (now.state, now.place_key) == ("queued", call.place_key)
    assert queries.agent(agent_id=lin.pk).missed_in_row == 1  # the desk may be empty
    world.later(0, awake=(lin,))
    omar = world.agent("omar")
    world.domain.queues.get(key="chat").members.add(omar)
    [again] = world.assign()
    assert again.agent_id == omar.pk


def test_a_customer_who_stays_silent_frees_the_agent(world: World, lin: Agent) -> None:
    call, _ = chatting(world, lin)
    world.later(60, awake=(lin,))
    writes(world, call, Speaker.AGENT)
    world.later(299, awake=(lin,))
    assert world.sweep().silent == 0
    world.later(1, awake=(lin,))
    assert world.sweep().silent == 1
    now = world.call(call)
    assert (now.state, now.ended_by, now.end_reason) == ("completed", "system", "caller_silent")
    assert queries.agent(agent_id=lin.pk).shown == "available"


def test_a_conversation_in_which_both_write_goes_on(world: World, lin: Agent) -> None:
    call, _ = chatting(world, lin)
    for by in (Speaker.AGENT, Speaker.CALLER, Speaker.AGENT):
        world.later(110, awake=(lin,))
        assert writes(world, call, by)
        assert world.sweep().total() == 0
    assert world.call(call).state == "connected"


def test_the_queue_says_what_becomes_of_silence(world: World, lin: Agent) -> None:
    call, held = chatting(world, lin, on_agent_silence="close", on_customer_silence="queue")
    world.later(120, awake=(lin,))
    world.sweep()
    assert (world.call(call).state, world.call(call).end_reason) == ("completed", "agent_silent")
    assert world.held(held).state == "completed"


def test_patience_without_end_and_voices_have_no_such_time(world: World, lin: Agent) -> None:
    queue = world.queue("voice", members=(lin,), agent_silence_s=5)
    call, _ = world.talking(queue)
    assert not writes(world, call, Speaker.CALLER)
    world.later(3600, awake=(lin,))
    assert world.sweep().silent == 0
    world.hang_up(call)


def test_handed_over_the_turn_goes_along(world: World, lin: Agent) -> None:
    call, _ = chatting(world, lin)
    omar = world.agent("omar")
    guest = operations.consult(call_id=call.id, agent_id=omar.pk, now=world.now, actor="test")
    world.accept(guest)
    operations.hand_over(call_id=call.id, now=world.now, actor="test")
    world.later(120, awake=(lin, omar))
    assert world.sweep().silent == 1
    assert world.call(call).state == "queued"
