"""What a queue is set to: each change a version with who and why, any of them put back; and played before it holds."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from callcenter.foundation import versions as fences
from callcenter.foundation.errors import Conflict, Invalid
from callcenter.foundation.models import AuditEntry
from routing.models import Agent, Call, Domain, Queue, Reservation, WhatIf
from routing.operations.judging import answer_what_if, ask_what_if
from routing.operations.queue_changes import change_queue, restore_queue
from routing.operations.rest_changes import change_rests, restore_rests, rests_of
from routing.queue_settings import queue_named, rest_versions, settings_of, versions
from routing.what_if_queries import what_if_page
from tests.integration.routing.world import World

WHY: dict[str, Any] = {"why": "peak", "actor": "ada", "domain": "main", "queue": "billing"}


def change(world: World, **settings: object) -> int:
    return change_queue(settings=settings, now=world.now, **WHY)


def test_every_change_is_kept_and_any_can_be_put_back(world: World) -> None:
    lin = world.agent("lin", skills={"english": 2})
    world.queue(members=(lin,), target_s=20)
    first = settings_of(queue_named(domain="main", key="billing"))
    hours = [[0, "08:00", "20:00"], [5, "09:00", "00:00"]]
    steps = [{"after_s": 30, "required": {"english": 1}, "rings": []}]
    assert change(world, target_s=30, required={"english": 2}, hours=hours, steps=steps) == 2
    assert change(world, target_s=30) == 2  # nothing new
    overflow = [{"measure": "waiting", "limit": 5, "action": "callback"}]
    assert change(world, overflow=overflow, ranks={"lin": 1}) == 3
    kept = versions(domain="main", key="billing")
    assert [(one.number, one.by) for one in kept] == [(3, "ada"), (2, "ada"), (1, "")]
    assert [one.name for one in kept[1].changed] == ["required", "target_s", "hours", "steps"]
    assert restore_queue(number=1, now=world.now, **WHY) == 4
    assert settings_of(queue_named(domain="main", key="billing")) == first
    assert AuditEntry.objects.filter(action="queue.changed").count() == 3


def test_the_version_stands_in_the_decision(world: World) -> None:
    lin = world.agent("lin")
    queue = world.queue(members=(lin,))
    _call, held = world.ringing(queue)
    assert held.because["version"] == 0
    change(world, ring_s=30)
    world.hang_up(held)
    assert world.ringing(queue)[1].because["version"] == 2


@pytest.mark.parametrize(
    ("settings", "setting"),
    [
        ({"ring_s": 3}, "ring_s"),
        ({"required": {"dutch": 1}}, "required"),
        ({"hours": [[0, "8 o'clock", "20:00"]]}, "hours"),
        ({"hours": [[0, "20:00", "08:00"]]}, None),
        ({"steps": [{"after_s": 0}]}, "steps"),
        ({"closed_to": "nowhere"}, "closed_to"),
        ({"overflow": [{"measure": "waiting", "limit": 1, "action": "queue"}]}, "overflow"),
        ({"ranks": {"nobody": 1}}, "ranks"),
        ({"colour": "red"}, None),
    ],
)
def test_what_cannot_be_is_refused_and_loses_nothing(
    world: World, settings: dict[str, object], setting: str | None
) -> None:
    world.queue()
    before = settings_of(queue_named(domain="main", key="billing"))
    with pytest.raises(Invalid) as refused:
        change(world, target_s=99, **settings)
    assert setting is None or refused.value.facts.get("setting") == setting
    assert settings_of(queue_named(domain="main", key="billing")) == before


def test_whoever_read_an_older_version_is_told(world: World) -> None:
    world.queue()
    seen = fences.of_content(settings_of(queue_named(domain="main", key="billing")))
    change(world, target_s=30)
    with pytest.raises(Conflict, match="meanwhile"):
        change_queue(settings={"target_s": 40}, expected=seen, now=world.now, **WHY)


def test_rests_are_versions_too(world: World) -> None:
    def rests(**settings: int) -> int:
        return change_rests(domain="main", settings=settings, why="peak", now=world.now, actor="ada")

    before = Domain.objects.get().roster_version
    assert rests(rest_s=10, occupancy_cap=88) == rests(rest_s=10) == 2
    with pytest.raises(Invalid, match="50 to 100"):
        rests(occupancy_cap=20)
    assert rests_of(domain="main") == {"rest_s": 10, "occupancy_cap": 88}
    assert Domain.objects.get().roster_version > before
    assert restore_rests(domain="main", number=1, why="quiet", now=world.now, actor="ada") == 3
    assert rests_of(domain="main") == {"rest_s": 0, "occupancy_cap": 0}
    assert [one.number for one in rest_versions(domain="main")] == [3, 2, 1]


# --- what if ----------------------------------------------------------------------------------------------------------
def morning(world: World, queue: Queue, agents: tuple[Agent, ...]) -> None:
    """Forty calls a minute apart, each of three minutes, served in turn by two agents; every fifth caller has left."""
    begun = world.now - timedelta(hours=2)
    calls, held = [], []
    for no in range(40):
        at = begun + timedelta(minutes=no)
        leaves = no % 5 == 4
        over = at + timedelta(seconds=40 if leaves else 20)
        call = Call(
            id=uuid4(), domain=world.domain, source="t", external_id=f"p{no}", queue=queue, arrived_at=at,
            enqueued_at=at, place_key=at, state="abandoned" if leaves else "completed",
            connected_at=None if leaves else over, ended_at=over if leaves else over + timedelta(minutes=3),
        )  # fmt: skip
        calls.append(call)
        if not leaves:
            held.append(
                Reservation(
                    domain=world.domain, call=call, agent=agents[no % 2], queue=queue, state="completed",
                    created_at=at, connected_at=over, ended_at=call.ended_at,
                )
            )  # fmt: skip
    Call.objects.bulk_create(calls)
    Reservation.objects.bulk_create(held)


def test_the_last_days_are_played_with_the_proposed_settings(world: World) -> None:
    lin, omar = world.agent("lin", available=False), world.agent("omar", available=False)
    queue = world.queue(members=(lin, omar))
    world.skill("english")
    morning(world, queue, (lin, omar))
    proposed = settings_of(queue) | {"required": {"any": [{"agent": ["lin"]}]}}
    asked = ask_what_if(domain="main", queue="billing", settings=proposed, days=1, now=world.now, actor="ada")
    assert Queue.objects.get().required == {}  # asking changes nothing
    assert answer_what_if(number=asked, now=world.now) == "done"
    page = what_if_page(number=asked, domain="main")
    assert (page.state, page.calls, [one.name for one in page.changed]) == ("done", 40, ["required"])
    everybody = page.segments[0]
    assert everybody.name == "all" and everybody.now["offered"] == everybody.then["offered"] == 40
    assert everybody.then["mean_s"] > everybody.now["mean_s"]  # one agent instead of two
    assert everybody.then["abandoned"] > everybody.now["abandoned"]
    assert answer_what_if(number=asked, now=world.now) == ""  # played once


def test_too_few_calls_say_nothing_and_impossible_settings_are_refused_at_once(world: World) -> None:
    queue = world.queue()
    asked = ask_what_if(domain="main", queue="billing", settings=settings_of(queue), days=1, now=world.now, actor="a")
    assert answer_what_if(number=asked, now=world.now) == "failed"
    assert "Too few" in WhatIf.objects.get().trouble
    with pytest.raises(Invalid):
        ask_what_if(domain="main", queue="billing", settings={"ring_s": 1}, days=1, now=world.now, actor="a")
