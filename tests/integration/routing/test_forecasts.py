"""What a caller is told of the wait: from the calls before, and nothing where nothing can be known."""

from __future__ import annotations

from datetime import timedelta

import pytest

from callcenter.foundation.errors import NotFound
from routing import forecasts
from routing.in_line import in_line
from routing.models import Agent, Call, Closure, Queue, Reservation
from tests.integration.routing.world import World


def answered_before(world: World, queue: Queue, agent: Agent, *, calls: int, waited_s: float) -> None:
    """Calls of the last hour, each after a wait of so long."""
    made = [
        Call(
            domain=world.domain, source="old", external_id=f"{queue.pk}-{no}", queue=queue, state="completed",
            arrived_at=world.now - timedelta(minutes=50, seconds=-60 * no),
            enqueued_at=world.now - timedelta(minutes=50, seconds=-60 * no),
            place_key=world.now - timedelta(minutes=50, seconds=-60 * no),
            connected_at=world.now - timedelta(minutes=50, seconds=-60 * no - waited_s),
            ended_at=world.now - timedelta(minutes=50, seconds=-60 * no - waited_s - 120),
        )
        for no in range(calls)
    ]  # fmt: skip
    Call.objects.bulk_create(made)
    Reservation.objects.bulk_create(
        Reservation(
            domain=world.domain, call=call, agent=agent, queue=queue, state="completed", connected_at=call.connected_at,
            created_at=call.arrived_at + timedelta(seconds=waited_s), ended_at=call.ended_at,
        )
        for call in made
    )  # fmt: skip


@pytest.fixture
def lin(world: World) -> Agent:
    return world.agent("lin")


def test_callers_wait_as_long_as_those_before(world: World, lin: Agent) -> None:
    queue = world.queue(members=(lin,))
    answered_before(world, queue, lin, calls=30, waited_s=45)
    said = forecasts.queue_estimate(domain="main", queue="billing", now=world.now)
    assert (said.p50_s or 0, said.p90_s or 0) == pytest.approx((45, 45), abs=2)
    assert (said.n, said.reason) == (30, "")
    call = world.waiting(queue)
    own = in_line(call=call, now=world.now)
    assert own.position == 1 and own.estimate is not None and own.estimate.p50_s == pytest.approx(45, abs=2)
    assert own.offers == ()
    further = forecasts.place_estimate(home=queue.domain, queue="billing", position=4, now=world.now)
    assert (further.p50_s or 0) > (own.estimate.p50_s or 0)
    assert forecasts.queue_estimates(domain="main", now=world.now).keys() == {"billing"}


def test_whoever_found_an_agent_free_says_nothing_about_waiting(world: World, lin: Agent) -> None:
    queue = world.queue(members=(lin,))
    answered_before(world, queue, lin, calls=30, waited_s=0.5)
    assert forecasts.queue_estimate(domain="main", queue="billing", now=world.now).reason == "too_few_answers"


def test_where_nobody_is_there_or_it_is_closed_no_number_is_made_up(world: World, lin: Agent) -> None:
    queue = world.queue(members=(lin,))
    answered_before(world, queue, lin, calls=30, waited_s=45)
    world.say(lin, "break", "lunch")
    assert forecasts.queue_estimate(domain="main", queue="billing", now=world.now).reason == "nobody_staffed"
    world.later(60, awake=(lin,))
    world.ready(lin)
    assert forecasts.queue_estimate(domain="main", queue="billing", now=world.now).p50_s is not None
    Closure.objects.create(
        domain=world.domain,
        queue=queue,
        starts_at=world.now,
        ends_at=world.now + timedelta(hours=1),
        reason="fire drill",
    )
    said = forecasts.queue_estimate(domain="main", queue="billing", now=world.now)
    assert (said.p50_s, said.reason) == (None, "closed")
    with pytest.raises(NotFound):
        forecasts.queue_estimate(domain="main", queue="nowhere", now=world.now)
