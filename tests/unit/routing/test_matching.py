"""Who takes which call: by hand for the stories, against every possible pairing for the rules."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routing.matching import AgentNow, Match, QueueRule, Reason, Roster, WaitingCall, best_matches, eligible
from tests.thorough import examples

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
T = NOW.timestamp()  # agents' instants are seconds
LIN, OMAR = 1, 2
BILLING, ENGLISH = 10, 11


def ago(seconds: float) -> datetime:
    return NOW - timedelta(seconds=seconds)


def agent(id: int, *, idle: float = 60, **changed: Any) -> AgentNow:
    free = AgentNow(
        id=id, presence="available", lease_expires_at=T + 10, device="idle", device_at=T - 5,
        blocked_until=None, idle_since=T - idle, busy=False,
    )  # fmt: skip
    return free._replace(**changed)


def caller(no: int, *, waited: float = 10, queue: int = BILLING, **changed: Any) -> WaitingCall:
    call = WaitingCall(
        id=UUID(int=no), queue=queue, channel="voice", place_key=ago(waited), enqueued_at=ago(waited), version=2,
        tried=(),
    )  # fmt: skip
    return call._replace(**changed)


def rule(queue: int, able: set[int], members: set[int] | None = None) -> QueueRule:
    everybody = frozenset(members if members is not None else able)
    return QueueRule(id=queue, key=f"q{queue}", required={}, members=everybody, qualified=frozenset(able))


def roster(*rules: QueueRule, agents: int = 2) -> Roster:
    return Roster(domain="main", domain_id=1, version=7, queues={one.id: one for one in rules}, agents=agents)


def pairs(matches: list[Match]) -> dict[int, int]:
    return {match.call.id.int: match.agent for match in matches}


# --- who may ----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({}, None),
        ({"presence": "break"}, Reason.BREAK),
        ({"presence": "offline"}, Reason.OFFLINE),
        ({"presence": "not_responding"}, Reason.NOT_RESPONDING),
        ({"lease_expires_at": T}, Reason.LEASE_LAPSED),
        ({"lease_expires_at": None}, Reason.LEASE_LAPSED),
        ({"busy": True}, Reason.BUSY),
        ({"blocked_until": T + 1}, Reason.BLOCKED),
        ({"blocked_until": T}, None),
        ({"device": "in_use"}, Reason.DEVICE),
        ({"device": "dnd"}, Reason.DEVICE),
        ({"device": "unreachable"}, Reason.DEVICE),
        ({"device": "unknown"}, None),
        ({"device": "in_use", "device_at": T - 61}, None),  # silent for so long, it is unknown
    ],
)
def test_each_false_term_is_one_reason(changed: dict[str, Any], reason: Reason | None) -> None:
    billing = rule(BILLING, {LIN})
    assert eligible(call=caller(1), agent=agent(LIN, **changed), rule=billing, now=NOW) is reason


def test_membership_and_skill_come_first() -> None:
    billing = rule(BILLING, {LIN}, members={LIN, OMAR})
    assert eligible(call=caller(1), agent=agent(OMAR, busy=True), rule=billing, now=NOW) is Reason.LACKS_SKILL
    assert eligible(call=caller(1), agent=agent(3), rule=billing, now=NOW) is Reason.NOT_A_MEMBER


def test_a_phone_in_use_does_not_keep_a_chat_away() -> None:
    chat = caller(1, channel="chat")
    assert eligible(call=chat, agent=agent(LIN, device="in_use"), rule=rule(BILLING, {LIN}), now=NOW) is None


def test_whoever_let_the_call_go_is_not_rung_again_unless_alone() -> None:
    call = caller(1, tried=[LIN])
    both = roster(rule(BILLING, {LIN, OMAR}))
    busy = agent(OMAR, busy=True)
    assert best_matches(calls=[call], agents=[agent(LIN), busy], roster=both, now=NOW) == []
    assert pairs(best_matches(calls=[call], agents=[agent(LIN), agent(OMAR)], roster=both, now=NOW)) == {1: OMAR}
    assert pairs(best_matches(calls=[call], agents=[agent(LIN)], roster=both, now=NOW)) == {1: LIN}


# --- who first, by whom -----------------------------------------------------------------------------------------------
def test_the_longest_idle_agent_takes_a_single_call() -> None:
    floor = [agent(LIN, idle=30), agent(OMAR, idle=90)]
    [match] = best_matches(calls=[caller(1)], agents=floor, roster=roster(rule(BILLING, {LIN, OMAR})), now=NOW)
    assert match.agent == OMAR
    assert match.because["eligible"] == 2
    assert match.because["chosen"] == {"agent": OMAR, "idle_s": 90.0, "score": 90.0}
    assert match.because["runner_up"] == {"agent": LIN, "idle_s": 30.0, "score": 30.0}


def test_whoever_never_worked_today_is_idle_longest_and_ties_go_by_number() -> None:
    able = roster(rule(BILLING, {LIN, OMAR, 3}))
    floor = [agent(OMAR, idle_since=None), agent(LIN, idle_since=None), agent(3, idle=9999)]
    assert pairs(best_matches(calls=[caller(1)], agents=floor, roster=able, now=NOW)) == {1: LIN}


def test_reasons_add_up_to_everybody() -> None:
    able = roster(rule(BILLING, {1, 2, 3, 4}, members={1, 2, 3, 4, 5}), agents=9)
    floor = [agent(1), agent(2, busy=True), agent(3, presence="break"), agent(4), agent(5), agent(6)]
    [match] = best_matches(calls=[caller(1)], agents=floor, roster=able, now=NOW)
    because = match.because
    assert because["removed"] == {"break": 1, "busy": 1, "lacks_skill": 1, "not_a_member": 4}
    assert because["considered"] == 9 == sum(because["removed"].values()) + because["eligible"]  # type: ignore[operator]


def test_both_are_served_where_a_rearrangement_allows_it() -> None:
    """Omar is idle longer, but he alone speaks English: Lin takes the first caller, so that nobody waits."""
    able = roster(rule(BILLING, {LIN, OMAR}), rule(ENGLISH, {OMAR}))
    calls = [caller(1, waited=20), caller(2, waited=10, queue=ENGLISH)]
    floor = [agent(LIN, idle=5), agent(OMAR, idle=500)]
    assert pairs(best_matches(calls=calls, agents=floor, roster=able, now=NOW)) == {1: LIN, 2: OMAR}


def test_an_older_caller_is_never_given_up_for_two_younger() -> None:
    able = roster(rule(BILLING, {LIN}), rule(ENGLISH, {LIN}))
    calls = [caller(2, waited=10, queue=ENGLISH), caller(1, waited=20)]
    assert pairs(best_matches(calls=calls, agents=[agent(LIN)], roster=able, now=NOW)) == {1: LIN}


def test_unservable_class_hides_nobody() -> None:
    able = roster(rule(BILLING, {LIN}), rule(ENGLISH, set()))
    calls = [caller(no, waited=1000 - no, queue=ENGLISH) for no in range(300)] + [caller(999, waited=1)]
    assert pairs(best_matches(calls=calls, agents=[agent(LIN)], roster=able, now=NOW)) == {999: LIN}


def test_nobody_is_free_or_nobody_waits() -> None:
    able = roster(rule(BILLING, {LIN}))
    assert best_matches(calls=[], agents=[agent(LIN)], roster=able, now=NOW) == []
    assert best_matches(calls=[caller(1)], agents=[], roster=able, now=NOW) == []
    assert best_matches(calls=[caller(1, queue=99)], agents=[agent(LIN)], roster=able, now=NOW) == []


# --- against every possible pairing ---------------------------------------------------------------------------------
@st.composite
def floors(draw: st.DrawFn) -> tuple[list[WaitingCall], list[AgentNow], Roster]:
    heads = draw(st.integers(1, 5))
    ids = range(1, heads + 1)
    able = [rule(queue, draw(st.sets(st.sampled_from(list(ids))))) for queue in range(1, draw(st.integers(2, 4)))]
    busy = st.sampled_from([False, False, True])
    agents = [agent(one, idle=draw(st.integers(0, 3)), busy=draw(busy)) for one in ids]
    calls = [
        caller(
            no,
            waited=draw(st.integers(0, 3)),
            queue=draw(st.integers(1, len(able))),
            tried=draw(st.sets(st.sampled_from(list(ids)), max_size=1)),
        )
        for no in range(1, draw(st.integers(1, 5)) + 1)
    ]
    return calls, agents, roster(*able, agents=heads)


def _may(call: WaitingCall, one: AgentNow, able: Roster, agents: list[AgentNow]) -> bool:
    queue = able.queues[call.queue]
    alone = sum(other.id in queue.qualified for other in agents) == 1
    return eligible(call=call, agent=one, rule=queue, now=NOW, alone=alone) is None


@settings(max_examples=examples(300), deadline=None)
@given(floors())
def test_no_pairing_serves_an_older_caller_or_a_longer_idle_agent(
    world: tuple[list[WaitingCall], list[AgentNow], Roster],
) -> None:
    calls, agents, able = world
    matches = best_matches(calls=calls, agents=agents, roster=able, now=NOW)
    line = sorted(calls, key=lambda call: call.place)
    idle = sorted(agents, key=lambda one: (one.idle_since, one.id))
    by_id = {one.id: one for one in agents}
    assert all(_may(match.call, by_id[match.agent], able, agents) for match in matches)
    assert len({match.agent for match in matches}) == len(matches) == len({match.call.id for match in matches})

    best: tuple[tuple[bool, ...], tuple[bool, ...]] = ((), ())
    may = {call.id: [one.id for one in agents if _may(call, one, able, agents)] for call in calls}
    for pairing in _pairings(line, may):
        best = max(best, _merit(line, idle, pairing))
    got = {match.call.id: match.agent for match in matches}
    assert _merit(line, idle, got) == best


def _pairings(line: list[WaitingCall], may: dict[UUID, list[int]]) -> Iterator[dict[UUID, int]]:
    """Every way to give some of these callers an agent each, none twice."""
    if not line:
        yield {}
        return
    first, *others = line
    for pairing in _pairings(others, may):
        yield pairing
        yield from ({**pairing, first.id: one} for one in may[first.id] if one not in pairing.values())


def _merit(
    line: list[WaitingCall], idle: list[AgentNow], pairing: dict[UUID, int]
) -> tuple[tuple[bool, ...], tuple[bool, ...]]:
    """Who is served, oldest first; then who serves, longest idle first."""
    return tuple(call.id in pairing for call in line), tuple(one.id in pairing.values() for one in idle)


@settings(max_examples=examples(200), deadline=None)
@given(floors(), st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_nothing(
    world: tuple[list[WaitingCall], list[AgentNow], Roster], shuffle: random.Random
) -> None:
    calls, agents, able = world
    straight = best_matches(calls=calls, agents=agents, roster=able, now=NOW)
    mixed_calls, mixed_agents = shuffle.sample(calls, len(calls)), shuffle.sample(agents, len(agents))
    assert best_matches(calls=mixed_calls, agents=mixed_agents, roster=able, now=NOW) == straight


@settings(max_examples=examples(200), deadline=None)
@given(floors())
def test_fifo_inversions_zero(world: tuple[list[WaitingCall], list[AgentNow], Roster]) -> None:
    """Of two callers of one queue whom the same agents may serve, the younger is never served alone."""
    calls, agents, able = world
    got = pairs(best_matches(calls=calls, agents=agents, roster=able, now=NOW))
    for older in calls:
        for younger in calls:
            same = older.queue == younger.queue and not older.tried and not younger.tried
            if same and older.place < younger.place:
                assert older.id.int in got or younger.id.int not in got
