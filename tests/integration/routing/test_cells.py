"""Every cell of the state tables, walked on real rows: the state that follows, or a refusal that changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from callcenter.foundation.errors import Conflict, Gone
from routing import operations, queries
from routing.invariants import broken
from routing.models import Agent, Call, Queue, Reservation
from routing.results import CallView, ReservationView
from routing.states import (
    CALL_TABLE,
    LIVE_RESERVATION,
    PRESENCE_TABLE,
    RESERVATION_TABLE,
    CallAct,
    CallState,
    Held,
    Presence,
    PresenceAct,
    ReservationAct,
    ReservationState,
    Standing,
    Verdict,
)
from tests.integration.routing.world import World


class Scene:
    """Lin alone on the floor, and one caller brought into any state."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.lin: Agent = world.agent("lin")
        self.billing: Queue = world.queue("billing", members=(self.lin,))
        self.second: Queue = world.queue("second")
        self.held: ReservationView | None = None

    def call_in(self, state: CallState) -> CallView:
        make: dict[CallState, Callable[[], CallView]] = {
            CallState.ARRIVED: self.world.arrive,
            CallState.QUEUED: self._declined,
            CallState.RESERVED: self._rung,
            CallState.CONNECTED: self._talking,
            CallState.WRAPPING: lambda: self.world.hang_up(self._talking()),
            CallState.COMPLETED: self._completed,
            CallState.ABANDONED: lambda: self.world.hang_up(self._rung()),
            CallState.DIVERTED: lambda: operations.divert(call_id=self._rung().id, reason="closed", **self.by),
            CallState.FAILED: lambda: operations.fail(call_id=self._rung().id, reason="ghost", **self.by),
            CallState.CANCELED: lambda: operations.cancel(call_id=self._rung().id, **self.by),
        }
        call = make[state]()
        assert call.state == state
        return call

    @property
    def by(self) -> dict[str, Any]:
        return {"now": self.world.now, "actor": "test"}

    def _rung(self) -> CallView:
        call, self.held = self.world.ringing(self.billing)
        return call

    def _declined(self) -> CallView:
        call = self._rung()
        assert self.held
        operations.reject(reservation_id=self.held.id, agent_id=self.lin.pk, reason="declined", **self.by)
        return self.world.call(call)

    def _talking(self) -> CallView:
        call, self.held = self.world.talking(self.billing)
        self.world.later(10, awake=(self.lin,))
        return call

    def _completed(self) -> CallView:
        call = self.world.hang_up(self._talking())
        assert self.held
        operations.complete(reservation_id=self.held.id, agent_id=self.lin.pk, disposition="solved", **self.by)
        return self.world.call(call)


@pytest.fixture
def scene(world: World) -> Scene:
    return Scene(world)


# --- the call -------------------------------------------------------------------------------------------------------
def _act_on_call(scene: Scene, call: CallView, act: CallAct) -> None:  # noqa: C901  a table, one line per act
    held = scene.held.id if scene.held else None
    by = scene.by
    match act:
        case CallAct.ENQUEUE:
            operations.enqueue(call_id=call.id, queue="second", head_start_s=0, facts=None, **by)
        case CallAct.RESERVE:
            scene.world.assign()
        case CallAct.RELEASE:
            operations.leg_failed(call_id=call.id, reservation_id=held, reason="missed", **by)
        case CallAct.BRIDGE:
            lin, at = scene.lin.pk, scene.world.now
            operations.bridged(call_id=call.id, reservation_id=held, agent_id=lin, at=at, **by)
        case CallAct.HANG_UP:
            operations.hang_up(call_id=call.id, **by)
        case CallAct.AGENT_LEG_ENDS:
            if call.state == CallState.RESERVED and scene.held:
                scene.world.accept(scene.held)
            operations.leg_ended(call_id=call.id, reservation_id=held, by="agent", **by)
        case CallAct.TRANSFER:
            operations.transfer_to_queue(call_id=call.id, queue="second", **by)
        case CallAct.HAND_TO:
            operations.transfer_to_agent(call_id=call.id, agent_id=scene.world.agent("omar").pk, **by)
        case CallAct.CONSULT:
            operations.consult(call_id=call.id, agent_id=scene.world.agent("omar").pk, **by)
        case CallAct.DIVERT:
            operations.divert(call_id=call.id, reason="overflow", **by)
        case CallAct.FAIL:
            operations.fail(call_id=call.id, reason="ghost", **by)
        case CallAct.CANCEL:
            operations.cancel(call_id=call.id, **by)
        case CallAct.DIAL:
            Call.objects.filter(pk=call.id).update(direction="out")
            operations.dial_out(call_id=call.id, agent_id=scene.lin.pk, **by)
        case CallAct.WRAP_UP:
            assert held
            operations.complete(reservation_id=held, agent_id=scene.lin.pk, disposition="solved", **by)


def _refusal(act: Callable[[], None]) -> Conflict | Gone | None:
    try:
        act()
    except (Conflict, Gone) as error:
        return error
    return None


