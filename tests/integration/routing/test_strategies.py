"""Strategies as a queue's settings: what is written down is what the next decision does."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from customers.models import Customer
from routing import operations
from routing.models import (
    Agent,
    AgentTrait,
    Call,
    ExcludedPair,
    Fit,
    Queue,
    QueueRank,
    RelaxationStep,
    Reservation,
    Team,
)
from routing.results import ReservationView
from tests.integration.routing.world import World


def chosen(world: World) -> list[str]:
    return [made.agent_key for made in world.assign()]


def served(world: World, queue: Queue) -> ReservationView:
    """A call from its place to the end of its wrap-up, half a minute of talk."""
    call, held = world.talking(queue)
    world.later(30, awake=tuple(Agent.objects.exclude(presence="offline")))
    world.hang_up(call)
    operations.complete(reservation_id=held.id, agent_id=held.agent_id, disposition="done", now=world.now, actor="desk")
    return held


def two(world: World, **settings: Any) -> tuple[Agent, Agent, Queue]:
    """Lin, idle for a minute, and Omar, who has just come; both may take the queue's calls."""
    lin = world.agent("lin", skills={"billing": 3})
    world.later(5, awake=(lin,))
    omar = world.agent("omar", skills={"billing": 3, "lang-en": 4})
    return lin, omar, world.queue(members=(lin, omar), required={"billing": 2}, **settings)


def test_a_plain_floor_reads_nothing_more(world: World) -> None:
    _, _, queue = two(world)
    world.waiting(queue)
    with CaptureQueriesContext(connection) as seen:
        assert chosen(world) == ["lin"]
    assert not [query for query in seen if "c.customer_id" in query["sql"] or "arrived_at FROM" in query["sql"]]


@pytest.mark.parametrize(
    ("strategy", "who"),
    [("longest_idle", "lin"), ("most_skilled", "omar"), ("ranked", "omar"), ("least_occupied", "lin")],
)
def test_the_queue_says_how_to_choose(world: World, strategy: str, who: str) -> None:
    _, omar, queue = two(world, strategy=strategy, preferred={"lang-en": 3} if strategy == "most_skilled" else {})
    world.skill("lang-en")
    QueueRank.objects.create(queue=queue, agent=omar, rank=1)
    world.waiting(queue)
    assert chosen(world) == [who]


def test_whoever_worked_most_in_two_hours_rests(world: World) -> None:
    lin, omar, queue = two(world, strategy="fewest_recent")
    served(world, queue)
    world.later(60, awake=(lin, omar))
    world.waiting(queue)
    assert chosen(world) == ["omar"]


def test_an_adapted_queue_reads_the_table_by_hand(world: World) -> None:
    _, omar, queue = two(world, strategy="adapted")
    AgentTrait.objects.create(agent=omar, trait="patient")
    Fit.objects.create(domain=world.domain, caller_type="complaint", trait="patient", fit=0.9)
    call = world.waiting(queue)
    Call.objects.filter(pk=call.id).update(facts={"kind": "individual", "open_complaint": True})
    [made] = world.assign()
    assert made.agent_key == "omar"
    assert made.because["chosen"]["fit"]["type_fit"] == 0.9  # type: ignore[index]


def test_waiting_opens_the_queue_and_keeps_the_place(world: World) -> None:
    lin = world.agent("lin", skills={"billing": 3})
    team = Team.objects.create(domain=world.domain, key="sales", name_en="Sales", name_zh="销售")
    omar = world.agent("omar")
    Agent.objects.filter(pk=omar.pk).update(team=team)
    world.say(lin, "break", "lunch")
    queue = world.queue(members=(lin,), required={"billing": 2})
    step = RelaxationStep.objects.create(queue=queue, after_s=30, required={})
    step.rings.add(team)
    call = world.waiting(queue)
    world.later(29, awake=(lin, omar))
    assert chosen(world) == []
    world.later(1, awake=(lin, omar))
    assert chosen(world) == ["omar"]
    assert Call.objects.get(pk=call.id).enqueued_at == call.enqueued_at


def test_the_agent_of_last_time_is_remembered_as_long_as_the_queue_says(world: World) -> None:
    lin, omar, queue = two(world, sticky_days=7)
    chen = Customer.objects.create(name="陈女士", created_at=world.now)
    world.say(lin, "break", "lunch")
    first = served(world, queue)
    assert first.agent_key == "omar"
    Call.objects.filter(pk=first.call_id).update(customer=chen)
    world.ready(lin)
    world.later(300, awake=(lin, omar))
    again = world.waiting(queue)
    Call.objects.filter(pk=again.id).update(customer=chen)
    [made] = world.assign()
    assert (made.agent_key, made.because["mode"]) == ("omar", "sticky")


def test_a_pair_that_must_not_meet_does_not(world: World) -> None:
    lin, _, queue = two(world)
    chen = uuid4()
    ExcludedPair.objects.create(customer=chen, agent=lin, reason="asked for it", noted_by="user:1", noted_at=world.now)
    customer = Customer.objects.create(pk=chen, name="陈女士", created_at=world.now)
    call = world.waiting(queue)
    Call.objects.filter(pk=call.id).update(customer=customer)
    assert chosen(world) == ["omar"]


def test_a_step_may_not_ask_more_than_the_one_before(world: World) -> None:
    world.skill("billing")
    queue = world.queue(required={"billing": 2})
    with pytest.raises(ValidationError) as refused:
        RelaxationStep(queue=queue, after_s=30, required={"billing": 3}).full_clean()
    assert "asks more than the step before" in str(refused.value)
    RelaxationStep(queue=queue, after_s=30, required={"billing": 1}).full_clean()


def test_a_decision_says_what_removed_each_agent(world: World) -> None:
    lin, omar, queue = two(world, strategy="most_skilled")
    world.say(lin, "break", "lunch")
    world.waiting(queue)
    [made] = world.assign()
    because: dict[str, Any] = Reservation.objects.get(pk=made.id).because
    letters = {first + at: letter for first, run in because["members"] for at, letter in enumerate(run)}
    assert letters == {lin.pk: "k", omar.pk: "."}
