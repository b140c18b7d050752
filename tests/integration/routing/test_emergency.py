"""The emergency lane on the database: an alarm passes the line, and the line passes the tenth alarm."""

from __future__ import annotations

from routing.models import Call
from tests.integration.routing.world import World


def test_an_alarm_passes_the_line_until_its_share_is_used(world: World) -> None:
    agents = tuple(world.agent(key) for key in ("lin", "omar", "mei", "wu"))
    billing = world.queue(members=agents)
    alarms = world.queue("alarms", members=agents, emergency_percent=30)
    for agent in agents[1:]:
        world.say(agent, "break", "lunch")
    older = world.waiting(billing)
    world.later(30, awake=agents)
    first = world.waiting(alarms)
    world.later(1, awake=agents)
    second = world.waiting(alarms)
    [held] = world.assign()
    assert held.call_id == first.id
    assert held.because["lane"] == {"cap": 1, "held": 0}
    world.ready(agents[1])
    [held] = world.assign()
    assert held.call_id == older.id  # two are willing: the share of the lane is used
    assert Call.objects.get(pk=second.id).state == "queued"


def test_an_arriving_caller_never_takes_the_agent_an_alarm_should_have(world: World) -> None:
    lin = world.agent("lin")
    billing = world.queue(members=(lin,))
    alarms = world.queue("alarms", members=(lin,), emergency_percent=30)
    caller = world.waiting(billing)
    world.later(5, awake=(lin,))
    alarm = world.waiting(alarms)
    assert world.assign(only_call=caller.id) == []
    assert [held.call_id for held in world.assign(only_call=alarm.id)] == [alarm.id]
