"""How a queue chooses among those who can: each strategy, relaxation, sticky agents, pairs that never meet."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routing.matching import (
    AgentNow,
    AgentTerms,
    CallerTerms,
    Insight,
    Match,
    PairTable,
    QueueRule,
    Reason,
    Roster,
    Step,
    Strategy,
    WaitingCall,
    best_matches,
    eligible,
    pairing,
)
from tests.thorough import examples

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
T = NOW.timestamp()
LIN, OMAR, WU = 1, 2, 3
SHARE = 0.05
BILLING = 10


def agent(id: int, *, idle: float = 60, **changed: Any) -> AgentNow:
    free = AgentNow(
        id=id, presence="available", lease_expires_at=T + 10, device="idle", device_at=T - 5,
        blocked_until=None, idle_since=T - idle, busy=False,
    )  # fmt: skip
    return free._replace(**changed)


def caller(no: int, *, waited: float = 10, queue: int = BILLING, **changed: Any) -> WaitingCall:
    since = NOW - timedelta(seconds=waited)
    call = WaitingCall(
        id=UUID(int=no), queue=queue, channel="voice", place_key=since, enqueued_at=since, version=2, tried=()
    )
    return call._replace(**changed)


def rule(able: set[int], **changed: Any) -> QueueRule:
    everybody = frozenset(able)
    asked: dict[str, Any] = {"id": BILLING, "key": "billing", "required": {"billing": 1}}
    return QueueRule(**asked | {"members": everybody, "qualified": everybody} | changed)


def roster(*rules: QueueRule, **changed: Any) -> Roster:
    asked: dict[str, Any] = {"domain": "main", "domain_id": 1, "version": 7, "agents": 3}
    return Roster(**asked | {"queues": {one.id: one for one in rules}} | changed)


def decide(
    calls: list[WaitingCall], agents: list[AgentNow], able: Roster, insight: Insight | None = None
) -> list[Match]:
    return best_matches(calls=calls, agents=agents, roster=able, now=NOW, insight=insight)


def pairs(matches: list[Match]) -> dict[int, int]:
    return {match.call.id.int: match.agent for match in matches}


def told(match: Match, who: str = "chosen") -> dict[str, Any]:
    found = match.because[who]
    assert isinstance(found, dict)
    return found


# --- strategies -------------------------------------------------------------------------------------------------------
EVERYBODY = [agent(LIN, idle=300), agent(OMAR, idle=60), agent(WU, idle=5)]


@pytest.mark.parametrize(
    ("strategy", "changed", "known", "chosen"),
    [
        (Strategy.LONGEST_IDLE, {}, Insight(), LIN),
        (Strategy.MOST_SKILLED, {}, Insight(), OMAR),
        (
            Strategy.LEAST_OCCUPIED,
            {},
            Insight(agents={LIN: AgentTerms(occupancy=0.8), OMAR: AgentTerms(occupancy=0.5)}),
            WU,
        ),
        (Strategy.FEWEST_RECENT, {}, Insight(agents={LIN: AgentTerms(recent=9), WU: AgentTerms(recent=8)}), OMAR),
        (Strategy.RANKED, {"ranks": {WU: 1, OMAR: 2}}, Insight(), WU),
        (Strategy.ADAPTED, {}, Insight(callers={UUID(int=1): CallerTerms(types=frozenset({"complaint"}))}), WU),
        (Strategy.PAIRED, {}, Insight(callers={UUID(int=1): CallerTerms(types=frozenset({"complaint"}))}), WU),
    ],
)
def test_each_strategy_has_its_own_choice(
    strategy: Strategy, changed: dict[str, Any], known: Insight, chosen: int
) -> None:
    able = roster(
        rule({LIN, OMAR, WU}, strategy=strategy, **changed),
        skills={LIN: {"billing": 2}, OMAR: {"billing": 5}, WU: {"billing": 2}},
        traits={WU: frozenset({"patient"}), LIN: frozenset({"brisk"})},
        fits={("complaint", "patient"): 0.8, ("complaint", "brisk"): -0.4},
    )
    [match] = decide([caller(1)], EVERYBODY, able, known)
    assert match.agent == chosen


def test_terms_add_up_to_the_score() -> None:
    able = roster(
        rule({LIN, OMAR, WU}, strategy=Strategy.ADAPTED, preferred={"lang-en": 4}, steps=(_step(5, {LIN, OMAR, WU}),)),
        skills={LIN: {"billing": 2, "lang-en": 3}, OMAR: {"billing": 5, "technical": 4}},
        traits={LIN: frozenset({"patient"})},
        fits={("complaint", "patient"): 0.7},
    )
    known = CallerTerms(types=frozenset({"complaint"}), language="en-GB", sticky={OMAR: 0.3}, products={"5g": 0.4})
    [match] = decide([caller(1)], EVERYBODY, able, Insight(callers={UUID(int=1): known}))
    weighed = [told(match), told(match, "runner_up"), *match.because["rivals"]]  # type: ignore[misc]
    assert {one["agent"] for one in weighed} == {LIN, OMAR, WU}
    for one in weighed:
        assert one["score"] == round(sum(one["terms"].values()), 6)
    assert told(match)["score"] >= told(match, "runner_up")["score"]


def test_a_preferred_skill_scores_and_never_filters() -> None:
    able = roster(
        rule({LIN, OMAR}, preferred={"lang-en": 4}),
        skills={LIN: {"billing": 2}, OMAR: {"billing": 2, "lang-en": 5}},
    )
    both = [agent(LIN, idle=61), agent(OMAR, idle=60)]
    assert pairs(decide([caller(1)], both, able)) == {1: OMAR}
    assert pairs(decide([caller(1)], [agent(LIN)], able)) == {1: LIN}


# --- relaxation in time -----------------------------------------------------------------------------------------------
def _step(after_s: int, able: set[int]) -> Step:
    return Step(after_s=after_s, members=frozenset(able), qualified=frozenset(able))


def test_waiting_opens_the_queue_to_more_agents() -> None:
    able = roster(rule({LIN}, steps=(_step(30, {LIN, OMAR}), _step(60, {LIN, OMAR, WU}))))
    others = [agent(OMAR), agent(WU, idle=900)]
    assert decide([caller(1, waited=29.9)], others, able) == []
    [match] = decide([caller(1, waited=30)], others, able)
    assert (match.agent, match.because["step"]) == (OMAR, 1)
    [match] = decide([caller(1, waited=60)], others, able)
    assert (match.agent, match.because["step"]) == (OMAR, 2)  # the earlier ring comes first, however long Wu was idle


def test_a_wider_ring_keeps_the_order_of_places() -> None:
    able = roster(rule({LIN}, steps=(_step(30, {LIN, OMAR}),)))
    calls = [caller(1, waited=40), caller(2, waited=35), caller(3, waited=5)]
    assert pairs(decide(calls, [agent(OMAR)], able)) == {1: OMAR}
    assert pairs(decide(calls, [agent(LIN), agent(OMAR)], able)) in ({1: LIN, 2: OMAR}, {1: OMAR, 2: LIN})


# --- the agent who knows the caller, and the one who must not ------------------------------------------------------------
def known(no: int = 1, **terms: Any) -> Insight:
    return Insight(callers={UUID(int=no): CallerTerms(**terms)})


def test_the_agent_who_knows_the_caller_comes_first() -> None:
    [match] = decide([caller(1)], EVERYBODY, roster(rule({LIN, OMAR, WU})), known(sticky={WU: 1.0}))
    assert (match.agent, match.because["mode"]) == (WU, "sticky")


@pytest.mark.parametrize(
    ("changed", "waited", "served"),
    [
        ({"busy": True}, 10, False),  # with somebody else: a bounded wait
        ({"busy": True}, 20, True),  # the hold is over
        ({"presence": "break"}, 10, True),  # not coming back soon: no wait at all
        ({"lease_expires_at": T - 1}, 10, True),
    ],
)
def test_a_caller_waits_for_the_own_agent_no_longer_than_the_hold(
    changed: dict[str, Any], waited: float, served: bool
) -> None:
    able = roster(rule({LIN, OMAR}, sticky_hold_s=20))
    floor = [agent(LIN, **changed), agent(OMAR)]
    matches = decide([caller(1, waited=waited)], floor, able, known(sticky={LIN: 1.0}))
    assert pairs(matches) == ({1: OMAR} if served else {})
    assert pairs(decide([caller(1, waited=waited), caller(2, waited=1)], floor, able, known(sticky={LIN: 1.0}))) == (
        {1: OMAR} if served else {2: OMAR}
    )


def test_an_excluded_pair_never_meets() -> None:
    able, floor = roster(rule({LIN, OMAR})), [agent(LIN, idle=500), agent(OMAR)]
    [match] = decide([caller(1)], floor, able, known(excluded=frozenset({LIN})))
    assert match.agent == OMAR
    assert match.because["removed"] == {"excluded": 1, "not_a_member": 1}
    assert decide([caller(1)], [agent(LIN)], able, known(excluded=frozenset({LIN}))) == []
    why = eligible(
        call=caller(1), agent=agent(LIN), rule=rule({LIN}), now=NOW, insight=known(excluded=frozenset({LIN}))
    )
    assert why is Reason.EXCLUDED


# --- paired -----------------------------------------------------------------------------------------------------------
def table(value: dict[tuple[str, int], float], **changed: Any) -> PairTable:
    kinds = tuple(sorted({kind for kind, _ in value}))
    asked: dict[str, Any] = {"version": "t1", "types": kinds, "value": value, "price": {}, "worth": {}, "spread": 1.0}
    return PairTable(**asked | changed)


def paired(
    calls: dict[int, str], value: dict[tuple[str, int], float], *, skips: dict[int, int] | None = None, **changed: Any
) -> Insight:
    terms = {
        UUID(int=no): CallerTerms(types=frozenset({kind}), skips=(skips or {}).get(no, 0)) for no, kind in calls.items()
    }
    return Insight(callers=terms, pairs={BILLING: table(value, **changed)})


UNEXPLORED = [no for no in range(1, 200) if not pairing.explores(UUID(int=no), SHARE)]
SALES, FAULT = "sales", "fault"
VALUE = {(SALES, LIN): 3.0, (SALES, OMAR): 2.0, (FAULT, LIN): 2.0, (FAULT, OMAR): 0.0}


def test_comparative_advantage_beats_greed() -> None:
    """Lin is better at both, and far better at faults: Omar takes the sale though Lin would sell more."""
    sale, fault = UNEXPLORED[:2]
    able = roster(rule({LIN, OMAR}, strategy=Strategy.PAIRED))
    calls, both = [caller(sale), caller(fault)], [agent(LIN), agent(OMAR)]
    matches = decide(calls, both, able, paired({sale: SALES, fault: FAULT}, VALUE))
    assert pairs(matches) == {sale: OMAR, fault: LIN}
    assert {match.because["mode"] for match in matches} == {"paired"}
    for match in matches:
        assert told(match)["score"] == round(sum(told(match)["terms"].values()), 6)


def test_a_dear_agent_is_spared_where_the_caller_gains_little() -> None:
    able = roster(rule({LIN, OMAR}, strategy=Strategy.PAIRED))
    [sale] = UNEXPLORED[:1]
    both = [agent(LIN), agent(OMAR)]
    assert pairs(decide([caller(sale)], both, able, paired({sale: SALES}, VALUE))) == {sale: LIN}
    dear = paired({sale: SALES}, VALUE, price={LIN: 2.0, OMAR: 0.0})
    assert pairs(decide([caller(sale)], both, able, dear)) == {sale: OMAR}


def test_whoever_was_overtaken_ten_times_is_taken_next() -> None:
    first, second = UNEXPLORED[:2]
    able = roster(rule({LIN}, strategy=Strategy.PAIRED))
    calls = [caller(first, waited=20), caller(second, waited=19)]
    value = {(SALES, LIN): 5.0, (FAULT, LIN): 0.0}
    kinds = {first: FAULT, second: SALES}
    assert pairs(decide(calls, [agent(LIN)], able, paired(kinds, value))) == {second: LIN}
    limit = {first: pairing.SKIP_LIMIT}
    assert pairs(decide(calls, [agent(LIN)], able, paired(kinds, value, skips=limit))) == {first: LIN}


@pytest.mark.parametrize("unusable", [{"spread": 1.0, "types": ()}, None])
def test_without_a_usable_table_the_rules_decide(unusable: dict[str, Any] | None) -> None:
    able = roster(rule({LIN, OMAR}, strategy=Strategy.PAIRED))
    [sale] = UNEXPLORED[:1]
    insight = Insight() if unusable is None else paired({sale: SALES}, VALUE, **unusable)
    [match] = decide([caller(sale)], [agent(LIN, idle=5), agent(OMAR, idle=50)], able, insight)
    assert (match.because["mode"], match.agent) == ("rules", OMAR)


def test_a_caller_who_refused_it_is_never_paired() -> None:
    able = roster(rule({LIN, OMAR}, strategy=Strategy.PAIRED))
    [sale] = UNEXPLORED[:1]
    insight = Insight(callers={UUID(int=sale): CallerTerms(paired=False)}, pairs={BILLING: table(VALUE)})
    [match] = decide([caller(sale)], [agent(LIN), agent(OMAR)], able, insight)
    assert match.because["mode"] == "rules"


def test_exploring_calls_go_to_anybody_alike() -> None:
    exploring = [UUID(int=no * 7919) for no in range(1, 6000)]
    exploring = [one for one in exploring if pairing.explores(one, SHARE)]
    assert 0.04 < len(exploring) / 6000 < 0.06
    chosen = [pairing.explored(one, SHARE, [LIN, OMAR, WU]) for one in exploring]
    assert all(80 < chosen.count(one) < 120 for one in (LIN, OMAR, WU)), [chosen.count(one) for one in (1, 2, 3)]
    able = roster(rule({LIN, OMAR, WU}, strategy=Strategy.PAIRED))
    insight = Insight(pairs={BILLING: table(VALUE)})
    [match] = decide([caller(0, id=exploring[0])], EVERYBODY, able, insight)
    assert (match.because["mode"], match.because["propensity"]) == ("explore", 0.333333)


@settings(max_examples=examples(150), deadline=None)
@given(st.data())
def test_pick_is_the_best_of_all_pairings(data: st.DataObject) -> None:
    """As many as can be served, and of all such sets and pairings the greatest sum, while nobody is near the limit."""
    rows, heads = data.draw(st.integers(1, 4)), data.draw(st.integers(1, 3))
    agents = list(range(1, heads + 1))
    may = [data.draw(st.lists(st.sampled_from(agents), unique=True)) for _ in range(rows)]
    score = {(row, one): float(data.draw(st.integers(-9, 9))) for row in range(rows) for one in may[row]}
    got = pairing.pick(may=may, agents=agents, score=score, skips=[0] * rows)
    best = (0, 0.0)
    for chosen in set(permutations([*agents, *[0] * rows], rows)):
        taken = {row: one for row, one in enumerate(chosen) if one}
        if all(one in may[row] for row, one in taken.items()):
            best = max(best, (len(taken), sum(score[pair] for pair in taken.items())))
    assert all(one in may[row] for row, one in got.items())
    assert len(set(got.values())) == len(got)
    assert (len(got), sum(score[pair] for pair in got.items())) == best


@settings(max_examples=examples(60), deadline=None)
@given(st.data())
def test_nobody_is_overtaken_more_than_ten_times(data: st.DataObject) -> None:
    """Tick after tick with whatever values: the count of later callers served before an older one keeps its bound."""
    heads = data.draw(st.integers(1, 4))
    agents = list(range(1, heads + 1))
    line = list(range(data.draw(st.integers(1, 12))))
    worth = {no: float(data.draw(st.integers(-50, 50))) for no in range(80)}
    overtaken = dict.fromkeys(range(80), 0)
    coming = iter(range(len(line), 80))
    while line:
        skips = [overtaken[no] for no in line]
        score = {(row, one): worth[no] for row, no in enumerate(line) for one in agents}
        got = pairing.pick(may=[agents] * len(line), agents=agents, score=score, skips=skips)
        assert len(got) == min(len(line), heads)
        served = {line[row] for row in got}
        for no in line:
            if no not in served:
                overtaken[no] += sum(other > no for other in served)
                assert overtaken[no] <= pairing.SKIP_LIMIT
        line = [no for no in line if no not in served] + [no for no, _ in zip(coming, range(heads), strict=False)]
