"""Why this agent, for a supervisor: everybody of the domain, what stood in the way, what each pair scored."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import routing.queries
from callcenter.floor.record import Why, why
from routing import explaining, reporting
from routing.reporting import ReservationLine
from routing.results import AgentView, CallView


@dataclass(frozen=True, kw_only=True)
class AgentRow:
    """One agent of the domain, as they stood in this decision."""

    key: str
    name_en: str
    name_zh: str
    verdict: str  # code: chosen, outscored, behind, or the reason that removed them
    until: datetime | None  # of a rest
    score: float | None
    idle_s: float | None
    terms: tuple[float | None, ...]  # in the order of the page's columns


@dataclass(frozen=True, kw_only=True)
class Decision:
    """One choice. `columns` are the terms that anybody scored."""

    number: int  # 1 = the first agent who was held for this call
    at: datetime
    agent_en: str
    agent_zh: str
    why: Why
    mode: str
    version: int  # of the queue's settings; 0 = not kept then
    fallback: str  # why a queue that pairs went by rules
    step: int
    skips: int
    lane: Mapping[str, int]  # of an emergency queue: cap, held
    overflow: tuple[str, ...]  # rules at work then
    propensity: float | None
    columns: tuple[str, ...]
    rows: tuple[AgentRow, ...]

    @property
    def compared(self) -> bool:
        """False where nobody was weighed against anybody: a colleague, a supervisor or the switch named the agent."""
        return any(row.verdict != "not_recorded" for row in self.rows)


@dataclass(frozen=True, kw_only=True)
class WhyPage:
    call: CallView
    decision: Decision | None
    numbers: tuple[int, ...]


def why_page(*, call_id: UUID, number: str) -> WhyPage:
    """The decision asked for by its number, else the last. Raises NotFound."""
    call = routing.queries.call(call_id=call_id)
    held = [one for one in reporting.reservations_of(call_id=call_id) if one.because]
    if not held:
        return WhyPage(call=call, decision=None, numbers=())
    at = int(number) if number.isdecimal() and 1 <= int(number) <= len(held) else len(held)
    agents = routing.queries.agents(domain=call.domain)
    return WhyPage(call=call, decision=_decision(held[at - 1], at, agents), numbers=tuple(range(1, len(held) + 1)))


def _decision(held: ReservationLine, number: int, agents: list[AgentView]) -> Decision:
    because: Mapping[str, Any] = held.because
    scored = {one.agent: one for one in explaining.weighed(because)}
    columns = tuple(dict.fromkeys(term for one in scored.values() for term in one.terms))
    order = {agent: rank for rank, agent in enumerate(scored)}
    rows = [(agent.id, _row(because, agent, scored.get(agent.id), columns)) for agent in agents]
    rows.sort(key=lambda row: (order.get(row[0], len(order)), row[1].verdict, row[1].key))
    return Decision(
        number=number,
        at=held.created_at,
        agent_en=held.agent_en,
        agent_zh=held.agent_zh,
        why=why(because),
        mode=str(because.get("mode", "rules")),
        version=int(because.get("version", 0)),
        fallback=str(because.get("fallback", "")),
        step=int(because.get("step", 0)),
        skips=int(because.get("skips", 0)),
        lane=because.get("lane") or {},
        overflow=tuple(because.get("overflow") or ()),
        propensity=because.get("propensity"),
        columns=columns,
        rows=tuple(row for _, row in rows),
    )


def _row(
    because: Mapping[str, Any], agent: AgentView, one: explaining.Weighed | None, columns: tuple[str, ...]
) -> AgentRow:
    told = explaining.why_not(because, agent.id)
    return AgentRow(
        key=agent.key,
        name_en=agent.name_en,
        name_zh=agent.name_zh,
        verdict=told.code,
        until=told.until,
        score=one.score if one is not None else None,
        idle_s=one.idle_s if one is not None else None,
        terms=tuple(one.terms.get(column, 0.0) if one is not None else None for column in columns),
    )