# Cells that no one could ask of this scene: a call never offered has nothing to wrap up, and whoever works or does not
# respond is not rung.
UNASKABLE = {
    (CallState.ARRIVED, CallAct.WRAP_UP),
    (Standing.WORKING, PresenceAct.MISS_LIMIT),
    (Standing.NOT_RESPONDING, PresenceAct.MISS_LIMIT),
}


def _cells(table: Any) -> list[tuple[Any, Any, Any]]:
    return [
        pytest.param(state, act, cell, id=f"{state}-{act}")
        for state, acts in table.items()
        for act, cell in acts.items()
        if cell is not Verdict.NEVER and (state, act) not in UNASKABLE
    ]


@pytest.mark.parametrize(("state", "act", "cell"), _cells(CALL_TABLE))
def test_each_cell_of_a_call(scene: Scene, state: CallState, act: CallAct, cell: Any) -> None:
    call = scene.call_in(state)
    if act == CallAct.RESERVE and state == CallState.QUEUED:
        scene.world.later(61, awake=(scene.lin,))
    refusal = _refusal(lambda: _act_on_call(scene, call, act))
    refused = refusal is not None
    after = replace(scene.world.call(call), direction=call.direction)
    already = act == CallAct.CANCEL and state == CallState.CANCELED
    already = already or (act == CallAct.DIVERT and state == CallState.DIVERTED)
    if cell is Verdict.CONFLICT and act == CallAct.RESERVE:
        assert after == call  # asked of the floor, not of the call: it is simply not chosen
    elif cell is Verdict.CONFLICT:
        assert refused is not already
        assert refusal is None or refusal.facts["version"]
        assert after == call
    elif cell is Verdict.WIRE_RULE:
        assert after.state == CallState.CONNECTED
    elif isinstance(cell, Verdict):
        assert not refused
        assert after == call
    else:
        assert not refused
        assert after.state in (cell if isinstance(cell, tuple) else (cell,))
        assert after.version > call.version
    if after.enqueued_at and call.enqueued_at:
        assert (after.enqueued_at, after.place_key) == (call.enqueued_at, call.place_key)
    assert broken(now=scene.world.now) == []


# --- the reservation ------------------------------------------------------------------------------------------------
def _held_in(scene: Scene, row: Held) -> ReservationView:
    state = {
        Held.PENDING: CallState.RESERVED,
        Held.ACCEPTED: CallState.RESERVED,
        Held.BRIDGED: CallState.CONNECTED,
        Held.WRAPPING: CallState.WRAPPING,
        Held.ENDED: CallState.COMPLETED,
    }[row]
    scene.call_in(state)
    assert scene.held
    return scene.world.accept(scene.held) if row == Held.ACCEPTED else scene.world.held(scene.held)


def _act_on_reservation(scene: Scene, held: ReservationView, act: ReservationAct) -> None:  # noqa: C901  likewise
    who: dict[str, Any] = {"reservation_id": held.id, "agent_id": scene.lin.pk, **scene.by}
    match act:
        case ReservationAct.ACCEPT:
            operations.accept(**who)
        case ReservationAct.REJECT:
            operations.reject(reason="busy", **who)
        case ReservationAct.TIME_UP:
            scene.world.later(200, awake=(scene.lin,))
            scene.world.sweep()
        case ReservationAct.RESCIND:
            if scene.world.call(held).state == CallState.RESERVED:
                operations.enqueue(call_id=held.call_id, queue="second", head_start_s=0, facts=None, **scene.by)
            else:
                operations.leg_failed(call_id=held.call_id, reservation_id=held.id, reason="failed", **scene.by)
        case ReservationAct.CALLER_GONE:
            scene.world.hang_up(held)
        case ReservationAct.BRIDGE:
            scene.world.bridge(held)
        case ReservationAct.TALK_ENDS:
            operations.leg_ended(call_id=held.call_id, reservation_id=held.id, by="agent", **scene.by)
        case ReservationAct.COMPLETE:
            operations.complete(disposition="solved", **who)
        case ReservationAct.EXTEND:
            operations.extend(**who)


@pytest.mark.parametrize(("row", "act", "cell"), _cells(RESERVATION_TABLE))
def test_each_cell_of_a_reservation(scene: Scene, row: Held, act: ReservationAct, cell: Any) -> None:
    held = _held_in(scene, row)
    refused = _refusal(lambda: _act_on_reservation(scene, held, act))
    after = scene.world.held(held)
    command = act in {
        ReservationAct.ACCEPT,
        ReservationAct.REJECT,
        ReservationAct.COMPLETE,
        ReservationAct.EXTEND,
    }
    if isinstance(cell, Verdict):
        # An event that cannot be is only kept; a command is refused with what an honest client needs.
        assert (refused is not None) == (command and cell in {Verdict.CONFLICT, Verdict.GONE})
        assert after == held
    else:
        assert refused is None
        assert after.state in (cell if isinstance(cell, tuple) else (cell,))
    assert broken(now=scene.world.now) == []


