"""From the rules' proposals to the cards of a call: may it be said, is it still open, and is it worth saying. Pure."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from customers.offers import arbitration, company, moments, rules
from customers.offers.arbitration import Answers, Arranged, Candidate, Terms
from customers.offers.cells import Cell
from customers.offers.facts import Product, Snapshot
from customers.offers.learning.features import customer_facts, offer_facts
from customers.offers.rule_table import RULES, Rule
from customers.offers.rules import Proposal
from customers.offers.together.ranking import Together
from customers.offers.trials.coin import Saved, Toss, is_given
from customers.offers.wording import Text
from customers.results import Policy, Suggestion

log = logging.getLogger(__name__)
Model = Callable[[Rule, Proposal, Snapshot], float | None]


@dataclass(frozen=True, kw_only=True)
class Learned:
    """What experience adds to the rules: nothing at first."""

    answers: Mapping[str, Answers] = field(default_factory=dict)  # by rule
    model: Model = lambda _rule, _proposal, _snapshot: None
    spoke: Callable[[], Mapping[str, int | str]] = dict  # by action: the model in use, or why none is
    saves: Callable[[dict[str, float | str]], Saved] | None = None  # what a gift changes in a customer of these facts
    together: Together | None = None  # what goes with what is held
    salt: str = ""


@dataclass(frozen=True, kw_only=True)
class Selected:
    """The cards and the whole story of how they came about: every rule with its factors, or with why it fell."""

    cards: tuple[Suggestion, ...]
    arranged: Arranged
    dropped: tuple[
        tuple[str, str], ...
    ]  # (rule, why): policy | broken | nothing_to_say | same_product | refused_lately | moment | just_serve | left_in_peace
    toss: Toss | None = None  # a gift that was on trial in this call
    features: Mapping[str, float | str] = field(default_factory=dict)
    spoke: Mapping[str, int | str] = field(default_factory=dict)

    def as_decision(self) -> dict[str, object]:
        """What is written down: enough to explain the cards and to judge another way of choosing by them."""
        one = self.arranged
        return {
            "cell": one.cell.value,
            "led": one.led,
            "feasible": list(one.feasible),
            "odds": list(one.draw.odds) if one.draw else [],
            "marginal": one.draw.marginal if one.draw else None,
            "ranked": [
                {"rule": c.rule.key, "code": c.code, "lane": c.rule.lane, **c.factors(), "x": dict(c.facts)}
                for c in one.ranked
            ],
            "dropped": [list(pair) for pair in self.dropped],
            "features": dict(self.features),
            "spoke": dict(self.spoke),
        } | ({"toss": self.toss.as_json()} if self.toss else {})  # fmt: skip


def choose(*, snapshot: Snapshot, policy: Policy) -> tuple[Suggestion, ...]:
    """The cards of a call, without comparison groups: by the rules and what was entered alone."""
    return select(snapshot=snapshot, policy=policy).cards


def select(
    *,
    snapshot: Snapshot,
    policy: Policy,
    learned: Learned | None = None,
    terms: Terms | None = None,
    cell: Cell = Cell.POLICY,
    key: str = "",
    party: str = "",
) -> Selected:
    """The cards of this call. Without leave to sell none sells; what a customer asked for is no pitch.

    `key` names the decision: asked again in the same call, the same cards are drawn. `party` is who is tossed for.
    """
    learned, terms = learned or Learned(), terms or arbitration.shipped()
    candidates: list[Candidate] = []
    dropped: list[tuple[str, str]] = []
    features, toss = customer_facts(snapshot), None
    if learned.saves is not None:
        snapshot = replace(snapshot, saved=learned.saves(features))
    if learned.together is not None:
        snapshot = replace(snapshot, often_with=learned.together.best(snapshot.held_codes))
    for rule in RULES:
        proposal, why = _proposal(rule, snapshot=snapshot, policy=policy)
        if proposal is not None and any(_same(one, rule, proposal) for one in candidates):
            proposal, why = None, "same_product"
        if proposal is not None and proposal.odds is not None:
            toss = _tossed(proposal, proposal.odds, snapshot=snapshot, salt=learned.salt, party=party, facts=features)
            proposal, why = (proposal, "") if toss.given else (None, "left_in_peace")
        if proposal is None:
            dropped.append((rule.key, why))
        else:
            candidates.append(_candidate(rule, proposal, snapshot=snapshot, learned=learned, terms=terms))
    arranged = arbitration.arrange(candidates, snapshot=snapshot, terms=terms, cell=cell, key=key)
    cards = tuple(_card(one, snapshot) for one in arranged.cards)
    return Selected(
        cards=cards, arranged=arranged, dropped=(*dropped, *arranged.dropped), features=features,
        spoke=learned.spoke(), toss=toss if learned.salt else None,
    )  # fmt: skip


def _tossed(
    proposal: Proposal, odds: float, *, snapshot: Snapshot, salt: str, party: str, facts: Mapping[str, float | str]
) -> Toss:
    """What is on trial is named with its odds; what was answered in this call stays where it is."""
    code = proposal.product.code if proposal.product else ""
    given = is_given(salt=salt, party=party, day=snapshot.today, odds=odds)
    return Toss(odds=odds, given=given, code=code, uplift=snapshot.saved or rules.ENTERED, facts=dict(facts))


def _same(one: Candidate, rule: Rule, proposal: Proposal) -> bool:
    """Two selling cards for one product would be one too many; the rule that stands first in the table speaks."""
    if proposal.product is None or {one.rule.lane, rule.lane} != {"sales"}:
        return False
    return one.code == proposal.product.code


def _candidate(rule: Rule, proposal: Proposal, *, snapshot: Snapshot, learned: Learned, terms: Terms) -> Candidate:
    found = arbitration.candidate(
        rule, proposal, snapshot=snapshot, terms=terms, answers=learned.answers.get(rule.key),
        modelled=learned.model(rule, proposal, snapshot),
    )  # fmt: skip
    facts = offer_facts(rule=rule.key, product=proposal.product, snapshot=snapshot)
    why = learned.spoke().get(rule.action, "no_model")
    return replace(found, facts=facts, silent=why if isinstance(why, str) else "")


def _proposal(rule: Rule, *, snapshot: Snapshot, policy: Policy) -> tuple[Proposal | None, str]:
    """What the rule would say, or why it is silent: the first layer that stops it."""
    if not _may_speak(rule, snapshot=snapshot, policy=policy):
        return None, "policy"
    try:
        proposal = rule.propose(snapshot)
    except Exception:  # one idea that breaks, on data nobody thought of, takes no other with it
        log.exception("rule %s broke", rule.key)
        return None, "broken"
    if proposal is None:
        return None, "nothing_to_say"
    return _still_open(rule, proposal, snapshot=snapshot)


def _may_speak(rule: Rule, *, snapshot: Snapshot, policy: Policy) -> bool:
    """A selling rule needs leave; a cheaper plan may always be named to whoever asks for less.

    Asking for consent is right where nothing but the missing consent bars us: in this call, or on another channel.
    """
    if rule.action == "ask_consent":
        missing = {"unknown_consent"} if rule.key == "ask_consent_voice" else set()
        asked = (rule.key, "") in snapshot.decided_in_call  # what was answered stays in sight
        return asked or {warning.rule for warning in policy.warnings} == missing
    if not rule.selling or policy.may_sell:
        return True
    return rule.action == "rightsize" and snapshot.intent in moments.ASKS_FOR_LESS


def _still_open(rule: Rule, proposal: Proposal, *, snapshot: Snapshot) -> tuple[Proposal | None, str]:
    """A card answered in this call stays where it is; what was refused lately in another call does not come again."""
    key = (rule.key, proposal.product.code if proposal.product else "")
    if key in snapshot.decided_in_call:
        return proposal, ""
    asked_for_less = rule.action == "rightsize" and snapshot.intent in moments.ASKS_FOR_LESS
    if key in snapshot.refused_lately and not asked_for_less:
        return None, "refused_lately"
    if rule.lane != "sales":
        return proposal, ""
    moment = moments.moment(
        intent=snapshot.intent, refused_in_call=snapshot.refused_in_call, unsettled=snapshot.unsettled
    )  # fmt: skip
    return (proposal, "") if moment is moments.Moment.OPEN else (None, "moment")


def _card(one: Candidate, snapshot: Snapshot) -> Suggestion:
    rule, product = one.rule, one.proposal.product
    why = _with_needs(one.proposal.why, product, snapshot)
    return Suggestion(
        action=rule.action,
        lane=rule.lane,
        rule=rule.key,
        offering_code=product.code if product else "",
        title_en=product.name_en if product else rule.title.en,
        title_zh=product.name_zh if product else rule.title.zh,
        why_en=why.en,
        why_zh=why.zh,
        fee_fen=product.fee_fen if product else None,
        facts={**one.proposal.facts, "factors": one.factors()},
    )


def _with_needs(why: Text, product: Product | None, snapshot: Snapshot) -> Text:
    """A product that needs another says which one of the customer's it stands on."""
    base = company.builds_on(product, snapshot)[:1] if product else ()
    if not base:
        return why
    return Text(
        en=f"{why.en} It needs {base[0].name_en}, which the customer has.",
        zh=f"{why.zh}需配合{base[0].name_zh}使用，客户已有。",
    )
