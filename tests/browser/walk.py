"""A random walk around one agent: whatever switch, caller and agent may do next, in any order."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

from callcenter import hall
from callcenter.foundation.clock import db_now
from callcenter.foundation.errors import Refused
from callcenter.foundation.ids import uuid7
from routing import operations, queries
from routing.results import ReservationView
from routing.states import ReservationState

BUSIEST = 3  # callers waiting at a time: the walk is about the agent, not about the line


def random_walk(*, agent_id: int, queue: str, steps: int, seed: int) -> dict[str, Any]:
    """Take `steps` steps; answers how many were taken, refused ones too."""
    rng, taken, refused = Random(seed), 0, 0
    while taken < steps:
        act = rng.choice(_possible(agent_id, queue, rng))
        try:
            act()
        except Refused:
            refused += 1
        taken += 1
    return {"taken": taken, "refused": refused}


def _possible(agent_id: int, queue: str, rng: Random) -> list[Callable[[], object]]:
    now, lease = db_now(), queries.agent(agent_id=agent_id).lease_id
    who: dict[str, Any] = {"agent_id": agent_id, "lease_id": lease, "now": now, "actor": "story"}

    def say(presence: str, reason: str = "") -> Callable[[], object]:
        return lambda: operations.set_presence(**who, presence=presence, reason=reason)

    acts: list[Callable[[], object]] = [
        say("available"),
        say("available"),
        say("available"),
        say("break", "lunch"),
        say("break", "training"),
    ]
    waiting = next(line.waiting for line in queries.queue_line(domain="main", now=now) if line.queue == queue)
    if waiting < BUSIEST:
        acts += [lambda: _arrive(queue)] * 3
    for held in queries.open_work(agent_id=agent_id):
        acts += _with(held, who, rng) * 2
    return acts


def _with(held: ReservationView, who: dict[str, Any], rng: Random) -> list[Callable[[], object]]:
    call = {"call_id": held.call_id, "actor": "story", "now": who["now"]}
    wire = {**call, "reservation_id": held.id}
    if held.state == ReservationState.PENDING:
        return [
            lambda: hall.talk.agent_accepts(reservation_id=held.id, **who),
            lambda: hall.talk.agent_accepts(reservation_id=held.id, **who),
            lambda: hall.talk.agent_rejects(reservation_id=held.id, reason=rng.choice(["declined", "busy"]), **who),
            lambda: hall.talk.agent_leg_failed(**wire, reason="missed"),
            lambda: hall.ending.caller_hung_up(**call),
        ]
    if held.state == ReservationState.WRAPPING:
        return [
            lambda: operations.extend(reservation_id=held.id, agent_id=held.agent_id, now=who["now"], actor="story"),
            lambda: hall.ending.call_wrapped_up(reservation_id=held.id, disposition="solved", **who),
        ]
    return [
        lambda: hall.talk.agent_leg_bridged(**wire, agent_id=held.agent_id, at=who["now"]),
        lambda: hall.talk.call_held(**call),
        lambda: hall.talk.call_resumed(**call),
        lambda: hall.talk.agent_leg_ended(**wire, by="agent"),
        lambda: hall.ending.caller_hung_up(**call),
    ]


def _arrive(queue: str) -> object:
    arrival = hall.inbound.CallArrival(
        domain="main", source="main-trunk", external_id=f"walk-{uuid7()}", from_number="13712345678", queue=queue
    )
    return hall.inbound.call_arrived(arrival=arrival, actor="switch", now=db_now())
