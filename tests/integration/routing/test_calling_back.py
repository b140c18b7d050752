"""Mrs Chen hangs up, keeps her place and is rung at her turn; whatever happens on the way is told."""

from __future__ import annotations

from datetime import timedelta

import pytest

from callcenter.foundation.errors import Conflict, Invalid
from callcenter.foundation.models import Event
from routing import callback_queries, operations
from routing.invariants import broken
from routing.models import Agent, Call, Queue
from routing.results import CallbackView, CallView
from tests.integration.routing.world import World

CHEN = "+8613900139000"


@pytest.fixture
def lin(world: World) -> Agent:
    return world.agent("lin")


@pytest.fixture
def billing(world: World, lin: Agent) -> Queue:
    return world.queue(members=(lin,))


def promised(world: World, call: CallView, *, minutes: int | None = None, number: str = CHEN) -> CallbackView:
    at = None if minutes is None else world.now + timedelta(minutes=minutes)
    return operations.promise_callback(call_id=call.id, number=number, at=at, now=world.now, actor="switch")


def now_of(callback: CallbackView) -> CallbackView:
    return callback_queries.callback(callback_id=callback.id)


def look_after(world: World) -> None:
    due, tried = callback_queries.callbacks_to_look_after(now=world.now)
    for one in tried:
        operations.settle_callback(callback_id=one.id, now=world.now, actor="callbacks")
    for one in due:
        operations.open_callback(callback_id=one.id, now=world.now, actor="callbacks")


def test_she_keeps_her_place_and_is_rung_before_those_behind(world: World, lin: Agent, billing: Queue) -> None:
    world.say(lin, "break", "lunch")
    chen = world.waiting(billing)
    world.later(30, awake=(lin,))
    behind = world.waiting(billing)
    world.later(30, awake=(lin,))
    made = promised(world, chen)
    assert (world.call(chen).state, world.call(chen).end_reason) == ("diverted", "callback")
    assert (made.state, made.enqueued_at, made.tries) == ("queued", chen.enqueued_at, 1)
    assert promised(world, chen).id == made.id  # repeating it is the same promise
    world.ready(lin)
    [held] = world.assign()
    assert held.call_id == made.call
    assert now_of(made).state == "reserved"
    world.accept(held)
    assert now_of(made).state == "dialing"
    world.later(30, awake=(lin,))
    world.sweep()  # her phone may ring for a while
    assert world.bridge(held).state == "connected"
    assert now_of(made).state == "connected"
    with pytest.raises(Conflict, match="talking"):
        operations.cancel_callback(callback_id=made.id, reason="canceled", now=world.now, actor="switch")
    world.hang_up(held)
    operations.complete(reservation_id=held.id, agent_id=lin.pk, disposition="solved", now=world.now, actor="desk")
    look_after(world)
    assert now_of(made).state == "completed"
    assert world.call(behind).state == "queued"
    assert not broken(now=world.now)


def test_nobody_answers_three_times(world: World, lin: Agent, billing: Queue) -> None:
    chen = world.waiting(billing)
    made = promised(world, chen)
    for tries, later_s in ((1, 601), (2, 3601), (3, 0)):
        [held] = world.assign()
        world.accept(held)
        world.hang_up(held)  # the switch says: the customer's phone rang out
        look_after(world)
        assert now_of(made).tries == tries
        if later_s:
            assert now_of(made).state == "scheduled"
            world.later(later_s, awake=(lin,))
            look_after(world)
            assert now_of(made).state == "queued"
            assert (
                Call.objects.get(direction="callback", state="queued").enqueued_at == chen.enqueued_at
            )  # the place stays
    assert (now_of(made).state, now_of(made).reason) == ("exhausted", "no_answer")
    told = list(Event.objects.filter(type__startswith="callback.").order_by("pk").values_list("type", flat=True))
    assert told[:3] == ["callback.promised", "callback.opened", "callback.rescheduled"]
    assert told[-1] == "callback.exhausted"
    assert not broken(now=world.now)


def test_at_a_chosen_time_the_wait_already_served_counts(world: World, lin: Agent, billing: Queue) -> None:
    chen = world.waiting(billing)
    world.later(90, awake=(lin,))
    made = promised(world, chen, minutes=60)
    assert (made.state, made.call) == ("scheduled", None)
    assert made.due_at is not None and made.enqueued_at == made.due_at - timedelta(seconds=90)
    world.later(3601, awake=(lin,))
    look_after(world)
    assert now_of(made).state == "queued"


def test_she_rings_again_and_the_promise_becomes_her_place(world: World, lin: Agent, billing: Queue) -> None:
    world.say(lin, "break", "lunch")
    chen = world.waiting(billing)
    made = promised(world, chen, number="+8613800138000")  # her own, as in `world.arrive`
    world.later(100, awake=(lin,))
    again = world.waiting(billing)
    assert again.place_key == chen.place_key
    assert (now_of(made).state, now_of(made).reason) == ("canceled", "redialled")
    assert [call.state for call in Call.objects.filter(direction="callback")] == ["canceled"]
    assert not broken(now=world.now)


def test_it_is_canceled_while_the_agent_is_rung(world: World, lin: Agent, billing: Queue) -> None:
    made = promised(world, world.waiting(billing))
    [held] = world.assign()
    for _ in range(2):
        view = operations.cancel_callback(callback_id=made.id, reason="canceled", now=world.now, actor="switch")
        assert view.state == "canceled"
    assert world.held(held).state == "canceled"
    other = world.waiting(billing)
    assert [one.call_id for one in world.assign()] == [other.id]
    assert not broken(now=world.now)


def test_promises_that_cannot_be_made(world: World, lin: Agent, billing: Queue) -> None:
    promised(world, world.waiting(billing))
    with pytest.raises(Conflict) as refused:
        promised(world, world.waiting(billing))
    assert refused.value.code == "callback_promised"
    with pytest.raises(Invalid, match="seven days"):
        promised(world, world.waiting(billing), minutes=60 * 24 * 8, number="+8613700137000")
    with pytest.raises(Conflict, match="keeps a place"):
        promised(world, world.arrive(), number="+8613600136000")


def test_what_may_not_be_rung_is_put_off_or_broken(world: World, lin: Agent, billing: Queue) -> None:
    made = promised(world, world.waiting(billing), minutes=5)
    later = world.now + timedelta(hours=2)
    put_off = operations.postpone_callback(callback_id=made.id, due_at=later, now=world.now, actor="callbacks")
    assert (put_off.state, put_off.due_at) == ("scheduled", later)
    over = operations.postpone_callback(callback_id=made.id, due_at=None, now=world.now, actor="callbacks")
    assert (over.state, over.reason) == ("exhausted", "contact_policy")
