"""A colleague beside the talk: asked, brought in, given the caller; and every way in which it comes to nothing."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from django.db import IntegrityError, transaction

from callcenter.foundation.errors import Conflict, Invalid, NotFound
from customers.models import Customer
from routing import operations, queries
from routing.insight import insight
from routing.invariants import broken
from routing.matching import WaitingCall
from routing.models import Agent, Domain, Queue, Reservation
from routing.results import CallView, ReservationView
from routing.roster import roster
from tests.integration.routing.world import World


def by(world: World) -> dict[str, Any]:
    return {"now": world.now, "actor": "test"}


class Talk:
    """Lin talks with a caller of the billing queue; Omar is free in another one."""

    def __init__(self, world: World, channel: str = "voice", talked_s: float = 30) -> None:
        self.world = world
        self.lin, self.omar = world.agent("lin"), world.agent("omar")
        self.queue = world.queue("billing", members=(self.lin,))
        world.queue("retention", members=(self.omar,))
        _, held = world.ringing(self.queue, channel=channel)
        world.accept(held)
        self.call = world.bridge(held) if channel == "voice" else world.call(held)
        self.first = world.held(held)
        self.later(talked_s)

    def later(self, seconds: float) -> None:
        self.world.later(seconds, awake=(self.lin, self.omar))

    def ask(self, agent: Agent | None = None) -> ReservationView:
        return operations.consult(call_id=self.call.id, agent_id=(agent or self.omar).pk, **by(self.world))

    def asked(self) -> ReservationView:
        """Omar has answered: the two talk."""
        guest = self.ask()
        self.world.accept(guest)
        self.world.bridge(guest)
        self.later(5)
        return self.world.held(guest)

    def do(self, what: str) -> CallView:
        done: CallView = getattr(operations, what)(call_id=self.call.id, **by(self.world))
        return done

    def leaves(self, reservation_id: UUID) -> CallView:
        return operations.leg_ended(call_id=self.call.id, reservation_id=reservation_id, by="agent", **by(self.world))

    def shown(self) -> tuple[str, str]:
        """How Lin and Omar stand."""
        return tuple(queries.agent(agent_id=agent.pk).shown.value for agent in (self.lin, self.omar))  # type: ignore[return-value]


@pytest.fixture
def talk(world: World) -> Talk:
    return Talk(world)


@pytest.fixture(autouse=True)
def afterwards(world: World) -> Any:
    """Whatever the story, the rules hold at its end, and the events tell the same."""
    yield
    assert broken(now=world.now) == []


def test_the_caller_is_on_hold_while_omar_is_rung_and_asked(talk: Talk) -> None:
    guest = talk.ask()
    assert (guest.role, guest.state, guest.agent_id) == ("consult", "pending", talk.omar.pk)
    assert talk.world.call(talk.call).held_since == talk.world.now
    assert talk.shown() == ("on_call", "reserved")
    assert talk.ask().id == guest.id  # asking again is asking once
    talk.world.accept(guest)
    call = talk.world.bridge(guest)
    assert (call.state, talk.world.held(guest).connected_at) == ("connected", talk.world.now)
    assert talk.shown() == ("on_call", "on_call")  # consulting is work: nobody else reaches Omar meanwhile
    assert talk.world.told(talk.call)[-4:] == [
        "call.held", "reservation.created", "reservation.accepted", "reservation.connected",
    ]  # fmt: skip


def test_handing_over_swaps_the_agents_in_one_act(talk: Talk) -> None:
    guest = talk.asked()
    call = talk.do("hand_over")
    first, now_first = talk.world.held(talk.first), talk.world.held(guest)
    assert (first.state, now_first.role, now_first.state) == ("wrapping", "primary", "accepted")
    assert (call.state, call.held_since, call.connected_at) == ("connected", None, talk.call.connected_at)
    assert queries.live_reservation_of_call(call_id=call.id) == now_first
    assert talk.shown() == ("wrap_up", "on_call")
    operations.complete(reservation_id=first.id, agent_id=talk.lin.pk, disposition="solved", **by(talk.world))
    assert talk.world.call(call).state == "connected"  # Lin's wrap-up ends nothing of Omar's talk
    talk.world.hang_up(call)
    assert talk.world.held(guest).state == "wrapping"


def test_a_conference_is_left_one_by_one(talk: Talk) -> None:
    guest = talk.asked()
    call = talk.do("join")
    assert (call.held_since, talk.world.held(guest).role) == (None, "conference")
    assert talk.do("join").version == call.version
    talk.leaves(guest.id)
    assert talk.world.held(guest).state == "completed"  # whoever was asked has nothing to write
    assert (talk.world.call(call).state, talk.shown()) == ("connected", ("on_call", "available"))


@pytest.mark.parametrize("together", [False, True])
def test_the_first_agent_hangs_up_and_the_colleague_goes_on(talk: Talk, together: bool) -> None:
    guest = talk.asked()
    if together:
        talk.do("join")
    call = talk.leaves(talk.first.id)
    assert (call.state, call.held_since) == ("connected", None)
    assert talk.world.held(guest).role == "primary"
    assert talk.shown() == ("wrap_up", "on_call")


def test_taking_the_caller_back_lets_omar_go(talk: Talk) -> None:
    guest = talk.asked()
    call = talk.do("end_consult")
    assert (call.state, call.held_since, talk.world.held(guest).state) == ("connected", None, "completed")
    assert queries.agent(agent_id=talk.omar.pk).idle_since == talk.world.now  # the idle clock starts after the work
    assert talk.do("end_consult").version == call.version


@pytest.mark.parametrize(
    ("how", "state", "reason", "blamed"),
    [("declined", "rejected", "declined", 0), ("nobody", "timeout", "missed", 1), ("taken back", "rescinded", "taken_back", 0)],
)  # fmt: skip
def test_omar_does_not_come_and_the_caller_is_kept(talk: Talk, how: str, state: str, reason: str, blamed: int) -> None:
    guest = talk.ask()
    if how == "declined":
        operations.reject(reservation_id=guest.id, agent_id=talk.omar.pk, reason="declined", **by(talk.world))
    elif how == "nobody":
        talk.later(26)
        assert talk.world.sweep().missed == 1
    else:
        talk.do("end_consult")
    ended = talk.world.held(guest)
    assert (ended.state, ended.end_reason) == (state, reason)
    assert queries.agent(agent_id=talk.omar.pk).missed_in_row == blamed
    call = talk.world.call(talk.call)
    assert (call.state, call.held_since is None) == ("connected", how == "taken back")


def test_the_caller_leaves_while_two_agents_talk(talk: Talk) -> None:
    guest = talk.asked()
    call = talk.world.hang_up(talk.call)
    assert (call.state, talk.world.held(guest).state) == ("wrapping", "completed")
    assert talk.shown() == ("wrap_up", "available")


def test_the_caller_leaves_while_omar_is_rung(talk: Talk) -> None:
    guest = talk.ask()
    talk.world.hang_up(talk.call)
    ended = talk.world.held(guest)
    assert (ended.state, ended.end_reason) == ("canceled", "caller_left")
    assert queries.agent(agent_id=talk.omar.pk).missed_in_row == 0


def test_a_blind_transfer_ends_the_asking(talk: Talk) -> None:
    guest = talk.asked()
    call = operations.transfer_to_queue(call_id=talk.call.id, queue="retention", **by(talk.world))
    assert (call.state, talk.world.held(guest).state) == ("queued", "completed")


def test_a_talk_of_no_time_is_undone_with_nobody_left_beside(world: World) -> None:
    talk = Talk(world, talked_s=1)
    guest = talk.ask()
    call = talk.leaves(talk.first.id)  # Lin dropped the caller within a second
    assert (call.state, call.held_since, world.held(guest).state) == ("queued", None, "rescinded")


def test_what_comes_too_early_or_twice_is_refused(talk: Talk) -> None:
    for what in ("join", "hand_over"):
        with pytest.raises(Conflict) as refused:
            talk.do(what)
        assert refused.value.code == "consult_not_answered"
    talk.ask()
    with pytest.raises(Conflict) as refused:
        talk.do("hand_over")
    assert refused.value.code == "consult_not_answered"
    mei = talk.world.agent("mei")
    with pytest.raises(Conflict) as refused:
        talk.ask(mei)
    assert refused.value.code == "consult_open"
    with pytest.raises(Conflict) as refused:
        talk.do("resume")  # the caller would hear what is said between the two
    assert refused.value.code == "consult_open"


def test_only_a_free_colleague_of_the_house_is_asked(talk: Talk) -> None:
    with pytest.raises(Invalid):
        talk.ask(talk.lin)
    talk.world.say(talk.omar, "break", "lunch")
    with pytest.raises(Conflict) as refused:
        talk.ask()
    assert (refused.value.code, refused.value.facts["reason"]) == ("agent_not_free", "break")
    far = Agent.objects.create(domain=Domain.objects.create(key="far", name="Far"), key="far", name_en="", name_zh="")
    with pytest.raises(NotFound):
        talk.ask(far)
    waiting = talk.world.waiting(talk.queue)
    with pytest.raises(Conflict):
        operations.consult(call_id=waiting.id, agent_id=talk.omar.pk, **by(talk.world))


def test_the_database_keeps_one_guest_a_call(talk: Talk) -> None:
    guest = Reservation.objects.get(pk=talk.ask().id)
    mei = talk.world.agent("mei")
    with pytest.raises(IntegrityError, match="one_guest_per_call"), transaction.atomic():
        Reservation.objects.create(
            domain=guest.domain, call=guest.call, agent=mei, role="consult", created_at=talk.world.now,
            expires_at=talk.world.now,
        )  # fmt: skip
    with pytest.raises(IntegrityError, match="conference_after_the_answer"), transaction.atomic():
        Reservation.objects.filter(pk=guest.pk).update(role="conference")


def test_a_chat_is_discussed_without_a_switch(world: World) -> None:
    talk = Talk(world, channel="chat")
    guest = talk.ask()
    assert world.call(talk.call).held_since is None  # who writes does not hear silence
    world.accept(guest)
    assert world.held(guest).connected_at is not None
    assert talk.do("hand_over").state == "connected"
    assert world.held(guest).role == "primary"


# --- to a named agent, unasked --------------------------------------------------------------------------------------
def test_a_caller_sent_to_omar_is_rung_there_and_falls_back_to_the_old_place(talk: Talk) -> None:
    place = talk.call.place_key
    call = operations.transfer_to_agent(call_id=talk.call.id, agent_id=talk.omar.pk, **by(talk.world))
    held = queries.live_reservation_of_call(call_id=call.id)
    assert held is not None
    assert (call.state, held.agent_id, held.role, talk.world.held(talk.first).state) == (
        "reserved", talk.omar.pk, "primary", "wrapping",
    )  # fmt: skip
    talk.later(26)
    talk.world.sweep()
    call = talk.world.call(call)
    assert (call.state, call.queue, call.place_key) == ("queued", "billing", place)


def test_a_caller_sent_to_omar_is_answered(talk: Talk) -> None:
    operations.transfer_to_agent(call_id=talk.call.id, agent_id=talk.omar.pk, **by(talk.world))
    held = queries.live_reservation_of_call(call_id=talk.call.id)
    assert held is not None
    talk.world.accept(held)
    assert talk.world.bridge(held).state == "connected"
    assert talk.shown() == ("wrap_up", "on_call")


def test_the_right_to_see_the_customer_lasts_as_long_as_the_asking(world: World) -> None:
    talk = Talk(world)
    customer = Customer.objects.create(kind="individual", created_at=world.now)
    operations.relink_customer(call_id=talk.call.id, customer_id=customer.pk, match_basis="chosen", **by(world))

    def may() -> object:
        return queries.serves(agent_id=talk.omar.pk, customer_id=customer.pk, now=world.now)

    assert may() is None
    talk.asked()
    assert may() == talk.call.id
    talk.do("end_consult")
    assert may() is None


def test_asking_counts_as_occupancy(talk: Talk) -> None:
    talk.asked()
    talk.later(600)
    world = talk.world
    Queue.objects.filter(key="retention").update(strategy="least_occupied")
    waiting = world.waiting(Queue.objects.get(key="retention"))
    domain = Domain.objects.get(pk=world.domain.pk)
    known = roster(domain_id=domain.pk, version=domain.roster_version)
    line = [WaitingCall(waiting.id, Queue.objects.get(key="retention").pk, "voice", world.now, world.now, 1, [], [])]
    found = insight(roster=known, waiting=line, now=world.now)
    assert found is not None
    assert found.agents[talk.omar.pk].occupancy > 0.9
