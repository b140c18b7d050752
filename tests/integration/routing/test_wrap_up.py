"""Wrap-up in its five modes, what was pending, and the idle clock."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from callcenter.foundation.errors import Conflict, Invalid
from callcenter.foundation.models import Event
from routing import operations, queries
from routing.invariants import broken
from routing.models import Agent
from routing.results import ReservationView
from tests.integration.routing.world import World


def by(world: World) -> dict[str, Any]:
    return {"now": world.now, "actor": "test"}


@pytest.fixture
def lin(world: World) -> Agent:
    return world.agent("lin")


def wrapping(world: World, lin: Agent, mode: str, **settings: object) -> ReservationView:
    queue = world.queue(mode, members=(lin,), wrap_up_mode=mode, **settings)
    call, held = world.talking(queue)
    world.later(30, awake=(lin,))
    world.hang_up(call)
    return world.held(held)


def done(world: World, held: ReservationView, disposition: str = "solved") -> ReservationView:
    return operations.complete(reservation_id=held.id, agent_id=held.agent_id, disposition=disposition, **by(world))


def test_none_frees_the_agent_at_once(world: World, lin: Agent) -> None:
    held = wrapping(world, lin, "none")
    assert (held.state, world.call(held).state) == ("completed", "completed")
    assert queries.agent(agent_id=lin.pk).shown == "available"


def test_optional_waits_without_a_limit_and_asks_for_nothing(world: World, lin: Agent) -> None:
    held = wrapping(world, lin, "optional")
    world.later(3600, awake=(lin,))
    world.sweep()
    assert world.held(held).state == "wrapping"
    assert done(world, held, "").state == "completed"


def test_required_has_no_way_out_without_a_disposition(world: World, lin: Agent) -> None:
    held = wrapping(world, lin, "required")
    with pytest.raises(Invalid) as refused:
        done(world, held, "")
    assert refused.value.code == "disposition_required"
    assert done(world, held).state == "completed"


def test_a_box_ends_by_itself_with_the_code_timeout(world: World, lin: Agent) -> None:
    held = wrapping(world, lin, "time_boxed", wrap_up_s=45)
    assert held.wrap_until == world.now + timedelta(seconds=45)
    world.later(44.9, awake=(lin,))
    assert world.sweep().total() == 0
    world.later(0.1, awake=(lin,))
    assert world.sweep().wrapped_up == 1
    assert (world.held(held).disposition, world.call(held).state) == ("timeout", "completed")
    agent = queries.agent(agent_id=lin.pk)
    assert (agent.shown, agent.idle_since) == ("available", world.now)


def test_a_box_without_early_exit_keeps_the_disposition_and_runs_on(world: World, lin: Agent) -> None:
    held = wrapping(world, lin, "time_boxed_no_exit", wrap_up_s=30)
    saved = done(world, held)
    assert (saved.state, saved.disposition) == ("wrapping", "solved")
    assert done(world, held).version == saved.version  # a repeat changes nothing
    world.later(30, awake=(lin,))
    world.sweep()
    assert (world.held(held).state, world.held(held).disposition) == ("completed", "solved")
    assert broken(now=world.now) == []


def test_one_extension_of_a_minute(world: World, lin: Agent) -> None:
    held = wrapping(world, lin, "time_boxed", wrap_up_s=30)
    more = operations.extend(reservation_id=held.id, agent_id=lin.pk, **by(world))
    assert held.wrap_until
    assert (more.wrap_until, more.extensions) == (held.wrap_until + timedelta(seconds=60), 1)
    with pytest.raises(Conflict) as refused:
        operations.extend(reservation_id=held.id, agent_id=lin.pk, **by(world))
    assert refused.value.code == "already_extended"
    world.later(89, awake=(lin,))
    assert world.sweep().total() == 0


def test_repeating_a_wrap_up_alike_is_no_news_and_otherwise_refused(world: World, lin: Agent) -> None:
    held = wrapping(world, lin, "time_boxed")
    once = done(world, held)
    assert done(world, held) == once
    with pytest.raises(Conflict):
        done(world, held, "sold")


def test_nobody_is_rung_in_wrap_up(world: World, lin: Agent) -> None:
    wrapping(world, lin, "time_boxed")
    world.waiting(world.queue("next", members=(lin,)))
    assert world.assign() == []


# --- what was pending -----------------------------------------------------------------------------------------------
def test_a_break_asked_for_during_a_talk_comes_once_after_the_wrap_up(world: World, lin: Agent) -> None:
    queue = world.queue(members=(lin,))
    call, held = world.talking(queue)
    world.say(lin, "break", "lunch")
    assert queries.agent(agent_id=lin.pk).pending_presence == "break"
    world.hang_up(call)
    assert queries.agent(agent_id=lin.pk).shown == "wrap_up"
    done(world, held)
    agent = queries.agent(agent_id=lin.pk)
    assert (agent.presence, agent.reason, agent.pending_presence) == ("break", "lunch", "")
    world.ready(lin)
    _, again = world.talking(queue)
    world.hang_up(again)
    done(world, again)
    assert queries.agent(agent_id=lin.pk).presence == "available"  # applied exactly once
    assert broken(now=world.now) == []


def test_saying_available_drops_what_was_pending(world: World, lin: Agent) -> None:
    call, held = world.talking(world.queue(members=(lin,)))
    world.say(lin, "offline")
    world.ready(lin)
    world.hang_up(call)
    done(world, held)
    assert queries.agent(agent_id=lin.pk).presence == "available"


def test_a_break_asked_for_while_it_rings_comes_when_the_ring_is_over(world: World, lin: Agent) -> None:
    call, held = world.ringing(world.queue(members=(lin,)))
    world.say(lin, "break", "lunch")
    world.hang_up(call)
    assert queries.agent(agent_id=lin.pk).presence == "break"
    assert world.held(held).state == "canceled"


def test_saying_the_same_twice_is_told_once(world: World, lin: Agent) -> None:
    world.say(lin, "break", "lunch")
    version = queries.agent(agent_id=lin.pk).version
    world.say(lin, "break", "lunch")
    assert queries.agent(agent_id=lin.pk).version == version
    world.say(lin, "break", "training")
    assert queries.agent(agent_id=lin.pk).version == version + 1


# --- the idle clock -------------------------------------------------------------------------------------------------
def test_lunch_does_not_make_an_agent_look_idle(world: World, lin: Agent) -> None:
    omar = world.agent("omar")
    queue = world.queue(members=(lin, omar))
    world.later(60, awake=(lin, omar))
    world.say(lin, "break", "lunch")
    world.later(600, awake=(lin, omar))
    world.ready(lin)
    idle = queries.agent(agent_id=lin.pk).idle_since
    assert idle
    assert world.now - idle == timedelta(seconds=60)
    _, held = world.ringing(queue)
    assert held.agent_key == "omar"


def test_a_ring_that_came_to_nothing_keeps_the_idle_clock(world: World, lin: Agent) -> None:
    idle = queries.agent(agent_id=lin.pk).idle_since
    call, held = world.ringing(world.queue(members=(lin,)))
    world.later(2, awake=(lin,))
    operations.reject(reservation_id=held.id, agent_id=lin.pk, reason="declined", **by(world))
    world.hang_up(call)
    assert queries.agent(agent_id=lin.pk).idle_since == idle


# --- transfer and hold ----------------------------------------------------------------------------------------------
def test_a_transfer_keeps_the_place_and_the_first_agent_wraps_up(world: World, lin: Agent) -> None:
    omar = world.agent("omar")
    billing, second = world.queue(members=(lin,)), world.queue("second", members=(omar,))
    call, held = world.talking(billing)
    world.later(30, awake=(lin, omar))
    moved = operations.transfer_to_queue(call_id=call.id, queue="second", **by(world))
    assert (moved.state, moved.queue, moved.place_key) == ("queued", "second", call.place_key)
    assert world.held(held).state == "wrapping"
    [next_held] = world.assign()  # while Lin still wraps up
    assert next_held.agent_key == "omar"
    done(world, held)
    assert world.call(call).state == "reserved"
    world.accept(next_held)
    world.bridge(next_held)
    world.later(30, awake=(lin, omar))
    world.hang_up(call)
    done(world, world.held(next_held))
    assert world.call(call).state == "completed"
    assert second.pk
    assert broken(now=world.now) == []


def test_hold_is_a_flag_of_a_connected_call(world: World, lin: Agent) -> None:
    queue = world.queue(members=(lin,))
    waiting = world.waiting(queue)
    with pytest.raises(Conflict):
        operations.hold(call_id=waiting.id, **by(world))
    [held] = world.assign()
    world.accept(held)
    world.bridge(held)
    on_hold = operations.hold(call_id=waiting.id, **by(world))
    assert on_hold.held_since == world.now
    assert operations.hold(call_id=waiting.id, **by(world)).version == on_hold.version
    assert operations.resume(call_id=waiting.id, **by(world)).held_since is None
    assert world.told(waiting)[-2:] == ["call.held", "call.resumed"]


def test_no_event_carries_a_name_or_a_number(world: World, lin: Agent) -> None:
    held = wrapping(world, lin, "time_boxed")
    done(world, held)
    for event in Event.objects.all():
        assert "13800138000" not in str(event.data)
        assert "sip:" not in str(event.data)
