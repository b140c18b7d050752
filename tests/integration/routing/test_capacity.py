"""Three chats, one call: what the dispatcher offers, what the database refuses, what each end leaves open."""

from __future__ import annotations

from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction

from routing import operations
from routing.invariants import broken
from routing.models import Agent, AgentCapacity, Call, GroupCapacity, Queue, Reservation
from routing.results import CallView, ReservationView
from tests.integration.routing.world import World


@pytest.fixture
def lin(world: World) -> Agent:
    return world.agent("lin")


@pytest.fixture
def billing(world: World, lin: Agent) -> Queue:
    return world.queue(members=(lin,))


def chatting(world: World, queue: Queue, channel: str = "chat") -> tuple[CallView, ReservationView]:
    call, held = world.ringing(queue, channel=channel)
    world.accept(held)
    return world.call(call), world.held(held)


def test_three_chats_and_no_fourth(world: World, lin: Agent, billing: Queue) -> None:
    chats = [chatting(world, billing, channel) for channel in ("chat", "wechat", "weibo")]
    assert [call.state for call, _ in chats] == ["connected"] * 3
    assert sorted(Reservation.objects.values_list("slot", flat=True)) == [10, 11, 12]
    fourth = world.waiting(billing, channel="qq")
    assert world.assign() == []
    world.hang_up(chats[1][0])
    operations.complete(
        reservation_id=chats[1][1].id, agent_id=lin.pk, disposition="solved", now=world.now, actor="desk"
    )
    [held] = world.assign()
    assert (held.call_id, Reservation.objects.get(pk=held.id).slot) == (fourth.id, 11)
    assert not broken(now=world.now)


def test_a_call_excludes_everything_and_mail_gives_way(world: World, lin: Agent, billing: Queue) -> None:
    chatting(world, billing, "mail")
    world.talking(billing)
    for channel in ("voice", "chat", "form"):
        world.waiting(billing, channel=channel)
    assert world.assign() == []
    assert not broken(now=world.now)


def test_a_call_waits_until_the_chat_is_over_unless_the_floor_says_otherwise(
    world: World, lin: Agent, billing: Queue
) -> None:
    chatting(world, billing)
    call = world.waiting(billing)
    assert world.assign() == []
    GroupCapacity.objects.create(domain=world.domain, group="live", slots=1, beside_messaging=1)
    [held] = world.assign()
    assert held.call_id == call.id
    world.accept(held)
    assert world.bridge(held).state == "connected"
    assert Call.objects.filter(state="connected").count() == 2  # the chat was not superseded
    assert not broken(now=world.now)


def test_a_trainee_has_one(world: World, lin: Agent, billing: Queue) -> None:
    AgentCapacity.objects.create(agent=lin, group="messaging", slots=1)
    chatting(world, billing)
    world.waiting(billing, channel="chat")
    assert world.assign() == []


def row(world: World, agent: Agent, slot: int, state: str = "pending") -> Reservation:
    call = world.arrive(external_id=uuid4().hex)
    return Reservation(
        domain=world.domain, call_id=call.id, agent=agent, slot=slot, state=state, created_at=world.now,
        expires_at=world.now,
    )  # fmt: skip


def test_the_database_itself_refuses_what_does_not_fit(world: World, lin: Agent, billing: Queue) -> None:
    chatting(world, billing)
    row(world, lin, 0).save(force_insert=True)  # a ring that does not fit drops out, whoever offers it
    assert not Reservation.objects.filter(slot=0).exists()
    with pytest.raises(IntegrityError, match="one_live_reservation_per_slot"), transaction.atomic():
        row(world, lin, 10, "accepted").save(force_insert=True)
    with pytest.raises(IntegrityError, match="reservation_slot_0_29"), transaction.atomic():
        row(world, lin, 30).save(force_insert=True)
    with pytest.raises(IntegrityError, match="capacity_one_live"), transaction.atomic():
        GroupCapacity.objects.create(domain=world.domain, group="live", slots=2)


def test_two_chats_at_one_desk_ring_and_end_apart(world: World, lin: Agent, billing: Queue) -> None:
    first, _ = chatting(world, billing)
    _, ringing = world.ringing(billing, channel="qq")
    world.later(26, awake=(lin,))
    world.sweep()
    assert world.held(ringing).state == "timeout"
    assert world.call(first).state == "connected"
    assert not broken(now=world.now)
