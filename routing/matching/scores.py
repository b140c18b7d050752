"""The terms of a score: why this agent rather than that one. They add up to the score exactly. Pure.

Each strategy is one function of `STRATEGIES`, worth 0–1; sticky, relaxation tier and preferred skills weigh the same
whatever the strategy.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from statistics import fmean

from routing.matching.floor import Floor
from routing.matching.rules import NEEDS_FACTS, CallerTerms, QueueRule, Roster, Strategy, WaitingCall

STICKY, TIER, LANGUAGE = 3.0, 2.0, 0.5
OPEN = 1.0  # taken off for each conversation open already: whoever has fewer comes first
OVER_QUALIFIED = 0.1  # taken off for levels nobody asked for, so that rare skills stay free
DIGITS = 6

Terms = dict[str, float]


def terms(*, floor: Floor, call: WaitingCall, agent: int) -> Terms:
    """Every term of this pair that is not nought, rounded as it is stored."""
    rule = floor.roster.queues[call.queue]
    found = {str(rule.strategy): STRATEGIES[rule.strategy](floor, call, agent)}
    if rule.strategy in NEEDS_FACTS:  # the others promise an order of agents, and keep it
        found["over_qualified"] = -OVER_QUALIFIED * _idle_skills(floor.roster, rule, agent)
    return rounded(found) | common(floor=floor, call=call, agent=agent)


def common(*, floor: Floor, call: WaitingCall, agent: int) -> Terms:
    """The terms that weigh the same whatever the strategy."""
    rule, known = floor.roster.queues[call.queue], floor.insight.caller(call.id)
    found = {
        "open": -OPEN * floor.by_id[agent].open,
        "sticky": STICKY * known.sticky.get(agent, 0.0),
        "tier": _tier(rule, agent, floor.step(call)),
        "preferred": _surplus(floor.roster, rule, agent),
    }
    return rounded(found)


def rounded(terms: Terms) -> Terms:
    """As they are stored: nought says nothing."""
    return {name: value for name, term in terms.items() if (value := round(term, DIGITS))}


def total(terms: Terms) -> float:
    return round(sum(terms.values()), DIGITS)


def fit(*, roster: Roster, caller: CallerTerms, agent: int) -> Terms:
    """Service adaptation: caller type × agent type, product × agent, language. Each −1…1 (language 0 or ½)."""
    traits, skills = roster.traits.get(agent, frozenset()), roster.skills.get(agent, {})
    kinds = [
        roster.fits[caller_type, trait]
        for caller_type in caller.types
        for trait in traits
        if (caller_type, trait) in roster.fits
    ]
    hands = [*traits, *skills]
    products = sum(
        share * max((roster.product_fits.get((group, hand), 0.0) for hand in hands), default=0.0)
        for group, share in caller.products.items()
    )
    speaks = LANGUAGE if caller.language and f"lang-{caller.language.split('-')[0]}" in skills else 0.0
    return {
        "type_fit": fmean(kinds) if kinds else 0.0,
        "product_fit": max(-1.0, min(products, 1.0)),
        "language": speaks,
    }


def _longest_idle(floor: Floor, call: WaitingCall, agent: int) -> float:
    if floor.by_id[agent].idle_since is None:
        return 1.0
    return floor.idle_s(agent) / floor.longest_idle_s


def _most_skilled(floor: Floor, call: WaitingCall, agent: int) -> float:
    rule, skills = floor.roster.queues[call.queue], floor.roster.skills.get(agent, {})
    asked: Iterable[str] = {*rule.required, *rule.preferred}
    return fmean([skills.get(skill, 0) for skill in asked] or [0]) / 5


def _least_occupied(floor: Floor, call: WaitingCall, agent: int) -> float:
    return 1.0 - floor.insight.agent(agent).occupancy


def _fewest_recent(floor: Floor, call: WaitingCall, agent: int) -> float:
    return 1.0 / (1 + floor.insight.agent(agent).recent)


def _ranked(floor: Floor, call: WaitingCall, agent: int) -> float:
    ranks = floor.roster.queues[call.queue].ranks
    return 0.0 if agent not in ranks else 1.0 / max(1, ranks[agent])


def _adapted(floor: Floor, call: WaitingCall, agent: int) -> float:
    """Between 0 (suits badly) and 1 (suits in every respect)."""
    suits = fit(roster=floor.roster, caller=floor.insight.caller(call.id), agent=agent)
    return (2.0 + sum(suits.values())) / (4.0 + LANGUAGE)


STRATEGIES: dict[Strategy, Callable[[Floor, WaitingCall, int], float]] = {
    Strategy.LONGEST_IDLE: _longest_idle,
    Strategy.MOST_SKILLED: _most_skilled,
    Strategy.LEAST_OCCUPIED: _least_occupied,
    Strategy.FEWEST_RECENT: _fewest_recent,
    Strategy.RANKED: _ranked,
    Strategy.ADAPTED: _adapted,
    Strategy.PAIRED: _adapted,  # what a paired queue falls back to while it has no table, or by the on/off plan
}


def _tier(rule: QueueRule, agent: int, step: int) -> float:
    """Agents of an earlier step come before those whom waiting has opened up."""
    if not rule.steps or step == 0:
        return 0.0
    first = next((no for no in range(step + 1) if agent in rule.at(no).qualified), step)
    return TIER * (step - first) / step


def _surplus(roster: Roster, rule: QueueRule, agent: int) -> float:
    """How much of what the queue prefers is reached, 0–1."""
    if rule.reached is not None:
        return rule.reached.get(agent, 0.0)
    if not rule.preferred:
        return 0.0
    skills = roster.skills.get(agent, {})
    return fmean(min(skills.get(skill, 0) / level, 1.0) for skill, level in rule.preferred.items())


def _idle_skills(roster: Roster, rule: QueueRule, agent: int) -> float:
    """Share of an agent's levels that this queue does not ask for, 0–1."""
    skills = roster.skills.get(agent, {})
    if not skills:
        return 0.0
    unasked = sum(
        level for skill, level in skills.items() if skill not in rule.required and skill not in rule.preferred
    )
    return unasked / sum(skills.values())
