"""Commands that meet on one reservation: in every order, and at the same moment on connections of their own."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from itertools import combinations_with_replacement, permutations
from uuid import UUID

import pytest
from django.db import connection, transaction

from callcenter.foundation.errors import Refused
from routing import operations, queries
from routing.invariants import broken
from routing.models import Agent, Domain, Queue, Reservation
from routing.results import CallView, ReservationView
from tests.integration.routing.world import World

Act = Callable[[World, ReservationView], object]

ACTS: dict[str, Act] = {
    "accept": lambda world, held: world.accept(held),
    "reject": lambda world, held: operations.reject(
        reservation_id=held.id, agent_id=held.agent_id, reason="declined", now=world.now, actor="desk"
    ),
    "bridge": lambda world, held: world.bridge(held),
    "hang up": lambda world, held: world.hang_up(held),
    "move": lambda world, held: operations.enqueue(
        call_id=held.call_id, queue="second", head_start_s=0, facts=None, now=world.now, actor="switch"
    ),
    # A minute on: the ring is over, and the desk has been silent.
    "expire": lambda world, held: operations.sweep(domain="main", now=world.now.replace(minute=30)),
    "sign out": lambda world, held: operations.set_presence(
        agent_id=held.agent_id, presence="offline", reason="", now=world.now, actor="desk"
    ),
    "assign": lambda world, held: world.assign(),
}


def scene(world: World) -> ReservationView:
    lin = world.agent("lin")
    queue = world.queue(members=(lin, world.agent("omar")))
    world.queue("second", members=(lin,))
    return world.ringing(queue)[1]


def test_all_orders_of_three(world: World) -> None:
    """Whatever comes first, the rest is refused, stale or fits: state and events agree, nobody is held by nobody."""
    held = scene(world)
    acts = ("accept", "reject", "bridge", "hang up", "move", "expire")
    for order in permutations(acts, 3):
        with transaction.atomic():
            for name in order:
                with suppress(Refused):
                    ACTS[name](world, held)
            assert [row for row in broken(now=world.now) if "lease" not in row.rule] == [], order
            transaction.set_rollback(True)


def at_once(*acts: Callable[[], object]) -> list[object]:
    """Run each on a thread and a connection of its own, started together. What it raised stands for its answer."""
    barrier, answers = threading.Barrier(len(acts)), dict[int, object]()

    def run(no: int, act: Callable[[], object]) -> None:
        try:
            connection.ensure_connection()
            barrier.wait(10)
            answers[no] = act()
        except Exception as error:
            answers[no] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(no, act)) for no, act in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return [answers[no] for no in range(len(acts))]


@pytest.fixture
def floor(transactional_db: None) -> World:
    return World(domain=Domain.objects.create(key="main", name="Main"))


def test_two_at_the_same_moment(floor: World) -> None:
    """Every pair, on two connections: one effect each or a refusal with a sentence, never an error."""
    held = scene(floor)
    for one, other in combinations_with_replacement(ACTS, 2):
        answers = at_once(lambda: ACTS[one](floor, held), lambda: ACTS[other](floor, held))  # noqa: B023  runs here
        odd = [answer for answer in answers if isinstance(answer, Exception) and not isinstance(answer, Refused)]
        assert odd == [], (one, other)
        assert [row for row in broken(now=floor.now) if "lease" not in row.rule] == [], (one, other)
        held = _afresh(floor, held)


def _afresh(floor: World, held: ReservationView) -> ReservationView:
    """End whatever is open, and ring Lin again for a new caller."""
    for work in queries.live_calls(domain="main"):
        floor.hang_up(work)
    for open_work in Reservation.objects.filter(state="wrapping"):
        operations.complete(
            reservation_id=open_work.pk, agent_id=open_work.agent_id, disposition="x", now=floor.now, actor="desk"
        )
    for agent in queries.agents(domain="main"):
        if agent.presence != "available":
            operations.sign_in(
                agent_id=agent.id, lease_id=floor.leases[agent.id], take_over=True, now=floor.now, actor="desk"
            )
            operations.set_presence(agent_id=agent.id, presence="available", reason="", now=floor.now, actor="desk")
        floor.pulse_id(agent.id)
    return floor.ringing(Queue.objects.get(key="billing"))[1]


def test_whoever_waited_for_the_lock_sees_the_queue_of_now(floor: World) -> None:
    """A locking read that had to wait joins the new row with the old queue; found as a call told to be in no queue."""
    held = scene(floor)
    with transaction.atomic():
        operations.enqueue(
            call_id=held.call_id, queue="second", head_start_s=0, facts=None, now=floor.now, actor="switch"
        )
        answers: list[object] = []
        late = threading.Thread(target=lambda: answers.extend(at_once(lambda: floor.bridge(held))))
        late.start()
        _until(lambda: _somebody_waits_for_a_lock())
    late.join(30)
    [view] = answers
    assert isinstance(view, CallView)
    assert (view.state, view.queue) == ("connected", "second")
    assert broken(now=floor.now) == []


def _somebody_waits_for_a_lock() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
        row = cursor.fetchone()
    return bool(row and row[0])


def _until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_race_for_one_agent(floor: World) -> None:
    """Two dispatchers see the same free agent and two callers: one gets the agent, the other keeps the place."""
    lin = floor.agent("lin")
    queue = floor.queue(members=(lin,), wrap_up_mode="none")
    for _ in range(8):
        calls = [floor.waiting(queue), floor.waiting(queue)]
        at_once(
            lambda: floor.assign(),
            lambda: floor.assign(),
            lambda: floor.assign(only_call=calls[0].id),  # noqa: B023  runs here
        )
        [live] = Reservation.objects.filter(state="pending")
        assert live.call_id == min(calls, key=lambda call: (call.place_key, call.enqueued_at, call.id)).id
        assert broken(now=floor.now) == []
        for call in calls:
            floor.hang_up(call)


def test_a_repeated_arrival_on_two_connections_is_one_call(floor: World) -> None:
    views = at_once(*[lambda: floor.arrive(external_id="sip-1")] * 3)
    assert len({view.id for view in views}) == 1  # type: ignore[attr-defined]
    assert floor.told(views[0]) == ["call.arrived"]  # type: ignore[arg-type]


def test_an_agent_locked_by_somebody_else_is_simply_passed_over(floor: World) -> None:
    """A dispatcher never waits for a lock: whoever is being changed is looked at again next time."""
    lin, omar = floor.agent("lin"), floor.agent("omar")
    queue = floor.queue(members=(lin, omar))
    calls: list[UUID] = [floor.waiting(queue).id, floor.waiting(queue).id]
    with transaction.atomic():
        Agent.objects.select_for_update().get(pk=lin.pk)
        [made] = at_once(floor.assign)
    assert isinstance(made, list)
    assert [held.agent_id for held in made] == [omar.pk]
    assert len(floor.assign()) == 1
    assert {row.call_id for row in Reservation.objects.all()} == set(calls)
