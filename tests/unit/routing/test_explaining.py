"""Why not this agent: answered from the stored record, for every reason there is."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from routing.explaining import SENTENCES, weighed, why_not
from routing.matching import (
    AgentNow,
    CallerTerms,
    Insight,
    QueueRule,
    Reason,
    Roster,
    Strategy,
    WaitingCall,
    best_matches,
)

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
T = NOW.timestamp()
LIN = 1

# What stands between each agent and the call.
FLOOR: dict[int, tuple[str, dict[str, Any]]] = {
    LIN: ("chosen", {"idle_since": T - 900}),
    2: ("outscored", {}),
    3: ("break", {"presence": "break"}),
    4: ("not_responding", {"presence": "not_responding"}),
    5: ("lease_lapsed", {"lease_expires_at": T - 1}),
    6: ("busy", {"busy": True}),
    7: ("blocked", {"blocked_until": T + 5}),
    8: ("device", {"device": "dnd", "device_at": T - 1}),
    9: ("tried", {}),
    10: ("excluded", {}),
    11: ("lacks_skill", {}),
    12: ("not_a_member", {}),
    **{no: ("outscored", {}) for no in (20, 21, 22)},
    **{no: ("behind", {}) for no in (23, 24)},
}


@pytest.mark.parametrize("strategy", [Strategy.LONGEST_IDLE, Strategy.MOST_SKILLED])
def test_why_not_each_agent(strategy: Strategy) -> None:
    able = frozenset(FLOOR) - {11, 12}
    rule = QueueRule(
        id=1, key="billing", required={}, members=able | {11}, qualified=able, strategy=strategy, preferred={"x": 1}
    )
    roster = Roster(domain="main", domain_id=1, version=1, queues={1: rule}, agents=30)
    free = AgentNow(0, "available", T + 9, "idle", None, None, T - 60, False)
    agents = [free._replace(id=no, **{"idle_since": T - 60 + no} | changed) for no, (_, changed) in FLOOR.items()]
    call = WaitingCall(UUID(int=1), 1, "voice", NOW, NOW, 1, [9])
    insight = Insight(callers={call.id: CallerTerms(excluded=frozenset({10}))})
    [match] = best_matches(calls=[call], agents=agents, roster=roster, now=NOW, insight=insight)
    assert {no: why_not(match.because, no).code for no in FLOOR} == {no: code for no, (code, _) in FLOOR.items()}
    assert why_not(match.because, 99).code == "not_a_member"
    assert len(str(match.because)) < 2048


def test_every_reason_has_a_sentence() -> None:
    assert set(Reason) <= set(SENTENCES)
    told = why_not({"rule": "ranked", "chosen": {"agent": 1, "score": 0.9}, "runner_up": {"agent": 2, "score": 0.4}}, 2)
    assert told.sentence("a_2") == "a_2 could have taken the call; the chosen agent scored 0.9, a_2 0.4."


def test_records_of_old_releases_are_read_as_far_as_they_go() -> None:
    old = {"rule": "longest_idle", "chosen": {"agent": 1, "idle_s": 5.0, "score": 5.0}, "runner_up": None}
    assert [one.terms for one in weighed(old)] == [{"longest_idle": 5.0}]
    assert why_not(old, 7).code == "not_recorded"
    assert weighed({}) == ()
