"""What became of offers over a time: the funnel, the difference to those left in peace, guardrails, by tenure of agent."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np

from customers.offers import evaluation
from customers.offers.cells import Cell
from customers.offers.evaluation import Interval, Judged, Logged
from customers.offers.outcomes import ORDERED_WITHIN, RIPE, kept_sql
from customers.reading import rows

NOVICE = timedelta(days=90)
MOST = 50_000  # decisions looked at, the newest

_FUNNEL = """
SELECT {by}, count(*), count(*) FILTER (WHERE state <> 'shown'), count(*) FILTER (WHERE state = 'declined'),
       count(*) FILTER (WHERE state IN ('accepted', 'ordered', 'kept', 'undone')),
       count(*) FILTER (WHERE state = 'kept'), count(*) FILTER (WHERE state = 'undone')
FROM customers_offer AS offer {also}
WHERE shown_at > %(since)s AND shown_at <= %(until)s AND lane <> 'notice'
GROUP BY 1 ORDER BY 2 DESC, 1
"""
_BY_ACTION = _FUNNEL.format(by="action", also="")
_BY_TENURE = _FUNNEL.format(
    by="CASE WHEN shown_at - first.at < %(novice)s::interval THEN 'novice' ELSE 'experienced' END",
    also="JOIN (SELECT agent AS who, min(shown_at) AS at FROM customers_offer GROUP BY agent) AS first"
    " ON first.who = offer.agent",
)

# Decisions where something could have been sold, old enough to know. The outcome is one for every group: whoever took
# anything new within a fortnight and still has it, whatever was said in the call.
_DECISIONS = f"""
SELECT decision.customer_id::text, decision.cell, decision.led, decision.feasible::text, decision.odds::text,
    {kept_sql(customer="decision.customer_id", at="decision.at")},
    EXISTS (SELECT FROM customers_interaction AS told WHERE told.customer_id = decision.customer_id
            AND told.kind = 'complaint' AND told.at > decision.at AND told.at <= decision.at + interval '30 days'),
    EXISTS (SELECT FROM customers_interaction AS told WHERE told.customer_id = decision.customer_id
            AND told.kind = 'call' AND told.direction = 'in' AND told.ref IS DISTINCT FROM decision.call
            AND told.at > decision.at + interval '1 hour' AND told.at <= decision.at + interval '7 days'),
    EXISTS (SELECT FROM customers_donotcall AS wish WHERE wish.customer_id = decision.customer_id
            AND wish.at > decision.at AND wish.at <= decision.at + interval '30 days')
FROM customers_arbitration AS decision
WHERE decision.at > %(since)s AND decision.at <= %(until)s AND decision.marginal IS NOT NULL
ORDER BY decision.at DESC, decision.id LIMIT %(limit)s
"""  # noqa: S608  no value of anybody's is part of the text


@dataclass(frozen=True, kw_only=True)
class Stage:
    """One row of the funnel: an action or a band of agents."""

    key: str
    shown: int
    answered: int  # really offered: shown alone says nothing
    declined: int
    accepted: int
    kept: int
    undone: int

    @property
    def accepted_share(self) -> Interval:
        return evaluation.wilson(self.accepted, self.answered)

    @property
    def kept_share(self) -> Interval:
        """Of those that are known to be kept or not."""
        return evaluation.wilson(self.kept, self.kept + self.undone + self.declined)


@dataclass(frozen=True, kw_only=True)
class Against:
    """A share among those who were offered to, beside those left in peace. One decision a party: the first."""

    key: str  # kept | complaint | repeat | opt_out
    offered: Interval
    control: Interval
    apart: Interval
    n: int
    n_control: int
    is_guardrail: bool

    @property
    def verdict(self) -> str:
        """better | worse | no_difference; a guardrail is better when it is lower."""
        up, down = ("worse", "better") if self.is_guardrail else ("better", "worse")
        return up if self.apart.low > 0 else down if self.apart.high < 0 else "no_difference"


@dataclass(frozen=True, kw_only=True)
class Results:
    """`until` is the last instant whose outcomes are known; the funnel runs to now."""

    since: datetime
    until: datetime
    actions: tuple[Stage, ...]
    tenure: tuple[Stage, ...]
    against: tuple[Against, ...]
    judged: Judged | None  # None: nothing was drawn
    decisions: int


def results(*, since: datetime, now: datetime) -> Results:
    """Three statements. Decisions younger than 44 days stand in the funnel alone: their outcome is not known yet."""
    until = now - RIPE
    decisions = rows(_DECISIONS, since=since, until=until, within=ORDERED_WITHIN.days, limit=MOST)
    span = {"since": since, "until": now, "novice": str(NOVICE)}
    return Results(
        since=since,
        until=until,
        actions=tuple(Stage(**_stage(row)) for row in rows(_BY_ACTION, **span)),
        tenure=tuple(Stage(**_stage(row)) for row in rows(_BY_TENURE, **span)),
        against=_against(decisions),
        judged=_judged([row for row in decisions if row[1] in (Cell.POLICY, Cell.RANDOM)]),
        decisions=len(decisions),
    )


def _stage(row: Sequence[Any]) -> dict[str, Any]:
    return dict(zip(("key", "shown", "answered", "declined", "accepted", "kept", "undone"), row, strict=True))


def _against(decisions: Sequence[tuple[Any, ...]]) -> tuple[Against, ...]:
    """Groups belong to parties, so a party counts once: the oldest decision of the time."""
    first = {row[0]: row for row in decisions}  # newest first, so the oldest stays
    control = [row for row in first.values() if row[1] == Cell.NO_OFFER]
    offered = [row for row in first.values() if row[1] != Cell.NO_OFFER]
    found = []
    for place, key in enumerate(("kept", "complaint", "repeat", "opt_out"), start=5):
        hits, hits_control = sum(row[place] for row in offered), sum(row[place] for row in control)
        found.append(
            Against(
                key=key,
                offered=evaluation.wilson(hits, len(offered)),
                control=evaluation.wilson(hits_control, len(control)),
                apart=evaluation.difference(hits, len(offered), hits_control, len(control)),
                n=len(offered),
                n_control=len(control),
                is_guardrail=key != "kept",
            )
        )
    return tuple(found)


def _judged(decisions: Sequence[tuple[Any, ...]]) -> Judged | None:
    """Always the best by priority, beside what was done, chance, the most frequent card, and the best constant.

    The odds are those of the party's own cell, which are exact; who is in which cell follows from a hash alone.
    """
    read = [(row, json.loads(row[3]), json.loads(row[4])) for row in decisions]
    read = [(row, rules, odds) for row, rules, odds in read if row[2] in rules and odds[rules.index(row[2])] > 0]
    if not read:
        return None
    names = sorted({rule for _row, rules, _odds in read for rule in rules})
    place = {name: number for number, name in enumerate(names)}
    table = np.zeros((len(read), len(names)))
    for number, (_row, rules, odds) in enumerate(read):
        table[number, [place[rule] for rule in rules]] = odds
    log = Logged(
        party=np.array([row[0] for row, *_ in read]),
        action=np.array([place[row[2]] for row, *_ in read], np.int64),
        odds=table,
        reward=np.array([float(row[5]) for row, *_ in read]),
    )
    fallback = place["just_serve"]
    common = int(np.bincount(log.action[log.action != fallback], minlength=len(names)).argmax())
    policies = [
        ("greedy", evaluation.greedy), ("random", evaluation.evenly),
        ("popularity", evaluation.constant(common, fallback)),
    ]  # fmt: skip
    return evaluation.judge(log, policies, constants=[(name, place[name]) for name in names], fallback=fallback)
