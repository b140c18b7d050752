"""Who takes which call, and why. Pure; the same for the dispatcher, a replay and a test.

Callers are served in order of their place; a caller is passed over only if no rearrangement serves them together with
those ahead (augmenting paths). By whom is the queue's strategy: longest idle unless it says otherwise. In a paired
queue callers are taken by value, with a bound on how often anybody is overtaken. Ties are broken by identity, so
nothing depends on the order rows came in.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

import numpy as np

from routing.matching import pairing, scores
from routing.matching.augmenting import augment, by_longest_idle
from routing.matching.floor import Floor
from routing.matching.lanes import in_order, lane
from routing.matching.rules import AgentNow, Insight, Match, Roster, WaitingCall

SHOWN_RESTING = 20  # agents whose rest is told with its end
SHOWN_RIVALS = 4  # beside the chosen agent, in the stored record


def best_matches(
    *,
    calls: Sequence[WaitingCall],
    agents: Sequence[AgentNow],
    roster: Roster,
    now: datetime,
    insight: Insight | None = None,
) -> list[Match]:
    """Pair callers with free agents: first who is served, then by whom.

    `insight` is what strategies beyond longest idle ask for; without it those queues choose by what is known.
    """
    decided = _decide(calls=calls, agents=agents, roster=roster, now=now, insight=insight)
    return [
        Match(call=decided.line[index], agent=agent, because=decided.because(index, agent))
        for index, agent in sorted(decided.chosen.items())
    ]


def best_pairs(
    *,
    calls: Sequence[WaitingCall],
    agents: Sequence[AgentNow],
    roster: Roster,
    now: datetime,
    insight: Insight | None = None,
) -> list[tuple[UUID, int]]:
    """The same pairs without the reasons: for simulations of days."""
    decided = _decide(calls=calls, agents=agents, roster=roster, now=now, insight=insight)
    return [(decided.line[index].id, agent) for index, agent in sorted(decided.chosen.items())]


def _decide(
    *, calls: Sequence[WaitingCall], agents: Sequence[AgentNow], roster: Roster, now: datetime, insight: Insight | None
) -> _Plain | _Weighing:
    floor = Floor(agents=agents, roster=roster, now=now, insight=insight)
    line = in_order(calls, floor)
    wanted = [floor.candidates(call) for call in line]
    served = sorted(set(augment(wanted).values()))
    queues = {call.queue for call, may in zip(line, wanted, strict=True) if may}
    if insight is None and all(roster.queues[queue].is_plain for queue in queues):
        return _Plain(floor, line, wanted, served)
    return _Weighing(floor, line, wanted, served)


class _Plain:
    """One tick in which longest idle is all there is to weigh."""

    def __init__(
        self, floor: Floor, line: Sequence[WaitingCall], wanted: Sequence[Sequence[int]], served: Sequence[int]
    ) -> None:
        self.floor, self.line = floor, line
        self.chosen = by_longest_idle(served=served, wanted=wanted, rank=floor.rank)

    def because(self, index: int, agent: int) -> dict[str, object]:
        call = self.line[index]
        rival = next((other for other in self.floor.candidates(call) if other != agent), None)
        return _record(self.floor, call, len(self.line), mode="rules") | {
            "chosen": _idle(self.floor, agent),
            "runner_up": None if rival is None else _idle(self.floor, rival),
        }


def _idle(floor: Floor, agent: int) -> dict[str, object]:
    idle_s = floor.idle_s(agent)
    return {"agent": agent, "idle_s": idle_s, "score": idle_s}


def _record(floor: Floor, call: WaitingCall, waiting: int, *, mode: str) -> dict[str, object]:
    """Who was considered and what removed the others."""
    rule, terms = floor.roster.queues[call.queue], floor.insight.caller(call.id)
    record: dict[str, object] = {
        "rule": str(rule.strategy),
        "mode": mode,
        "queue": rule.key,
        "version": rule.version,
        "roster": floor.roster.version,
        "considered": max(floor.roster.agents, len(floor.agents)),
        "eligible": len(floor.candidates(call)),
        "removed": {str(reason): count for reason, count in sorted(floor.removed(call).items()) if count},
        "members": floor.letters(call),
        "waiting": waiting,
        "waited_s": round((floor.now - call.enqueued_at).total_seconds(), 3),
        "step": floor.step(call),
    }
    alone: dict[str, object] = {"tried": sorted(call.tried), "excluded": sorted(terms.excluded), "skips": terms.skips}
    if terms.by_rules:
        alone["fallback"] = str(terms.by_rules)
    if floor.resting:
        alone["resting"] = {str(agent): round(until) for agent, until in sorted(floor.resting.items())[:SHOWN_RESTING]}
    if rule.overflow:
        alone["overflow"] = [one.words for one in rule.overflow]
    in_lane = lane(call.queue, floor)
    if in_lane is not None:
        alone["lane"] = {"cap": in_lane.cap, "held": in_lane.held}
    return record | {name: told for name, told in alone.items() if told}


class _Weighing:
    """One tick in which scores are compared."""

    def __init__(
        self, floor: Floor, line: Sequence[WaitingCall], wanted: Sequence[Sequence[int]], served: Sequence[int]
    ) -> None:
        self.floor, self.line, self.wanted = floor, line, wanted
        self.paired = [bool(may) and pairing.is_paired(floor, call) for call, may in zip(line, wanted, strict=True)]
        self._scores: dict[tuple[Hashable, int], float] = {}
        self.explored = self._explore(served)
        taken = set(self.explored.values())
        by_score = self._by_score([index for index in served if index not in self.explored], taken)
        self.chosen = self.explored | self._repick(by_score)

    # --- by whom ------------------------------------------------------------------------------------------------------
    def _explore(self, served: Sequence[int]) -> dict[int, int]:
        """Calls drawn to explore leave the batch first, each to any agent alike, unless that would leave one unserved."""
        chosen: dict[int, int] = {}
        for index in served:
            call = self.line[index]
            share = self.floor.roster.queues[call.queue].explore_share
            if not self.paired[index] or not pairing.explores(call.id, share):
                continue
            agent = pairing.explored(call.id, share, self.wanted[index])
            taken = {*chosen.values(), agent}
            rest = [index_ for index_ in served if index_ != index and index_ not in chosen]
            free = [tuple(other for other in self.wanted[other_index] if other not in taken) for other_index in rest]
            if agent not in chosen.values() and len(augment(free)) == len(rest):
                chosen[index] = agent
        return chosen

    def _by_score(self, served: Sequence[int], taken: set[int]) -> dict[int, int]:
        """Every one of these is served; by whom is the greatest sum of scores."""
        may = {index: [agent for agent in self.wanted[index] if agent not in taken] for index in served}
        if len(served) == 1:
            [index] = served
            return {index: min(may[index], key=lambda agent: (-self._score(index, agent), self.floor.rank(agent)))}
        if not served:
            return {}
        from scipy.optimize import linear_sum_assignment  # half a second to import, and plain floors never score

        agents = sorted({agent for row in may.values() for agent in row}, key=self.floor.rank)
        column = {agent: no for no, agent in enumerate(agents)}
        cost = np.full((len(served), len(agents)), np.inf)
        for row, index in enumerate(served):
            for agent in may[index]:
                # At equal scores the longer idle goes first; smaller than the last digit of a score.
                cost[row, column[agent]] = -self._score(index, agent) + 1e-9 * column[agent]
        rows, columns = linear_sum_assignment(cost)
        return {served[row]: agents[to] for row, to in zip(rows, columns, strict=True)}

    def _repick(self, chosen: dict[int, int]) -> dict[int, int]:
        """In a paired queue the agents it was given take those of its callers whom they serve best."""
        final = {index: agent for index, agent in chosen.items() if not self.paired[index]}
        for queue in sorted({self.line[index].queue for index in chosen if self.paired[index]}):
            hands = [agent for index, agent in chosen.items() if self.paired[index] and self.line[index].queue == queue]
            pool = [
                index
                for index, call in enumerate(self.line)
                if self.paired[index] and call.queue == queue and index not in self.explored
            ]
            final |= self._pick(pool, sorted(hands, key=self.floor.rank))
        return final

    def _pick(self, pool: Sequence[int], hands: Sequence[int]) -> dict[int, int]:
        inside = set(hands)
        may = [[agent for agent in self.wanted[index] if agent in inside] for index in pool]
        score = {(row, agent): self._score(pool[row], agent) for row, able in enumerate(may) for agent in able}
        skips = [
            self.floor.insight.caller(self.line[index].id).skips + sum(other > index for other in self.explored)
            for index in pool
        ]
        return {
            pool[row]: agent for row, agent in pairing.pick(may=may, agents=hands, score=score, skips=skips).items()
        }

    # --- how well -----------------------------------------------------------------------------------------------------
    def _score(self, index: int, agent: int) -> float:
        key = self._alike(index), agent
        if key not in self._scores:
            self._scores[key] = scores.total(self._terms(index, agent))
        return self._scores[key]

    def _alike(self, index: int) -> Hashable:
        """Callers who score alike with everybody are scored once."""
        call = self.line[index]
        known = self.floor.insight.caller(call.id)
        if self.paired[index] or known.sticky:
            return index
        return call.queue, self.floor.step(call), known.types, known.language, tuple(sorted(known.products.items()))

    def _terms(self, index: int, agent: int) -> scores.Terms:
        call = self.line[index]
        if not self.paired[index]:
            return scores.terms(floor=self.floor, call=call, agent=agent)
        common = scores.common(floor=self.floor, call=call, agent=agent)
        return common | pairing.terms(floor=self.floor, call=call, agent=agent)

    # --- why ----------------------------------------------------------------------------------------------------------
    def because(self, index: int, agent: int) -> dict[str, object]:
        call, may = self.line[index], self.wanted[index]
        rivals = sorted(
            (other for other in may if other != agent),
            key=lambda other: (-self._score(index, other), self.floor.rank(other)),
        )[:SHOWN_RIVALS]
        others = [self._weighed(index, other) for other in rivals]
        told: dict[str, object] = {
            "chosen": self._weighed(index, agent),
            "runner_up": others[0] if others else None,
            "rivals": others[1:],
        }
        if index in self.explored:
            told["propensity"] = round(1 / len(may), scores.DIGITS)
        if self.paired[index]:
            told["table"] = self.floor.insight.pairs[call.queue].version
        return _record(self.floor, call, len(self.line), mode=self._mode(index, agent)) | told

    def _weighed(self, index: int, agent: int) -> dict[str, object]:
        terms = self._terms(index, agent)
        return {
            "agent": agent,
            "idle_s": self.floor.idle_s(agent),
            "score": scores.total(terms),
            "terms": terms,
            **self._fit(index, agent),
        }

    def _fit(self, index: int, agent: int) -> Mapping[str, object]:
        """What the adapted term is made of."""
        if "adapted" not in self._terms(index, agent):
            return {}
        caller = self.floor.insight.caller(self.line[index].id)
        fit = scores.fit(roster=self.floor.roster, caller=caller, agent=agent)
        return {"fit": {name: round(part, scores.DIGITS) for name, part in fit.items()}}

    def _mode(self, index: int, agent: int) -> str:
        if index in self.explored:
            return "explore"
        if agent in self.floor.insight.caller(self.line[index].id).sticky:
            return "sticky"
        return "paired" if self.paired[index] else "rules"
