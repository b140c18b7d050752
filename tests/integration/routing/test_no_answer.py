"""Five ends of a ring, who is to blame, and where the caller stands afterwards: at the old place, always."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from callcenter.foundation.errors import Conflict, Invalid
from routing import operations, queries
from routing.invariants import broken
from routing.models import Agent, Queue, Reservation
from tests.integration.routing.world import World


@pytest.fixture
def lin(world: World) -> Agent:
    return world.agent("lin")


@pytest.fixture
def billing(world: World, lin: Agent) -> Queue:
    return world.queue(members=(lin,))


def by(world: World) -> dict[str, Any]:
    return {"now": world.now, "actor": "test"}


def test_two_misses_in_a_row_take_lin_out_of_the_line_and_one_does_not(
    world: World, lin: Agent, billing: Queue
) -> None:
    call, first = world.ringing(billing)
    world.later(24, awake=(lin,))
    assert world.sweep().missed == 0
    world.later(1, awake=(lin,))
    assert world.sweep().missed == 1
    assert world.held(first).end_reason == "missed"
    assert world.call(call).place_key == call.place_key
    assert queries.agent(agent_id=lin.pk).presence == "available"

    [second] = world.assign()  # alone, Lin is rung again for the same caller
    world.later(25, awake=(lin,))
    world.sweep()
    assert queries.agent(agent_id=lin.pk).shown == "not_responding"
    assert "agent.not_responding" in _told_of(lin)
    assert world.assign() == []
    assert set(Reservation.objects.filter(agent=lin).values_list("end_reason", flat=True)) == {"missed"}

    world.ready(lin)
    assert queries.agent(agent_id=lin.pk).missed_in_row == 0
    [third] = world.assign()
    assert third.call_id == second.call_id == call.id
    assert broken(now=world.now) == []


def test_an_answered_call_wipes_the_miss(world: World, lin: Agent, billing: Queue) -> None:
    world.ringing(billing)
    world.later(25, awake=(lin,))
    world.sweep()
    [held] = world.assign()
    world.accept(held)
    world.bridge(held)
    assert queries.agent(agent_id=lin.pk).missed_in_row == 0


def test_a_decline_is_no_miss_and_the_next_agent_is_rung(world: World, lin: Agent, billing: Queue) -> None:
    omar = world.agent("omar")
    billing.members.add(omar)
    world.later(5, awake=(lin, omar))
    call, held = world.ringing(billing)
    assert held.agent_key == "lin"
    operations.reject(reservation_id=held.id, agent_id=lin.pk, reason="declined", **by(world))
    [second] = world.assign()
    assert (second.agent_key, second.call_id) == ("omar", call.id)
    assert queries.agent(agent_id=lin.pk).missed_in_row == 0
    # Lin is free at once for everybody else, and for this caller after a minute.
    other = world.waiting(billing)
    [third] = world.assign()
    assert (third.agent_key, third.call_id) == ("lin", other.id)


def test_whoever_declined_is_asked_again_after_a_minute(world: World, lin: Agent, billing: Queue) -> None:
    omar = world.agent("omar")
    billing.members.add(omar)
    call, held = world.ringing(billing)
    for agent in (lin, omar):
        [held] = queries.reservations(domain="main", states=["pending"])
        assert held.agent_id == agent.pk
        operations.reject(reservation_id=held.id, agent_id=agent.pk, reason="declined", **by(world))
        world.assign()
    assert world.call(call).state == "queued"
    world.later(59, awake=(lin, omar))
    assert world.assign() == []
    world.later(2, awake=(lin, omar))
    assert [row.call_id for row in world.assign()] == [call.id]


@pytest.mark.parametrize(
    ("reason", "state", "end_reason", "rests_s"),
    [
        ("declined", "rejected", "declined", 20),
        ("busy", "rejected", "busy", 30),
        ("unreachable", "rescinded", "unreachable", 60),
        ("failed", "rescinded", "failed", 5),
        ("missed", "timeout", "missed", 0),
        ("something new", "rescinded", "failed", 5),
    ],
)
def test_each_end_has_its_exact_reason(
    world: World, lin: Agent, billing: Queue, reason: str, state: str, end_reason: str, rests_s: int
) -> None:
    call, held = world.ringing(billing)
    after = operations.leg_failed(call_id=call.id, reservation_id=held.id, reason=reason, **by(world))
    assert (after.state, after.place_key) == ("queued", call.place_key)
    assert (world.held(held).state, world.held(held).end_reason) == (state, end_reason)
    assert queries.agent(agent_id=lin.pk).missed_in_row == (reason == "missed")
    assert bool(world.assign()) is (rests_s == 0)
    if rests_s:
        world.later(rests_s + 0.1, awake=(lin,))
        assert len(world.assign()) == 1
    assert broken(now=world.now) == []


def test_an_idle_phone_ends_the_rest_at_once(world: World, lin: Agent, billing: Queue) -> None:
    call, held = world.ringing(billing)
    operations.leg_failed(call_id=call.id, reservation_id=held.id, reason="busy", **by(world))
    assert world.assign() == []
    operations.device_report(agent_id=lin.pk, device="idle", at=world.now, **by(world))
    assert len(world.assign()) == 1


def test_a_phone_that_fails_after_the_desk_accepted_is_nobodys_miss(world: World, lin: Agent, billing: Queue) -> None:
    call, held = world.ringing(billing)
    world.accept(held)
    operations.leg_failed(call_id=call.id, reservation_id=held.id, reason="missed", **by(world))
    assert (world.held(held).state, world.held(held).end_reason) == ("rescinded", "no_bridge")
    assert queries.agent(agent_id=lin.pk).missed_in_row == 0


def test_accepted_but_never_bridged_goes_back_after_ten_seconds(world: World, lin: Agent, billing: Queue) -> None:
    call, held = world.ringing(billing)
    world.accept(held)
    world.later(9.9, awake=(lin,))
    assert world.sweep().total() == 0
    world.later(0.1, awake=(lin,))
    assert world.sweep().not_bridged == 1
    assert (world.call(call).state, world.held(held).end_reason) == ("queued", "no_bridge")


def test_the_caller_leaves_while_it_rings(world: World, lin: Agent, billing: Queue) -> None:
    idle = queries.agent(agent_id=lin.pk).idle_since
    call, held = world.ringing(billing)
    world.later(3, awake=(lin,))
    after = world.hang_up(call)
    assert (after.state, after.end_reason, after.ended_by) == ("abandoned", "ring", "caller")
    assert (world.held(held).state, world.held(held).end_reason) == ("canceled", "caller_left")
    agent = queries.agent(agent_id=lin.pk)
    assert (agent.shown, agent.idle_since, agent.missed_in_row) == ("available", idle, 0)
    with pytest.raises(Conflict):
        world.accept(held)


def test_the_stage_of_abandonment_is_known(world: World, billing: Queue) -> None:
    assert world.hang_up(world.arrive()).end_reason == "ivr"
    empty = world.queue("empty")
    assert world.hang_up(world.waiting(empty)).end_reason == "queue"


# --- the desk falls silent ------------------------------------------------------------------------------------------
def test_a_desk_that_vanishes_while_it_rings_is_not_blamed(world: World, lin: Agent, billing: Queue) -> None:
    call, held = world.ringing(billing)
    world.later(15)
    assert world.sweep().desks_lost == 1
    assert (world.held(held).state, world.held(held).end_reason) == ("rescinded", "desk_unreachable")
    assert (world.call(call).state, world.call(call).place_key) == ("queued", call.place_key)
    agent = queries.agent(agent_id=lin.pk)
    assert (agent.presence, agent.reason, agent.missed_in_row) == ("offline", "lost_contact", 0)
    with pytest.raises(Conflict, match="Another desk"):
        world.pulse(lin)
    assert broken(now=world.now) == []


def test_a_desk_and_a_ring_that_lapse_together_are_no_miss(world: World, lin: Agent, billing: Queue) -> None:
    _, held = world.ringing(billing)
    world.later(30)
    world.sweep()
    assert world.held(held).end_reason == "desk_unreachable"


def test_a_talk_goes_on_without_the_desk_and_ends_in_offline(world: World, lin: Agent, billing: Queue) -> None:
    call, held = world.talking(billing)
    world.later(20)
    world.sweep()
    agent = queries.agent(agent_id=lin.pk)
    assert (agent.shown, agent.pending_presence, agent.pending_reason) == ("on_call", "offline", "lost_contact")
    assert world.sweep().desks_lost == 0  # told once
    world.hang_up(call)
    world.later(60)
    world.sweep()
    assert world.held(held).disposition == "timeout"
    agent = queries.agent(agent_id=lin.pk)
    assert (agent.presence, agent.reason, agent.pending_presence) == ("offline", "lost_contact", "")
    assert broken(now=world.now) == []


def test_a_desk_that_comes_back_before_the_end_stays(world: World, lin: Agent, billing: Queue) -> None:
    call, held = world.talking(billing)
    world.later(20)
    world.sweep()
    world.pulse(lin)
    assert queries.agent(agent_id=lin.pk).pending_presence == ""
    world.hang_up(call)
    operations.complete(reservation_id=held.id, agent_id=lin.pk, disposition="ok", **by(world))
    assert queries.agent(agent_id=lin.pk).shown == "available"
    assert broken(now=world.now) == []


def test_a_wrap_up_without_limit_does_not_hold_a_lost_desk_for_ever(world: World, lin: Agent) -> None:
    endless = world.queue("endless", members=(lin,), wrap_up_mode="required")
    call, held = world.talking(endless)
    world.later(5, awake=(lin,))
    world.hang_up(call)
    world.later(20)
    world.sweep()
    assert world.held(held).wrap_until == world.now + timedelta(seconds=60)
    world.later(60)
    world.sweep()
    assert world.call(call).state == "completed"
    assert queries.agent(agent_id=lin.pk).presence == "offline"
    assert broken(now=world.now) == []


# --- whose desk -----------------------------------------------------------------------------------------------------
def test_one_active_desk(world: World, lin: Agent, billing: Queue) -> None:
    from uuid import uuid4

    first, second = world.leases[lin.pk], uuid4()
    with pytest.raises(Conflict) as held_elsewhere:
        operations.sign_in(agent_id=lin.pk, lease_id=second, take_over=False, **by(world))
    assert held_elsewhere.value.code == "lease_held"
    taken = operations.sign_in(agent_id=lin.pk, lease_id=second, take_over=True, **by(world))
    assert taken.presence == "available"
    with pytest.raises(Conflict) as lost:
        operations.pulse(agent_id=lin.pk, lease_id=first, now=world.now)
    assert lost.value.code == "lease_lost"
    _, held = world.ringing(billing)
    with pytest.raises(Conflict) as stale:
        operations.accept(reservation_id=held.id, agent_id=lin.pk, lease_id=first, **by(world))
    assert stale.value.code == "lease_lost"
    assert operations.accept(reservation_id=held.id, agent_id=lin.pk, lease_id=second, **by(world)).state == "accepted"


def test_a_call_of_another_agent_cannot_be_accepted(world: World, lin: Agent, billing: Queue) -> None:
    _, held = world.ringing(billing)
    omar = world.agent("omar")
    with pytest.raises(Conflict):
        operations.accept(reservation_id=held.id, agent_id=omar.pk, **by(world))


def test_a_phone_on_do_not_disturb_cannot_be_made_available(world: World, lin: Agent) -> None:
    world.say(lin, "break", "lunch")
    operations.device_report(agent_id=lin.pk, device="dnd", at=world.now, **by(world))
    with pytest.raises(Conflict) as refused:
        world.ready(lin)
    assert refused.value.code == "device_not_ready"
    world.later(61, awake=(lin,))  # silent for so long, the phone is unknown
    world.ready(lin)
    assert queries.agent(agent_id=lin.pk).presence == "available"


def test_an_older_report_of_the_phone_changes_nothing(world: World, lin: Agent) -> None:
    operations.device_report(agent_id=lin.pk, device="in_use", at=world.now, **by(world))
    late = world.now - timedelta(seconds=1)
    assert operations.device_report(agent_id=lin.pk, device="idle", at=late, **by(world)).device == "in_use"
    with pytest.raises(Invalid):
        operations.device_report(agent_id=lin.pk, device="melted", at=world.now, **by(world))


def _told_of(agent: Agent) -> list[str]:
    from callcenter.foundation.models import Event

    return list(Event.objects.filter(agent=agent.pk).values_list("type", flat=True))
