"""Who is brought together with whom, and why."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from django.db import connection, transaction

from callcenter.foundation import wakeups
from callcenter.foundation.errors import Conflict, Invalid
from routing import operations, queries
from routing.facts import CallerFacts
from routing.in_line import InLine, in_line
from routing.models import AgentSkill, Call, Domain, Queue, Reservation
from tests.integration.routing.world import World


# --- arriving -------------------------------------------------------------------------------------------------------
def test_a_repeated_arrival_is_the_same_call(world: World) -> None:
    first = world.arrive(external_id="sip-1")
    assert world.arrive(external_id="sip-1") == first
    assert world.told(first) == ["call.arrived"]
    assert world.arrive(external_id="sip-1", source="other trunk").id != first.id


def test_one_id_for_two_calls_is_refused(world: World) -> None:
    world.arrive(external_id="sip-1")
    with pytest.raises(Invalid) as refused:
        world.arrive(external_id="sip-1", channel="chat")
    assert (refused.value.code, refused.value.facts["field"]) == ("external_id_reused", "/channel")


def test_an_unknown_domain_or_queue_is_named(world: World) -> None:
    call = world.arrive()
    with pytest.raises(Invalid) as refused:
        operations.enqueue(call_id=call.id, queue="nowhere", head_start_s=0, facts=None, now=world.now, actor="switch")
    assert (refused.value.code, refused.value.facts["field"]) == ("unknown_queue", "/queue")
    assert world.call(call) == call


def test_queueing_twice_keeps_place_and_version(world: World) -> None:
    queue = world.queue()
    call = world.waiting(queue)
    world.later(30)
    again = operations.enqueue(
        call_id=call.id, queue=queue.key, head_start_s=900, facts=CallerFacts(), now=world.now, actor="switch"
    )
    assert (again.place_key, again.version) == (call.place_key, call.version)


def test_asking_again_does_not_take_the_agent_away(world: World) -> None:
    queue = world.queue(members=(world.agent("lin"),))
    call, held = world.ringing(queue)
    again = operations.enqueue(
        call_id=call.id, queue=queue.key, head_start_s=0, facts=None, now=world.now, actor="switch"
    )
    assert again.state == "reserved"
    assert world.held(held).state == "pending"


# --- order ----------------------------------------------------------------------------------------------------------
def test_position_counts_those_ahead_in_the_same_queue(world: World) -> None:
    queue, other = world.queue(), world.queue("other")
    first = world.waiting(queue)
    world.waiting(other)
    world.later(10)
    second = world.waiting(queue)
    vip = world.waiting(queue, head_start_s=300)
    assert [in_line(call=call, now=world.now).position for call in (vip, first, second)] == [1, 2, 3]
    assert in_line(call=world.arrive(), now=world.now) == InLine()
    call, _ = world.ringing(world.queue("third", members=(world.agent("lin"),)))
    assert in_line(call=call, now=world.now) == InLine()


def test_flood_of_vips_never_starves_the_first_caller(world: World) -> None:
    """VIPs arrive without end; whoever came first is passed only by those of the first 300 seconds."""
    lin = world.agent("lin")
    queue = world.queue(members=(lin,), wrap_up_mode="none")
    plain = world.waiting(queue)
    served: list[UUID] = []
    for _ in range(40):
        world.later(20, awake=(lin,))
        world.waiting(queue, head_start_s=300)
        [held] = world.assign()
        served.append(held.call_id)
        world.accept(held)
        world.bridge(held)
        world.hang_up(held)
    assert served.index(plain.id) == 14  # VIPs of the seconds 20 … 280; the one of 300 s stands level, and came later
    assert world.call(plain).state == "completed"


def test_the_head_start_of_the_queue_counts_too(world: World) -> None:
    call = world.waiting(world.queue(head_start_s=60), head_start_s=90)
    assert call.enqueued_at
    assert (call.head_start_s, call.place_key) == (150, call.enqueued_at - timedelta(seconds=150))


def test_only_this_call_never_overtakes(world: World) -> None:
    queue = world.queue(members=(world.agent("lin"),))
    world.waiting(queue)
    world.later(1)
    second = world.waiting(queue)
    assert world.assign(only_call=second.id) == []
    assert world.call(second).state == "queued"


def test_only_this_call_is_served_past_those_whom_nobody_can_serve(world: World) -> None:
    world.waiting(world.queue("chinese only", required={"mandarin": 5}))
    mine = world.waiting(world.queue(members=(world.agent("lin"),)))
    [held] = world.assign(only_call=mine.id)
    assert held.call_id == mine.id


@pytest.mark.parametrize("another", [False, True])
def test_the_dispatcher_is_woken_only_where_somebody_still_waits(world: World, another: bool) -> None:
    if another:
        world.waiting(world.queue("chinese only", required={"mandarin": 5}))
    queue = world.queue(members=(world.agent("lin"),))
    with transaction.atomic():
        mine = world.waiting(queue)
        asked = [later for _, later, *_ in connection.run_on_commit]
        assert wakeups.wake_dispatcher in asked
        assert world.assign(only_call=mine.id)
        asked = [later for _, later, *_ in connection.run_on_commit]
    assert (wakeups.wake_dispatcher in asked) is another
    assert wakeups.wake_relay in asked


def test_unservable_class_hides_nobody(world: World) -> None:
    world.skill("mandarin")
    lin = world.agent("lin")
    rare = world.queue("rare", members=(lin,), required={"mandarin": 4})
    Call.objects.bulk_create(
        Call(
            id=uuid4(), domain=world.domain, source="t", external_id=f"r{no}", queue=rare, state="queued",
            arrived_at=world.now, enqueued_at=world.now, place_key=world.now,
        )
        for no in range(300)
    )  # fmt: skip
    world.later(60, awake=(lin,))
    mine = world.waiting(world.queue(members=(lin,)))
    [held] = world.assign()
    assert held.call_id == mine.id


# --- skills and rosters ---------------------------------------------------------------------------------------------
def test_required_skills_are_never_traded_for_waiting(world: World) -> None:
    lin, omar = world.agent("lin", skills={"english": 2}), world.agent("omar", skills={"english": 4})
    queue = world.queue(members=(lin, omar), required={"english": 3})
    world.later(500, awake=(lin, omar))
    _, held = world.ringing(queue)
    assert held.agent_key == "omar"
    assert held.because["removed"] == {"lacks_skill": 1}


def test_a_new_skill_counts_at_once(world: World) -> None:
    lin = world.agent("lin")
    english = world.skill("english")
    queue = world.queue(members=(lin,), required={"english": 1})
    call = world.waiting(queue)
    assert world.assign() == []
    AgentSkill.objects.bulk_create([AgentSkill(agent=lin, skill=english, level=3)])
    assert [held.call_id for held in world.assign()] == [call.id]


def test_a_change_of_queue_or_members_counts_at_once(world: World) -> None:
    lin = world.agent("lin")
    queue = world.queue(members=())
    world.waiting(queue)
    assert world.assign() == []
    before = Domain.objects.get().roster_version
    queue.members.add(lin)
    assert Domain.objects.get().roster_version > before
    Queue.objects.filter(pk=queue.pk).update(ring_s=7)
    [held] = world.assign()
    assert (held.ring_s, held.expires_at) == (7, world.now + timedelta(seconds=12))


def test_an_agent_of_another_domain_never_meets_the_caller(world: World) -> None:
    elsewhere = World(domain=Domain.objects.create(key="other", name="Other"), now=world.now)
    stranger = elsewhere.agent("stranger")
    queue = world.queue(members=(stranger,))
    world.waiting(queue)
    assert world.assign() == []


# --- without an arrival ---------------------------------------------------------------------------------------------
def test_agent_signing_in_is_matched_without_arrival(world: World) -> None:
    lin = world.agent("lin", available=False)
    call = world.waiting(world.queue(members=(lin,)))
    assert world.assign() == []
    world.sign_in(lin)
    assert world.assign() == []  # signed in is not yet available: only the agent says so
    world.ready(lin)
    assert [held.call_id for held in world.assign()] == [call.id]


def test_nobody_but_the_person_makes_an_agent_available(world: World) -> None:
    lin = world.agent("lin", available=False)
    world.sign_in(lin)
    operations.device_report(agent_id=lin.pk, device="idle", at=world.now, now=world.now, actor="switch")
    world.pulse(lin)
    world.sweep()
    assert queries.agent(agent_id=lin.pk).presence == "break"
    world.say(lin, "offline")
    with pytest.raises(Conflict):
        world.ready(lin)


# --- why ------------------------------------------------------------------------------------------------------------
def test_the_decision_explains_itself(world: World) -> None:
    lin, omar, mei = world.agent("lin"), world.agent("omar"), world.agent("mei")
    world.agent("asleep", available=False)
    queue = world.queue(members=(lin, omar, mei))
    world.say(mei, "break", "lunch")
    world.later(100, awake=(lin, omar))
    call = world.waiting(queue)
    world.later(5, awake=(lin, omar))
    [held] = world.assign()
    assert held.because == {
        "rule": "longest_idle",
        "mode": "rules",
        "queue": "billing",
        "version": 0,
        "roster": Domain.objects.get().roster_version,
        "considered": 4,
        "eligible": 2,
        "removed": {"break": 1, "not_a_member": 1},
        "waiting": 1,
        "waited_s": 5.0,
        "step": 0,
        "members": [[lin.pk, "..k"]],
        "chosen": {"agent": lin.pk, "idle_s": 105.0, "score": 105.0},
        "runner_up": {"agent": omar.pk, "idle_s": 105.0, "score": 105.0},
    }
    assert call.id == held.call_id


def test_many_at_once_in_one_statement(world: World) -> None:
    agents = [world.agent(f"a{no:02}") for no in range(20)]
    queue = world.queue(members=tuple(agents))
    calls = [world.waiting(queue) for _ in range(30)]
    made = world.assign()
    assert len(made) == 20 == len({held.agent_id for held in made})
    served = {held.call_id for held in made}
    by_place = sorted(calls, key=lambda call: (call.place_key, call.enqueued_at, call.id))
    assert served == {call.id for call in by_place[:20]}
    assert all(world.told(held)[-2:] == ["reservation.created", "call.reserved"] for held in made)
    assert world.assign() == []
    assert Reservation.objects.count() == 20


def test_the_line_of_each_queue(world: World) -> None:
    lin, omar = world.agent("lin"), world.agent("omar")
    queue = world.queue(members=(lin, omar))
    world.queue("quiet", members=(omar,))
    world.talking(queue)
    world.waiting(world.queue("lonely"))
    world.later(30, awake=(lin, omar))
    line = {row.queue: row for row in queries.queue_line(domain="main", now=world.now)}
    assert (line["lonely"].waiting, line["lonely"].longest_wait_s, line["lonely"].free) == (1, 30.0, 0)
    assert (line["billing"].waiting, line["billing"].longest_wait_s, line["billing"].free) == (0, None, 1)
