"""One small floor, random acts: whatever people, phones and switches do, the rules hold after every step.

Everyday 25 runs of 30 steps; `ROUTING_RUNS=200 ROUTING_STEPS=50` for the long form.
"""

from __future__ import annotations

import os
from contextlib import suppress
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from callcenter.foundation.errors import Refused
from routing import operations, queries
from routing.callback_queries import callbacks_to_look_after
from routing.invariants import RULES, broken
from routing.models import Agent, Call, Callback, Domain, Reservation
from routing.results import CallView
from routing.silence import Speaker
from routing.states import CALL_TABLE, ENDED_CALL, CallAct, CallState, Verdict
from tests.integration.routing.world import World

RUNS, STEPS = int(os.environ.get("ROUTING_RUNS", "25")), int(os.environ.get("ROUTING_STEPS", "30"))
pick = st.integers(0, 5)


class Floor(RuleBasedStateMachine):
    """Three agents, two queues; the model is what must never change: places, and how calls ended."""

    def __init__(self) -> None:
        super().__init__()
        self.frame = transaction.atomic()
        self.frame.__enter__()
        self.places: dict[UUID, tuple[object, object]] = {}
        self.ended: dict[UUID, CallState] = {}

    def teardown(self) -> None:
        try:
            assert broken(now=self.world.now) == []  # at the end also: state = fold of the events
        finally:
            transaction.set_rollback(True)
            self.frame.__exit__(None, None, None)

    @initialize(mode=st.sampled_from(["none", "time_boxed", "required"]))
    def open_the_floor(self, mode: str) -> None:
        self.world = World(domain=Domain.objects.create(key="main", name="Main"))
        self.agents = [self.world.agent(key) for key in ("lin", "omar", "mei")]
        lin, omar, mei = self.agents
        self.queues = [
            self.world.queue("billing", members=(lin, omar), wrap_up_mode=mode),
            self.world.queue("english", members=(omar, mei), miss_limit=1, agent_silence_s=60, customer_silence_s=20),
        ]
        self.calls: list[UUID] = []

    # --- callers
    @rule(
        queue=st.integers(0, 1),
        head_start=st.sampled_from([0, 0, 90, 300]),
        channel=st.sampled_from(["voice", "voice", "chat", "mail"]),
    )
    def a_caller_comes(self, queue: int, head_start: int, channel: str) -> None:
        self.calls.append(self.world.waiting(self.queues[queue], head_start_s=head_start, channel=channel).id)

    @rule(which=pick)
    def the_caller_leaves(self, which: int) -> None:
        self._act(which, CallAct.HANG_UP, operations.hang_up)

    @rule(which=pick, queue=st.integers(0, 1))
    def the_call_is_transferred(self, which: int, queue: int) -> None:
        self._act(which, CallAct.TRANSFER, operations.transfer_to_queue, queue=self.queues[queue].key)

    @rule(which=pick)
    def the_call_is_taken_back(self, which: int) -> None:
        self._act(which, CallAct.CANCEL, operations.cancel)

    @rule(which=pick, by=st.sampled_from(list(Speaker)))
    def somebody_writes(self, which: int, by: Speaker) -> None:
        if self.calls:
            operations.message(call_id=self.calls[-1 - which % len(self.calls)], by=by, now=self.world.now)

    # --- colleagues
    @rule(which=pick, no=st.integers(0, 2), act=st.sampled_from(["consult", "consult", "transfer_to_agent"]))
    def a_colleague_is_asked(self, which: int, no: int, act: str) -> None:
        call = self._talking(which)
        if call is not None:
            with suppress(Refused):
                getattr(operations, act)(call_id=call, agent_id=self.agents[no].pk, **self._by())

    @rule(which=pick, act=st.sampled_from(["answer", "answer", "join", "hand_over", "end_consult", "hold", "resume"]))
    def the_talk_of_two_agents_goes_on(self, which: int, act: str) -> None:
        call = self._talking(which)
        if call is None:
            return
        beside = queries.guest_of_call(call_id=call)
        with suppress(Refused):
            if act == "answer" and beside is not None:
                operations.bridged(
                    call_id=call, reservation_id=beside.id, agent_id=None, at=self.world.now, **self._by()
                )
            elif act != "answer":
                getattr(operations, act)(call_id=call, **self._by())

    def _talking(self, which: int) -> UUID | None:
        talking = list(Call.objects.filter(state="connected").order_by("pk").values_list("pk", flat=True))
        return talking[which % len(talking)] if talking else None

    # --- callbacks
    @rule(which=pick, number=st.sampled_from(["+8613800138000", "+8613900139000"]), later_s=st.sampled_from([0, 0, 61]))
    def the_caller_asks_to_be_rung_back(self, which: int, number: str, later_s: int) -> None:
        if self.calls:
            at = self.world.now + timedelta(seconds=later_s) if later_s else None
            with suppress(Refused):
                operations.promise_callback(
                    call_id=self.calls[-1 - which % len(self.calls)], number=number, at=at, **self._by()
                )
            self._know_tries()

    @rule()
    def callbacks_are_looked_after(self) -> None:
        due, tried = callbacks_to_look_after(now=self.world.now)
        for one in tried:
            operations.settle_callback(callback_id=one.id, **self._by())
        for one in due:
            assert operations.open_callback(callback_id=one.id, **self._by()).state == "queued"
        self._know_tries()

    @rule(which=pick)
    def a_callback_is_canceled(self, which: int) -> None:
        rows = list(Callback.objects.order_by("-pk")[:6])
        if rows:
            with suppress(Refused):
                operations.cancel_callback(callback_id=rows[which % len(rows)].pk, reason="canceled", **self._by())

    def _know_tries(self) -> None:
        known = set(self.calls)
        self.calls += [
            call for call in Call.objects.filter(direction="callback").values_list("pk", flat=True) if call not in known
        ]

    # --- dispatcher and time
    @rule()
    def the_dispatcher_looks(self) -> None:
        made = self.world.assign()
        served = {held.call_id for held in made}
        for older in Call.objects.filter(state="queued"):
            tried = Reservation.objects.filter(call=older).exists()
            for younger in Call.objects.filter(pk__in=served, queue=older.queue):
                tried = tried or younger.channel != older.channel  # an agent may have room for one and not the other
                assert tried or younger.place_key is None or younger.place_key <= (older.place_key or younger.place_key)

    @rule(seconds=st.sampled_from([1, 5, 11, 26, 61]), awake=st.sets(st.integers(0, 2)))
    def time_passes(self, seconds: int, awake: set[int]) -> None:
        self.world.now += timedelta(seconds=seconds)
        for no in {0, 1, 2} - (awake if seconds == 26 else set()):
            with suppress(Refused):
                self.world.pulse(self.agents[no])
        self.world.sweep()

    # --- agents, by desk and by wire
    @rule(which=pick, act=st.sampled_from(["accept", "declined", "busy", "complete", "extend"]))
    def the_desk_acts(self, which: int, act: str) -> None:
        row = self._reservation(which)
        if row is None:
            return
        who: dict[str, Any] = {"reservation_id": row.pk, "agent_id": row.agent_id, **self._by()}
        with suppress(Refused):
            if act == "accept":
                operations.accept(**who)
            elif act == "complete":
                operations.complete(disposition="solved", **who)
            elif act == "extend":
                operations.extend(**who)
            else:
                operations.reject(reason=act, **who)

    @rule(which=pick, news=st.sampled_from(["bridged", "missed", "unreachable", "ended"]))
    def the_wire_tells(self, which: int, news: str) -> None:
        row = self._reservation(which)
        if row is None:
            return
        leg: dict[str, Any] = {"call_id": row.call_id, "reservation_id": row.pk, **self._by()}
        if news == "bridged":
            operations.bridged(agent_id=row.agent_id, at=self.world.now, **leg)
        elif news == "ended":
            operations.leg_ended(by="agent", **leg)
        else:
            operations.leg_failed(reason=news, **leg)

    @rule(no=st.integers(0, 2), presence=st.sampled_from(["available", "available", "break", "offline", "sign in"]))
    def a_person_says(self, no: int, presence: str) -> None:
        with suppress(Refused):
            if presence == "sign in":
                self.world.sign_in(self.agents[no])
            else:
                self.world.say(self.agents[no], presence, "lunch")

    # --- what must hold
    @invariant()
    def the_rules_hold(self) -> None:
        if not hasattr(self, "world"):
            return
        with connection.cursor() as cursor:
            for name, statement in RULES.items():
                cursor.execute(statement, {"late": self.world.now - timedelta(seconds=2)})
                assert cursor.fetchall() == [], name

    @invariant()
    def nobody_is_rung_without_a_promise(self) -> None:
        waiting = Call.objects.filter(direction="callback", state__in=["queued", "reserved"]).values_list(
            "pk", flat=True
        )
        kept = Callback.objects.filter(state="open").values_list("call", flat=True)
        assert set(waiting) <= set(kept)

    @invariant()
    def places_and_ends_are_for_good(self) -> None:
        for call in Call.objects.all():
            if call.enqueued_at is not None:
                assert self.places.setdefault(call.pk, (call.enqueued_at, call.place_key)) == (
                    call.enqueued_at,
                    call.place_key,
                )
            if call.state in ENDED_CALL:
                assert self.ended.setdefault(call.pk, CallState(call.state)) == call.state

    # --- helpers
    def _by(self) -> dict[str, Any]:
        return {"now": self.world.now, "actor": "machine"}

    def _reservation(self, which: int) -> Reservation | None:
        """One of the newest, ended ones too: late news are half the story."""
        rows = list(Reservation.objects.order_by("-created_at", "-pk")[:6])
        return rows[which % len(rows)] if rows else None

    def _act(self, which: int, act: CallAct, do: Any, **more: Any) -> None:
        """Do it, and compare with the table's cell."""
        if not self.calls:
            return
        call_id = self.calls[-1 - which % len(self.calls)]
        before = queries.call(call_id=call_id)
        cell = CALL_TABLE[before.state][act]
        after: CallView | None = None
        with suppress(Refused):
            after = do(call_id=call_id, **more, **self._by())
        stays = more.get("queue") == before.queue and before.state in {CallState.QUEUED, CallState.RESERVED}
        if cell is Verdict.CONFLICT:
            assert after is None or after == before
        elif stays:
            assert after == before  # what is asked for already holds
        elif isinstance(cell, Verdict):
            assert after == before
        else:
            assert after is not None
            assert after.state in (cell if isinstance(cell, tuple) else (cell,))


def test_one_call_one_agent_world(db: None) -> None:
    assert not Agent.objects.exists()
    run_state_machine_as_test(
        Floor,
        settings=settings(
            max_examples=RUNS,
            stateful_step_count=STEPS,
            deadline=None,
            derandomize="ROUTING_RUNS" not in os.environ,  # the long form looks for what the short one has not seen
            suppress_health_check=list(HealthCheck),
        ),
    )
