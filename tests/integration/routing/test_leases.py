"""The dispatcher's lease: one at a time, and a dispatcher that was replaced writes nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from routing import operations
from routing.models import Domain
from tests.integration.routing.world import World


def take(world: World, holder: str) -> operations.Lease | None:
    return operations.take_lease(domain="main", holder=holder, now=world.now)


def test_one_dispatcher_at_a_time(world: World) -> None:
    first = take(world, "a")
    assert first
    assert take(world, "b") is None
    world.later(2)
    assert operations.renew_lease(lease=first, now=world.now)
    world.later(2.9)
    assert take(world, "b") is None
    world.later(0.2)
    second = take(world, "b")
    assert second
    assert second.token == first.token + 1
    assert not operations.renew_lease(lease=first, now=world.now)
    assert take(world, "a") is None


def test_the_same_holder_keeps_its_token_and_a_release_lets_the_next_in(world: World) -> None:
    first = take(world, "a")
    assert first
    assert take(world, "a") == first
    operations.release_lease(lease=first, now=world.now)
    second = take(world, "b")
    assert second
    operations.release_lease(lease=first, now=world.now)  # not its to release any more
    assert Domain.objects.get().lease_until == world.now + timedelta(seconds=3)


def test_a_zombie_with_an_old_token_writes_nothing(world: World) -> None:
    lin, omar = world.agent("lin"), world.agent("omar")
    queue = world.queue(members=(lin,))
    zombie = take(world, "a")
    assert zombie
    call, held = world.ringing(queue)
    world.later(4, awake=(lin, omar))
    fresh = take(world, "b")
    assert fresh
    waiting = world.waiting(world.queue("second", members=(omar,)))
    assert operations.assign_waiting(domain="main", now=world.now, lease=zombie) == []
    assert world.call(waiting).state == "queued"
    world.later(30)
    assert operations.sweep(domain="main", now=world.now, lease=zombie).total() == 0
    assert world.held(held).state == "pending"
    assert operations.sweep(domain="main", now=world.now, lease=fresh).total() == 2  # both desks have fallen silent
    assert world.call(call).state == "queued"
    world.sign_in(lin)
    world.ready(lin)
    assert len(operations.assign_waiting(domain="main", now=world.now, lease=fresh)) == 1


def test_a_made_up_token_fences_too(world: World) -> None:
    lease = take(world, "a")
    assert lease
    world.waiting(world.queue(members=(world.agent("lin"),)))
    forged = replace(lease, token=lease.token + 1)
    assert operations.assign_waiting(domain="main", now=world.now, lease=forged) == []
    assert len(operations.assign_waiting(domain="main", now=world.now, lease=lease)) == 1
