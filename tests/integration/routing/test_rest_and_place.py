"""Agents rest between calls and above the cap; callers who are sent on stand where the queue says."""

from __future__ import annotations

from datetime import timedelta

import pytest

from routing import explaining
from routing.models import Agent, Domain
from routing.results import CallView
from tests.integration.routing.world import World


def rest(world: World, **settings: int) -> None:
    Domain.objects.update(**settings)
    world.domain.refresh_from_db()


def served(world: World, queue: object, seconds: float) -> None:
    _call, held = world.talking(queue)  # type: ignore[arg-type]
    world.later(seconds, awake=tuple(Agent.objects.filter(pk__in=world.leases)))
    world.hang_up(held)


def test_ten_seconds_between_two_calls_and_the_decision_says_so(world: World) -> None:
    lin, omar = world.agent("lin"), world.agent("omar", available=False)
    queue = world.queue(members=(lin, omar), wrap_up_mode="none")
    rest(world, rest_s=10)
    world.later(11, awake=(lin,))
    served(world, queue, 30)
    call = world.waiting(queue)
    world.later(9, awake=(lin,))
    assert world.assign() == []
    world.sign_in(omar)
    world.ready(omar)
    world.later(0.5)
    Agent.objects.filter(pk=omar.pk).update(idle_since=world.now - timedelta(minutes=1))
    [held] = world.assign()
    assert (held.call_id, held.agent_key) == (call.id, "omar")
    told = explaining.why_not(held.because, lin.pk)
    assert told.code == "resting" and told.until is not None and abs((told.until - world.now).total_seconds()) < 2
    assert "was resting between calls until 09:" in told.sentence("a_1")
    world.waiting(queue)
    world.later(1, awake=(lin, omar))
    assert [one.agent_key for one in world.assign()] == ["lin"]


def test_above_the_cap_an_agent_rests_until_the_share_is_right_but_not_from_emergencies(world: World) -> None:
    lin = world.agent("lin")
    queue = world.queue(members=(lin,), wrap_up_mode="none")
    danger = world.queue("danger", members=(lin,), emergency_percent=30)
    rest(world, occupancy_cap=80)
    served(world, queue, 2400)  # forty minutes without a pause
    call = world.waiting(queue)
    world.later(5, awake=(lin,))
    assert world.assign() == []
    urgent = world.waiting(danger)
    [held] = world.assign()
    assert held.call_id == urgent.id
    world.hang_up(urgent)
    world.later(600, awake=(lin,))  # 2400 of 3005 s is just below the cap
    assert [one.call_id for one in world.assign()] == [call.id]


@pytest.mark.parametrize(
    ("rule", "credit_s", "ahead"), [("keep", 0, True), ("now", 0, False), ("credit", 90, True), ("credit", 30, False)]
)
def test_who_is_sent_on_stands_where_the_queue_says(world: World, rule: str, credit_s: int, ahead: bool) -> None:
    """Mrs Chen talked for five minutes; Zhang San has waited for one in the queue she is sent to."""
    lin = world.agent("lin")
    billing = world.queue(members=(lin,), wrap_up_mode="none")
    sales = world.queue("sales", transfer_place=rule, transfer_credit_s=credit_s)
    chen, _held = world.talking(billing)
    world.later(240, awake=(lin,))
    zhang = world.waiting(sales)
    world.later(60, awake=(lin,))
    moved = transferred(world, chen)
    assert moved.enqueued_at == chen.enqueued_at  # the clock of her wait goes on
    assert moved.place_key is not None and zhang.place_key is not None
    assert (moved.place_key < zhang.place_key) == ahead
    if rule == "now":
        assert moved.place_key >= world.now - timedelta(seconds=1)


def transferred(world: World, call: CallView) -> CallView:
    from routing import operations

    return operations.transfer_to_queue(call_id=call.id, queue="sales", now=world.now, actor="desk")
