"""Which suggestions reach the screen: P × C × V × L in fen, lanes, at most three, and serving alone as a candidate. Pure.

Every factor stands beside the card. A cheaper plan is an ordinary card: no lever can push it down and no value can
remove it. What is worth less than the seconds it takes is not said.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

from customers.offers.cells import Cell, Draw, draw
from customers.offers.company import unfit
from customers.offers.facts import Snapshot
from customers.offers.moments import ASKS_FOR_LESS, BUYING
from customers.offers.rule_table import Rule
from customers.offers.rules import Proposal

SHIPPED = Path(__file__).resolve().parent / "actions.json"
MOST = 3
# Places by lane, filled in this order: what must be known, what serves, what sells.
LANES: Mapping[str, int] = {"notice": 1, "service": 2, "sales": 1}
SALES_WHEN_BUYING = 2
LEAST, LARGEST = 0.25, 4.0  # bounds of a weight, whatever levers add up to
SURE_FROM = 50  # kept and not kept answers each, before what was observed may speak
START_WEIGHT = 50  # answers that a start propensity is worth
CAP = 0.9  # quantile of a lane's values: one big ticket must not silence all others
SUITS, SUITS_MOST, ASKED = 15, 2, 50  # percent for each fitting tag, so many at most; for answering the call's reason


@dataclass(frozen=True, kw_only=True)
class ActionTerms:
    """What marketing entered for one kind of action."""

    start: float  # propensity before answers are known
    why: str  # where that figure comes from
    worth_fen: int  # of an action that is no sale: a repeat call avoided, a customer kept
    lever: int  # percent


@dataclass(frozen=True, kw_only=True)
class Terms:
    """The figures of arbitration, fen."""

    just_serve_fen: int  # seconds of a pitch and its annoyance
    contact_fen: int
    keep_rate: float
    months: int
    margin_share: float  # of the fee, for products whose margin nobody has entered
    actions: Mapping[str, ActionTerms]


@dataclass(frozen=True, kw_only=True)
class Answers:
    """Labelled answers of one rule in the last six weeks: ordered and kept thirty days, or not."""

    kept: int = 0
    not_kept: int = 0

    @property
    def mature(self) -> bool:
        return min(self.kept, self.not_kept) >= SURE_FROM


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """One proposal with its factors."""

    rule: Rule
    proposal: Proposal
    p: float
    p_from: str  # start | answers | model | trial
    c: float
    v_fen: int
    level: float  # L, the levers
    silent: str = ""  # why no model speaks for it
    facts: Mapping[str, float | str] = field(default_factory=dict)  # what a model may learn of the offer

    @property
    def code(self) -> str:
        return self.proposal.product.code if self.proposal.product else ""

    @property
    def priority(self) -> float:
        """Fen."""
        return self.p * self.c * self.v_fen * self.level

    def factors(self) -> dict[str, Any]:
        """Each factor as the screen and the log show it."""
        return {
            "p": round(self.p, 4), "p_from": self.p_from, "p_why": self._why(), "c": round(self.c, 2), "v_fen": self.v_fen,
            "l": round(self.level, 2), "priority_fen": round(self.priority),
        }  # fmt: skip

    def _why(self) -> str:
        """Why a figure that was entered or counted speaks instead of a model; "" where the model does."""
        if self.p_from in {"model", "trial"}:
            return ""
        return self.silent or "few"


@dataclass(frozen=True, kw_only=True)
class Arranged:
    """The cards in their places, and how that came about. `draw` is None where no sales card could lead."""

    cards: tuple[Candidate, ...]
    ranked: tuple[Candidate, ...]  # everything that could be shown, by lane and priority
    dropped: tuple[tuple[str, str], ...] = ()  # (rule, why)
    draw: Draw | None = None
    led: str = ""  # rule of the leading sales card; just_serve for none
    cell: Cell = Cell.POLICY
    feasible: tuple[str, ...] = field(default=())


@cache
def shipped() -> Terms:
    raw = json.loads(SHIPPED.read_text(encoding="utf-8"))
    return Terms(**{**raw, "actions": {key: ActionTerms(**terms) for key, terms in raw["actions"].items()}})


def candidate(
    rule: Rule,
    proposal: Proposal,
    *,
    snapshot: Snapshot,
    terms: Terms,
    answers: Answers | None = None,
    modelled: float | None = None,
) -> Candidate:
    """The factors of one proposal. `modelled` is a calibrated model's propensity, None where none may speak."""
    known = terms.actions[rule.action]
    p, source = propensity(start=rule.start or known.start, answers=answers or Answers(), modelled=modelled)
    if proposal.chance is not None:  # the customer's own: a yes to a gift is not what it is given for
        p, source = proposal.chance, "trial" if proposal.facts.get("uplift_from") != "entered" else "start"
    return Candidate(
        rule=rule,
        proposal=proposal,
        p=p,
        p_from=source,
        c=weight(_context(rule, proposal, snapshot)),
        v_fen=value(rule, proposal, terms),
        level=weight(max(0, known.lever) if rule.action == "rightsize" else known.lever),
    )


