"""New callers at a closed queue, and callers who were cut off and ring again."""

from __future__ import annotations

from datetime import time, timedelta

from routing.models import CalendarDay, Closure, OpeningHours
from tests.integration.routing.world import START, World


def test_a_closed_queue_turns_new_callers_away_and_serves_those_who_wait(world: World) -> None:
    lin = world.agent("lin")
    queue = world.queue(members=(lin,))
    first = world.waiting(queue)
    queue.is_open = False
    queue.save()
    late = world.waiting(queue)
    assert (late.state, late.end_reason, late.queue) == ("diverted", "closed", "billing")
    assert world.told(late) == ["call.arrived", "call.diverted"]
    assert [made.call_id for made in world.assign()] == [first.id]


def test_a_closed_queue_hands_on_to_the_one_that_stands_in(world: World) -> None:
    night = world.queue("night")
    evening = world.queue("evening", is_open=False, closed_to=night)
    day = world.queue("day", is_open=False, closed_to=evening)
    assert world.waiting(day).queue == "night"
    night.is_open, night.closed_to = False, day  # in a circle
    night.save()
    assert world.waiting(day).state == "diverted"


def test_hours_holidays_and_closures_are_acted_on_at_once(world: World) -> None:
    queue = world.queue(zone="UTC")
    assert START.weekday() == 0 and START.hour == 9
    OpeningHours.objects.create(queue=queue, weekday=0, opens=time(9), closes=time(17))
    assert world.waiting(queue).state == "queued"
    closure = Closure.objects.create(
        domain=world.domain, starts_at=world.now, ends_at=world.now + timedelta(minutes=5), reason="Fire drill"
    )
    assert world.waiting(queue).state == "diverted"
    closure.delete()
    assert world.waiting(queue).state == "queued"
    CalendarDay.objects.create(domain=world.domain, day=START.date(), name="Holiday")
    assert world.waiting(queue).state == "diverted"
    CalendarDay.objects.update(worked_as=0)
    assert world.waiting(queue).state == "queued"
    world.later(8 * 3600)
    assert world.waiting(queue).state == "diverted"


def test_whoever_was_cut_off_and_rings_again_keeps_the_place(world: World) -> None:
    queue, sales = world.queue(), world.queue("sales")
    chen = world.waiting(queue, head_start_s=30)
    world.later(40)
    other = world.waiting(queue)
    world.later(10)
    world.hang_up(chen)
    world.later(59)
    again = world.waiting(queue, head_start_s=30)
    assert again.place_key == chen.place_key
    assert again.enqueued_at == world.now  # the wait that is measured is the wait of this call
    assert again.place_key is not None and other.place_key is not None and again.place_key < other.place_key
    assert world.waiting(sales).head_start_s == 0
    world.hang_up(again)
    world.later(61)
    assert world.waiting(queue).head_start_s == 0