def test_late_accept_is_gone(scene: Scene) -> None:
    held = _held_in(scene, Held.PENDING)
    scene.world.later(26, awake=(scene.lin,))
    with pytest.raises(Gone) as before_the_sweep:
        scene.world.accept(held)
    assert before_the_sweep.value.facts["state"] == "pending"
    scene.world.sweep()
    with pytest.raises(Gone) as after_it:
        scene.world.accept(held)
    assert after_it.value.facts == {"state": "timeout", "end_reason": "missed", "version": 2}


# --- the person -----------------------------------------------------------------------------------------------------
def _stand(scene: Scene, row: Standing) -> None:
    world, lin = scene.world, scene.lin
    match row:
        case Standing.OFFLINE:
            world.say(lin, "offline")
        case Standing.BREAK:
            world.say(lin, "break", "lunch")
        case Standing.WORKING:
            scene.call_in(CallState.CONNECTED)
        case Standing.NOT_RESPONDING:
            for _ in range(2):
                world.hang_up(_missed(scene))
        case Standing.FREE:
            pass


def _missed(scene: Scene) -> CallView:
    call, _ = scene.world.ringing(scene.billing)
    scene.world.later(26, awake=(scene.lin,))
    scene.world.sweep()
    return call


def _act_on_person(scene: Scene, act: PresenceAct) -> None:
    world, lin = scene.world, scene.lin
    match act:
        case PresenceAct.SIGN_IN:
            world.sign_in(lin)
        case PresenceAct.AVAILABLE:
            world.ready(lin)
        case PresenceAct.BREAK:
            world.say(lin, "break", "training")
        case PresenceAct.SIGN_OUT:
            world.say(lin, "offline")
        case PresenceAct.LEASE_LOST:
            world.later(16)
            world.sweep()
        case PresenceAct.MISS_LIMIT:
            for _ in range(2):
                world.hang_up(_missed(scene))


@pytest.mark.parametrize(("row", "act", "cell"), _cells(PRESENCE_TABLE))
def test_each_cell_of_presence(scene: Scene, row: Standing, act: PresenceAct, cell: Any) -> None:
    _stand(scene, row)
    before = queries.agent(agent_id=scene.lin.pk)
    refusal = _refusal(lambda: _act_on_person(scene, act))
    after = queries.agent(agent_id=scene.lin.pk)
    assert (refusal.code if refusal else None) == ("not_signed_in" if cell is Verdict.CONFLICT else None)
    if cell is Verdict.DEFER:
        wanted = {PresenceAct.BREAK: Presence.BREAK}.get(act, Presence.OFFLINE)
        assert (after.presence, after.pending_presence) == (before.presence, wanted)
    elif isinstance(cell, Presence):
        assert (after.presence, after.pending_presence) == (cell, "")
    else:
        assert (after.presence, after.version) == (before.presence, before.version)
    assert [row for row in broken(now=scene.world.now) if "lease" not in row.rule] == []


# --- what the database itself refuses -------------------------------------------------------------------------------
def test_the_database_refuses_a_second_agent_for_a_call_and_a_second_call_for_an_agent(scene: Scene) -> None:
    """By an index that refuses, or, for a ring, by a guard that lets it drop out."""
    from django.db import IntegrityError, transaction

    held = Reservation.objects.get(pk=_held_in(scene, Held.PENDING).id)
    omar, other = scene.world.agent("omar"), scene.world.arrive()
    for changed in ({"agent_id": omar.pk}, {"call_id": other.id}):
        copy = Reservation.objects.get(pk=held.pk)
        for name, value in changed.items():
            setattr(copy, name, value)
        copy.pk = None
        copy.id = other.id
        with suppress(IntegrityError), transaction.atomic():
            copy.save(force_insert=True)
        assert [one.pk for one in Reservation.objects.filter(state__in=LIVE_RESERVATION)] == [held.pk]


def test_the_place_is_written_once(scene: Scene) -> None:
    from django.db import IntegrityError, transaction

    from routing.models import Call

    call = scene.call_in(CallState.QUEUED)
    with pytest.raises(IntegrityError, match="written once"), transaction.atomic():
        Call.objects.filter(pk=call.id).update(enqueued_at=scene.world.now + timedelta(seconds=1))


def test_reservation_states_of_the_end_are_all_reached(scene: Scene) -> None:
    """The table's one row `ended` stands for five states; none of them takes a command again, except alike."""
    for state in (ReservationState.TIMEOUT, ReservationState.CANCELED):
        call, held = scene.world.ringing(scene.billing)
        if state == ReservationState.TIMEOUT:
            scene.world.later(26, awake=(scene.lin,))
            scene.world.sweep()
        scene.world.hang_up(call)
        assert scene.world.held(held).state == state
        with pytest.raises((Conflict, Gone)):
            scene.world.accept(held)
        with pytest.raises(Conflict):
            operations.complete(reservation_id=held.id, agent_id=scene.lin.pk, disposition="x", **scene.by)