def propensity(*, start: float, answers: Answers, modelled: float | None = None) -> tuple[float, str]:
    """SE ÷ (SE + ME + 1) of the start, ME ÷ (SE + ME + 1) of what was learned, once enough answers are mature.

    (The form Pega documents; SE = 50 answers, ME = mature answers.) A model that answers nonsense is not listened to.
    """
    mature = answers.kept + answers.not_kept
    learned = answers.kept / mature if mature else start
    source = "answers"
    if modelled is not None and 0 < modelled < 1:
        learned, source = modelled, "model"
    if not answers.mature:
        return start, "start"
    whole = START_WEIGHT + mature + 1
    return (START_WEIGHT + 1) / whole * start + mature / whole * learned, source


def weight(percent: int) -> float:
    """1 + Σ percent ÷ 100 within bounds."""
    return min(LARGEST, max(LEAST, 1 + percent / 100))


def value(rule: Rule, proposal: Proposal, terms: Terms) -> int:
    """What a yes is worth to us, fen: what a sale leaves over the term if it is kept, less the contact; else the worth
    entered for serving."""
    if proposal.worth_fen is not None:
        return proposal.worth_fen
    if rule.lane != "sales" or proposal.product is None:
        return terms.actions[rule.action].worth_fen
    product = proposal.product
    margin = product.margin_fen if product.margin_fen is not None else round(terms.margin_share * product.fee_fen)
    return round(terms.keep_rate * margin * (rule.months or terms.months)) - terms.contact_fen


def arrange(
    candidates: Sequence[Candidate], *, snapshot: Snapshot, terms: Terms, cell: Cell = Cell.POLICY, key: str = ""
) -> Arranged:
    """Three cards at most, filled notice → service → sales; the leading sales card is drawn with known odds."""
    capped = [one for lane in LANES for one in _capped([c for c in candidates if c.rule.lane == lane])]
    ranked = sorted(capped, key=lambda one: (list(LANES).index(one.rule.lane), *_order(one, snapshot)))
    cards = [
        one
        for lane in ("notice", "service")
        for one in [c for c in ranked if c.rule.lane == lane][: LANES[lane]]
    ]  # fmt: skip
    selling = [one for one in ranked if one.rule.lane == "sales"]
    told = [one for one in selling if one.priority > terms.just_serve_fen or _asked(one, snapshot)]
    dropped = tuple((one.rule.key, "just_serve") for one in selling if one not in told)
    if not told:
        return Arranged(cards=tuple(cards[:MOST]), ranked=tuple(ranked), dropped=dropped, led="just_serve", cell=cell)
    # What answers a wish to buy is an answer, no experiment: it leads, and nobody is left without it.
    if any(_asked(one, snapshot) for one in told):
        places = SALES_WHEN_BUYING if snapshot.intent in BUYING else LANES["sales"]
        return Arranged(
            cards=tuple([*cards, *_together(told)[:places]][:MOST]), ranked=tuple(ranked), dropped=dropped, led=told[0].rule.key,
            cell=cell,
        )  # fmt: skip
    by_priority = sorted(told, key=lambda one: (-one.priority, one.rule.key))
    priorities = [*(one.priority for one in by_priority), float(terms.just_serve_fen)]
    drawn = draw(cell=cell, priorities=priorities, just_serve=len(by_priority), key=key)
    lead = by_priority[drawn.index] if drawn.index < len(by_priority) else None
    room = MOST - len(cards)
    return Arranged(
        cards=(*cards, *([lead] if lead and room > 0 else [])),
        ranked=tuple(ranked),
        dropped=dropped,
        draw=drawn,
        led=lead.rule.key if lead else "just_serve",
        cell=cell,
        feasible=(*(one.rule.key for one in by_priority), "just_serve"),
    )


def _context(rule: Rule, proposal: Proposal, snapshot: Snapshot) -> int:
    """Percent: an answer to the call's reason, and the tags the product was made for."""
    asked = ASKED if snapshot.intent in rule.intents else 0
    suits = len(proposal.product.suits & snapshot.tag_keys) if proposal.product else 0
    return asked + SUITS * min(SUITS_MOST, suits)


def _order(one: Candidate, snapshot: Snapshot) -> tuple[bool, bool, float, str]:
    """A cheaper plan first for whoever asks for less or wants to go; then what was asked for; then by priority."""
    cheaper = one.rule.action == "rightsize" and snapshot.intent in ASKS_FOR_LESS
    return (not cheaper, snapshot.intent not in one.rule.intents, -one.priority, one.rule.key)


def _together(told: Sequence[Candidate]) -> list[Candidate]:
    """Those that may be had together, the first first: no screen says A and B where A excludes B."""
    found: list[Candidate] = []
    for one in told:
        mine = one.proposal.product
        others = [other.proposal.product for other in found]
        if mine is None or not any(other is not None and unfit(mine, other) for other in others):
            found.append(one)
    return found


def _asked(one: Candidate, snapshot: Snapshot) -> bool:
    """Asked for by the call's reason, or answered in this call already: neither is drawn for or taken away."""
    if (one.rule.key, one.code) in snapshot.decided_in_call:
        return True
    return snapshot.intent in BUYING and snapshot.intent in one.rule.intents


def _capped(lane: list[Candidate]) -> list[Candidate]:
    """Values above the lane's 90 % quantile count as that."""
    if not lane:
        return []
    values = sorted(one.v_fen for one in lane)
    cap = values[max(0, math.ceil(CAP * len(values)) - 1)]
    return [replace(one, v_fen=min(one.v_fen, cap)) for one in lane]
