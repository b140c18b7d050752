"""A queue under load: borrowed agents, newcomers elsewhere, nobody moved behind, and the decision says so."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from callcenter.foundation.models import Event
from routing import operations
from routing.models import Agent, OverflowRule, Queue, Team
from tests.integration.routing.world import World


def review(world: World) -> int:
    return operations.review_overflow(domain="main", now=world.now)


@pytest.fixture
def billing(world: World) -> Queue:
    return world.queue(required={})


def lent(world: World, key: str) -> Agent:
    """An agent of another team, a member of no queue."""
    team = Team.objects.get_or_create(
        domain=world.domain, key="sales", defaults={"name_en": "Sales", "name_zh": "销售"}
    )[0]
    agent = world.agent(key)
    Agent.objects.filter(pk=agent.pk).update(team=team)
    return agent


def test_other_teams_help_while_the_line_is_long(world: World, billing: Queue) -> None:
    omar = lent(world, "omar")
    rule = OverflowRule.objects.create(queue=billing, measure="waiting", limit=3, action="borrow")
    rule.teams.set(Team.objects.all())
    calls = [world.waiting(billing) for _ in range(2)]
    assert review(world) == 0 and world.assign() == []
    calls.append(world.waiting(billing))
    assert review(world) == 1
    [held] = world.assign()
    assert held.agent_id == omar.pk
    assert held.because["overflow"] == ["borrow: waiting >= 3"]
    told = Event.objects.get(type="queue.overflow_began")
    assert (told.data["queue"], told.data["value"], told.data["action"]) == ("billing", 3.0, "borrow")
    for call in calls:
        world.hang_up(call)
    world.later(30, awake=(omar,))
    assert review(world) == 0  # a minute at least
    world.later(31, awake=(omar,))
    assert review(world) == 1
    world.waiting(billing)
    assert world.assign() == []
    assert Event.objects.get(type="queue.recovered").data == {"queue": "billing"}


def test_a_queue_has_recovered_when_none_of_its_rules_is_at_work(world: World, billing: Queue) -> None:
    for limit, action in ((2, "voicemail"), (1, "borrow")):
        OverflowRule.objects.create(queue=billing, measure="waiting", limit=limit, action=action)
    calls = [world.waiting(billing) for _ in range(2)]
    assert review(world) == 2
    world.hang_up(calls[0])
    world.later(61)
    assert review(world) == 1
    assert not Event.objects.filter(type="queue.recovered").exists(), "the rule for one caller still works"
    world.hang_up(calls[1])
    world.later(61)
    assert review(world) == 1
    assert Event.objects.filter(type="queue.recovered").count() == 1


def test_newcomers_go_elsewhere_and_the_line_stays(world: World, billing: Queue) -> None:
    sales = world.queue("sales")
    OverflowRule.objects.create(queue=billing, measure="waiting", limit=1, action="queue", to=sales)
    first = world.waiting(billing)
    review(world)
    second = world.waiting(billing)
    assert (world.call(first).queue, second.queue) == ("billing", "sales")
    assert "call.overflowed" in world.told(second)
    Queue.objects.filter(pk=sales.pk).update(is_open=False)
    assert world.waiting(billing).queue == "billing"  # never into a queue that takes nobody


def test_where_nobody_is_there_newcomers_reach_the_mailbox(world: World, billing: Queue) -> None:
    OverflowRule.objects.create(queue=billing, measure="nobody_staffed", action="voicemail")
    assert review(world) == 1
    call = world.waiting(billing)
    assert (call.state, call.end_reason) == ("diverted", "voicemail")
    lin = world.agent("lin")
    billing.members.add(lin)
    world.later(61, awake=(lin,))
    assert review(world) == 1
    assert world.waiting(billing).state == "queued"


def test_a_dispatcher_that_was_replaced_changes_nothing(world: World, billing: Queue) -> None:
    OverflowRule.objects.create(queue=billing, measure="nobody_staffed", action="voicemail")
    old = operations.take_lease(domain="main", holder="one", now=world.now)
    world.later(10)
    operations.take_lease(domain="main", holder="two", now=world.now)
    assert operations.review_overflow(domain="main", now=world.now, lease=old) == 0


def test_a_rule_that_could_never_be_done_is_refused(world: World, billing: Queue) -> None:
    for wrong, field in (
        (OverflowRule(queue=billing, measure="waiting", action="queue"), "to"),
        (OverflowRule(queue=billing, measure="waiting", action="queue", to=billing), "to"),
        (OverflowRule(queue=billing, measure="waiting", action="message"), "message"),
    ):
        with pytest.raises(ValidationError) as refused:
            wrong.full_clean()
        assert field in refused.value.message_dict
        with pytest.raises(IntegrityError), transaction.atomic():
            wrong.save()
