"""Whose turn it is in a written conversation, and when it is given up."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from routing.silence import Patience, Speaker, runs_out

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
talks = st.lists(st.tuples(st.sampled_from(list(Speaker)), st.integers(0, 300)), max_size=30)


@given(talk=talks, agent_s=st.integers(0, 600), customer_s=st.integers(0, 600))
def test_the_agents_time_runs_from_the_first_unanswered_message(
    talk: list[tuple[Speaker, int]], agent_s: int, customer_s: int
) -> None:
    patience = Patience(agent_s=agent_s, customer_s=customer_s)
    at, by, until = NOON, "", None
    turn_began = NOON
    for speaker, pause in talk:
        at += timedelta(seconds=pause)
        if speaker is Speaker.AGENT or by != Speaker.CALLER:
            turn_began = at  # a caller who writes twice gives the agent no more time
        until = runs_out(patience=patience, spoke_by=speaker, before_by=by, before=until, at=at)
        by = speaker
        length = agent_s if speaker is Speaker.CALLER else customer_s
        assert until == (turn_began + timedelta(seconds=length) if length else None)
