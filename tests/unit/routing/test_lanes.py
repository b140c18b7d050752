"""The emergency lane: before everybody, but never the whole floor; and who said no is left alone for a while."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from routing.matching import Insight, QueueRule, Roster, best_matches, eligible
from routing.matching.rules import Reason
from tests.unit.routing.test_matching import BILLING, LIN, NOW, OMAR, agent, caller, pairs, roster, rule

ALARM = 12


def with_alarms(able: set[int], share: float = 0.3) -> Roster:
    alarms: QueueRule = replace(rule(ALARM, able), emergency_share=share)
    return roster(rule(BILLING, able), alarms, agents=len(able))


def test_an_emergency_comes_before_callers_who_waited_an_hour() -> None:
    calls = [caller(1, waited=3600), caller(2, waited=1, queue=ALARM)]
    [match] = best_matches(calls=calls, agents=[agent(LIN)], roster=with_alarms({LIN}), now=NOW)
    assert match.call.queue == ALARM
    assert match.because["lane"] == {"cap": 1, "held": 0}


def test_beyond_its_share_an_emergency_stands_where_its_place_puts_it() -> None:
    calls = [caller(1, waited=3600), caller(2, waited=1, queue=ALARM)]
    full = Insight(held={ALARM: 1})
    matched = best_matches(calls=calls, agents=[agent(LIN)], roster=with_alarms({LIN}), now=NOW, insight=full)
    assert pairs(matched) == {1: LIN}


def test_nobody_is_idle_for_the_sake_of_the_cap() -> None:
    alarms = [caller(no, waited=no, queue=ALARM) for no in (1, 2)]
    matched = best_matches(calls=alarms, agents=[agent(LIN), agent(OMAR)], roster=with_alarms({LIN, OMAR}), now=NOW)
    assert len(matched) == 2


@given(
    alarms=st.integers(0, 12), others=st.integers(0, 12), free=st.integers(1, 10), held=st.integers(0, 5),
    share=st.sampled_from([0.1, 0.3, 0.5]),
)  # fmt: skip
def test_emergency_cap(alarms: int, others: int, free: int, held: int, share: float) -> None:
    """A flood of alarms takes no more agents past older callers than the lane has room for."""
    floor = [agent(no) for no in range(1, free + 1)]
    able = {one.id for one in floor}
    calls = [caller(no, waited=500 + no) for no in range(1, others + 1)]
    calls += [caller(100 + no, waited=no, queue=ALARM) for no in range(1, alarms + 1)]
    matched = best_matches(
        calls=calls, agents=floor, roster=with_alarms(able, share), now=NOW, insight=Insight(held={ALARM: held})
    )
    taken = sum(match.call.queue == ALARM for match in matched)
    room = max(0, max(1, int(share * free)) - held)
    assert len(matched) == min(free, len(calls))
    assert taken == max(min(room, alarms, free), min(alarms, free - others))


def test_whoever_is_alone_and_said_no_is_left_in_peace_for_twenty_seconds() -> None:
    alone = roster(rule(BILLING, {LIN}))
    fresh = caller(1, tried=[LIN], declined=[LIN])
    assert best_matches(calls=[fresh], agents=[agent(LIN)], roster=alone, now=NOW) == []
    assert eligible(call=fresh, agent=agent(LIN), rule=rule(BILLING, {LIN}), now=NOW, alone=True) is Reason.TRIED
    later = caller(1, tried=[LIN])
    assert pairs(best_matches(calls=[later], agents=[agent(LIN)], roster=alone, now=NOW)) == {1: LIN}
