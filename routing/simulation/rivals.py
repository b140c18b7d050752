"""What others do: greedy rules without rearranging, each a rival of our matching on the same floor. Pure and seeded.

All take callers one by one in order of arrival, as an automatic call distributor does; they differ in whom they send.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from random import Random
from uuid import UUID

from routing.matching import AgentNow, Insight, Roster, WaitingCall
from routing.simulation.floor import Choose, number_of

Pick = Callable[[WaitingCall, Sequence[AgentNow]], AgentNow]  # candidates are never empty


def longest_idle(roster: Roster) -> Choose:
    """First come, first served, by whoever has been idle longest: what most floors run."""
    return _greedy(roster, lambda call, free: min(free, key=_idle))


def round_robin(roster: Roster) -> Choose:
    """Agents in turn, whatever they have done meanwhile."""
    last = 0

    def pick(call: WaitingCall, free: Sequence[AgentNow]) -> AgentNow:
        nonlocal last
        after = [agent for agent in free if agent.id > last]
        chosen = min(after or free, key=lambda agent: agent.id)
        last = chosen.id
        return chosen

    return _greedy(roster, pick)


def skill_first(roster: Roster) -> Choose:
    """The most skilled for this queue, whoever may need that agent next."""

    def level(call: WaitingCall, agent: AgentNow) -> int:
        held = roster.skills.get(agent.id, {})
        return sum(held.get(skill, 0) for skill in roster.queues[call.queue].required)

    return _greedy(roster, lambda call, free: min(free, key=lambda agent: (-level(call, agent), _idle(agent))))


def best_first(roster: Roster, *, level: Mapping[tuple[str, int], float], kinds: Mapping[int, str]) -> Choose:
    """The same where the worth of every pair (type, agent) is known; `kinds` is the type of each call by number."""

    def worth(call: WaitingCall, agent: AgentNow) -> float:
        return level[kinds[number_of(call.id)], agent.id]

    return _greedy(roster, lambda call, free: min(free, key=lambda agent: (-worth(call, agent), _idle(agent))))


def at_random(roster: Roster, *, seed: int) -> Choose:
    """Anybody who is free."""
    draw = Random(seed)
    return _greedy(roster, lambda call, free: draw.choice(sorted(free)))


def _idle(agent: AgentNow) -> tuple[float, int]:
    return agent.idle_since or 0.0, agent.id


def _greedy(roster: Roster, pick: Pick) -> Choose:
    def choose(
        calls: Sequence[WaitingCall], agents: Sequence[AgentNow], now: datetime, insight: Insight
    ) -> list[tuple[UUID, int]]:
        free = {agent.id: agent for agent in agents}
        made: list[tuple[UUID, int]] = []
        for call in _in_order(calls):
            able = roster.queues[call.queue].reach
            hands = [agent for agent in free.values() if agent.id in able]
            if hands:
                chosen = pick(call, hands)
                made.append((call.id, chosen.id))
                del free[chosen.id]
        return made

    return choose


def _in_order(calls: Iterable[WaitingCall]) -> list[WaitingCall]:
    return sorted(calls, key=lambda call: (call.place_key, call.enqueued_at, call.id))
