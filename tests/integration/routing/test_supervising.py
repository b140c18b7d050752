"""Ada acts on the floor: each act does what it says, is told with who and why, and refuses with a sentence."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from callcenter.foundation.errors import Conflict, Invalid, NotFound
from callcenter.foundation.models import AuditEntry, Event
from routing import operations
from routing.in_line import in_line
from routing.invariants import broken
from routing.models import Agent
from tests.integration.routing.world import World

ADA = "user:7"


def audited() -> list[tuple[str, str, str]]:
    return list(AuditEntry.objects.order_by("pk").values_list("actor", "action", "purpose"))


def test_she_sends_an_agent_on_a_break(world: World) -> None:
    lin = world.agent("lin")
    view = operations.force_presence(
        agent_id=lin.pk, presence_word="break", reason="training", why="Team meeting", now=world.now, actor=ADA
    )
    assert (view.presence, view.reason) == ("break", "training")
    assert audited() == [(ADA, "agent.forced", "Team meeting")]


def test_an_agent_who_talks_goes_after_the_wrap_up(world: World) -> None:
    lin = world.agent("lin")
    world.talking(world.queue(members=(lin,)))
    view = operations.force_presence(
        agent_id=lin.pk, presence_word="offline", reason="", why="Shift is over", now=world.now, actor=ADA
    )
    assert (view.presence, view.pending_presence) == ("available", "offline")


def test_nobody_is_signed_in_by_another(world: World) -> None:
    lin = world.agent("lin", available=False)
    with pytest.raises(Conflict, match="Sign in first"):
        operations.force_presence(
            agent_id=lin.pk, presence_word="available", reason="", why="Needed", now=world.now, actor=ADA
        )
    assert not audited()


def test_she_moves_a_caller_ahead_and_the_clock_goes_on(world: World) -> None:
    lin = world.agent("lin")
    world.say(lin, "break", "lunch")
    queue = world.queue(members=(lin,))
    first = world.waiting(queue)
    world.later(30, awake=(lin,))
    chen = world.waiting(queue)
    view = operations.reprioritise(call_id=chen.id, head_start_s=300, why="Broadband is down", now=world.now, actor=ADA)
    assert view.enqueued_at == chen.enqueued_at and view.place_key is not None and chen.enqueued_at is not None
    assert view.place_key == chen.enqueued_at - timedelta(seconds=300)
    assert world.told(chen)[-1] == "call.reprioritised"
    assert in_line(call=world.call(chen), now=world.now).position == 1
    assert in_line(call=world.call(first), now=world.now).position == 2
    operations.reprioritise(call_id=chen.id, head_start_s=300, why="Again", now=world.now, actor=ADA)
    assert audited() == [(ADA, "call.reprioritised", "Broadband is down")]
    assert not broken(now=world.now)


def test_she_moves_a_caller_to_another_queue_at_the_same_place(world: World) -> None:
    lin = world.agent("lin")
    billing, sales = world.queue(), world.queue("sales", members=(lin,))
    call = world.waiting(billing)
    world.later(20, awake=(lin,))
    view = operations.move(call_id=call.id, queue="sales", why="Wrong menu", now=world.now, actor=ADA)
    assert (view.queue, view.enqueued_at, view.place_key) == ("sales", call.enqueued_at, call.place_key)
    assert [made.agent_key for made in world.assign()] == ["lin"]
    assert audited() == [(ADA, "call.moved", "Wrong menu")]
    assert sales.key != billing.key
    with pytest.raises(Invalid, match="no queue 'nowhere'"):
        operations.move(call_id=call.id, queue="nowhere", why="?", now=world.now, actor=ADA)


def test_she_gives_a_caller_to_an_agent_past_the_line(world: World) -> None:
    lin, omar = world.agent("lin"), world.agent("omar")
    queue = world.queue(required={})
    first, chen = world.waiting(queue), world.waiting(queue)
    held = operations.pull(call_id=chen.id, agent_id=omar.pk, why="She asked for him", now=world.now, actor=ADA)
    assert (held.call_id, held.agent_key, held.state) == (chen.id, "omar", "pending")
    assert (held.because["mode"], held.because["by"]) == ("forced", ADA)
    assert world.told(chen)[-2:] == ["reservation.created", "call.reserved"]
    assert world.call(first).state == "queued"
    world.accept(held)
    assert world.bridge(held).state == "connected"
    assert not broken(now=world.now)
    for busy in (omar, world.agent("wu", available=False)):
        with pytest.raises(Conflict, match="The agent"):
            operations.pull(call_id=first.id, agent_id=busy.pk, why="x", now=world.now, actor=ADA)
    with pytest.raises(Conflict, match="who waits"):
        operations.pull(call_id=chen.id, agent_id=lin.pk, why="x", now=world.now, actor=ADA)
    with pytest.raises(NotFound):
        operations.pull(call_id=first.id, agent_id=0, why="x", now=world.now, actor=ADA)


@pytest.mark.parametrize("why", ["", "   ", "x" * 201])
def test_every_act_says_why(world: World, why: str) -> None:
    lin = world.agent("lin")
    call = world.waiting(world.queue())
    acts: list[Callable[[], object]] = [
        lambda: operations.pull(call_id=call.id, agent_id=lin.pk, why=why, now=world.now, actor=ADA),
        lambda: operations.move(call_id=call.id, queue="billing", why=why, now=world.now, actor=ADA),
        lambda: operations.reprioritise(call_id=call.id, head_start_s=9, why=why, now=world.now, actor=ADA),
        lambda: operations.set_queue_open(
            domain="main", queue="billing", is_open=False, why=why, now=world.now, actor=ADA
        ),
        lambda: operations.force_presence(
            agent_id=lin.pk, presence_word="break", reason="", why=why, now=world.now, actor=ADA
        ),
    ]
    for act in acts:
        with pytest.raises(Invalid, match="Say why"):
            act()
    assert not audited() and Agent.objects.get(pk=lin.pk).presence == "available"


def test_she_closes_and_opens_a_queue(world: World) -> None:
    queue = world.queue()
    for is_open, action in ((False, "queue.closed"), (False, ""), (True, "queue.opened")):
        operations.set_queue_open(
            domain="main", queue="billing", is_open=is_open, why="Fire drill", now=world.now, actor=ADA
        )
        queue.refresh_from_db()
        assert queue.is_open is is_open
        assert not action or audited()[-1] == (ADA, action, "Fire drill")
    assert len(audited()) == 2
    told = Event.objects.filter(type__startswith="queue.").order_by("pk")
    assert [(one.type, one.data) for one in told] == [
        ("queue.closed", {"queue": "billing"}),
        ("queue.opened", {"queue": "billing"}),
    ]
    with pytest.raises(NotFound):
        operations.set_queue_open(domain="main", queue="x", is_open=False, why="y", now=world.now, actor=ADA)
