"""One call through the room, and each way it may end."""

from __future__ import annotations

from routing import queries
from tests.integration.routing.world import World


def test_a_call_is_served_and_wrapped_up(world: World) -> None:
    lin = world.agent("lin")
    billing = world.queue(members=(lin,))
    call, held = world.ringing(billing)
    assert call.state == "reserved"
    assert held.agent_key == "lin"
    world.later(4)
    world.accept(held)
    world.later(1)
    assert world.bridge(held).state == "connected"
    world.later(60, awake=(lin,))
    assert world.hang_up(call).state == "wrapping"
    assert queries.agent(agent_id=lin.pk).shown == "wrap_up"
    world.later(10)
    from routing import operations

    done = operations.complete(
        reservation_id=held.id, agent_id=lin.pk, disposition="solved", now=world.now, actor="desk"
    )
    assert done.state == "completed"
    assert world.call(call).state == "completed"
    assert queries.agent(agent_id=lin.pk).idle_since == world.now
    assert world.told(call) == [
        "call.arrived",
        "call.queued",
        "reservation.created",
        "call.reserved",
        "reservation.accepted",
        "call.connected",
        "reservation.wrapping",
        "call.wrapping",
        "reservation.completed",
        "call.completed",
    ]
