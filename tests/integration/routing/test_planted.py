"""Fourteen bugs, each planted into the running code, and the test that catches it. docs/planted-bugs.md lists them.

A test that stays green with its bug in place guards nothing: here it must fail.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any, NamedTuple

import pytest
from django.db import connection
from hypothesis import Phase, settings

from routing.journal import Journal
from routing.matching import decision, lanes, pairing
from routing.operations import assignment, endings, silences, wire
from routing.service_clock import NO_ANSWER, NoAnswer
from routing.states import HOLDING_RESERVATION
from tests.integration.routing import (
    test_assignment,
    test_capacity,
    test_consulting,
    test_leases,
    test_silences,
    test_wire_rule,
    test_wrap_up,
)
from tests.integration.routing.test_consulting import Talk
from tests.integration.routing.world import World
from tests.unit.routing import test_lanes, test_matching, test_service_clock, test_strategies

Plant = Callable[[pytest.MonkeyPatch], None]


class Bug(NamedTuple):
    """What is wrong with it, how it is planted, and the test that must fail."""

    name: str
    plant: Plant
    caught_by: Callable[[World], Any]


def _set(target: object, name: str, value: object) -> Plant:
    return lambda patch: patch.setattr(target, name, value)


def _run(statement: str) -> Plant:
    def plant(_: pytest.MonkeyPatch) -> None:
        with connection.cursor() as cursor:
            cursor.execute(statement)

    return plant


def _young_first(calls: Any, floor: Any) -> list[Any]:
    return sorted(calls, key=lambda call: call.place, reverse=True)


_back_to_queue = endings.back_to_queue


def _at_the_end(journal: Journal, call: Any, **more: Any) -> None:
    call.place_key = journal.now
    _back_to_queue(journal, call, **more)


def _more_time(*, patience: Any, spoke_by: Any, at: Any, **_: Any) -> Any:
    return at + timedelta(seconds=patience.agent_s)


_assign = pairing._assign


def _whoever_is_worth_most(able: Any, agents: Any, score: Any, forced: Any) -> Any:
    return _assign(able, agents, score, set())


def _late_answer(world: World) -> None:
    lin = world.agent("lin")
    call, held = world.ringing(world.queue("billing", members=(lin,)))
    world.later(26, awake=(lin,))
    world.sweep()
    test_wire_rule.test_a_late_answer_is_reinstated(world, lin, (world.call(call), held))


def _two_chats(world: World) -> None:
    lin = world.agent("lin")
    test_capacity.test_two_chats_at_one_desk_ring_and_end_apart(world, lin, world.queue("billing", members=(lin,)))


def _fits(world: World) -> None:
    lin = world.agent("lin")
    test_capacity.test_the_database_itself_refuses_what_does_not_fit(world, lin, world.queue("billing", members=(lin,)))


BUGS = (
    Bug(
        "a call nobody answered goes to the end of the line",
        _set(endings, "back_to_queue", _at_the_end),
        lambda world: test_consulting.test_a_caller_sent_to_omar_is_rung_there_and_falls_back_to_the_old_place(
            Talk(world)
        ),
    ),
    Bug(
        "a busy phone is blamed on its agent",
        lambda patch: patch.setitem(NO_ANSWER, "busy", NoAnswer(blamed=True)),
        lambda _: test_service_clock.test_only_a_miss_is_blamed(),
    ),
    Bug(
        "the newest caller is served first",
        _set(decision, "in_order", _young_first),
        lambda _: test_matching.test_fifo_inversions_zero(),
    ),
    Bug(
        "pairing may overtake a caller without end",
        _set(pairing, "_assign", _whoever_is_worth_most),
        lambda _: test_strategies.test_nobody_is_overtaken_more_than_ten_times(),
    ),
    Bug(
        "the emergency lane has no cap",
        _set(lanes.Lane, "room", property(lambda _: 10**9)),
        lambda _: test_lanes.test_emergency_cap(),
    ),
    Bug(
        "required skills are not asked for",
        lambda patch: patch.setattr("routing.people.People.able", lambda _, members, required: frozenset(members)),
        test_assignment.test_required_skills_are_never_traded_for_waiting,
    ),
    Bug(
        "a dispatcher that was replaced goes on writing",
        _set(assignment, "COMMIT", assignment.COMMIT.replace("lease_token = %(token)s", "%(token)s IS NOT NULL")),
        test_leases.test_a_zombie_with_an_old_token_writes_nothing,
    ),
    Bug(
        "a colleague who was asked is kept when the caller leaves",
        _set(endings, "dismiss", lambda *_, **__: None),
        lambda world: test_consulting.test_the_caller_leaves_while_two_agents_talk(Talk(world)),
    ),
    Bug(
        "two colleagues can be asked at once",
        _run("DROP INDEX one_guest_per_call"),
        lambda world: test_consulting.test_the_database_keeps_one_guest_a_call(Talk(world)),
    ),
    Bug(
        "a call may ring beside a chat that fills its agent",
        _run("DROP TRIGGER routing_reservation_fits ON routing_reservation"),
        _fits,
    ),
    Bug(
        "a customer who asks again gives the silent agent more time",
        _set(silences, "runs_out", _more_time),
        lambda world: test_silences.test_a_customer_without_an_answer_goes_to_another_agent_at_the_old_place(
            world, world.agent("lin")
        ),
    ),
    Bug(
        "what happens to an agent is not told",
        _set(Journal, "tell_agent", lambda *_, **__: None),
        _two_chats,
    ),
    Bug(
        "an answer that came late is thrown away",
        _set(wire, "_may_take", lambda own: own is None or own.state in HOLDING_RESERVATION),
        _late_answer,
    ),
    Bug(
        "the wrap-up has no time",
        _set(endings, "wrap_up_box", lambda *, talk_ended_at, **_: talk_ended_at),
        lambda world: test_wrap_up.test_a_box_ends_by_itself_with_the_code_timeout(world, world.agent("lin")),
    ),
)
_QUICK = settings(phases=(Phase.explicit, Phase.generate), database=None, deadline=None, max_examples=1_000)


@pytest.mark.parametrize("bug", BUGS, ids=[bug.name for bug in BUGS])
def test_each_planted_bug_is_caught(bug: Bug, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    for test in (
        test_matching.test_fifo_inversions_zero,
        test_strategies.test_nobody_is_overtaken_more_than_ten_times,
        test_lanes.test_emergency_cap,
    ):
        monkeypatch.setattr(test, "_hypothesis_internal_use_settings", _QUICK)  # found is enough: no smaller example
    bug.plant(monkeypatch)
    with pytest.raises((AssertionError, pytest.fail.Exception)):
        bug.caught_by(world)
