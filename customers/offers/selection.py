"""Which of the rules' proposals reach the screen: at most three, in lanes, and none is a normal answer. Pure."""

from __future__ import annotations

from customers.offers import moments
from customers.offers.facts import Snapshot
from customers.offers.rules import RULES, Proposal, Rule
from customers.results import Policy, Suggestion

MOST = 3
# Places by lane, filled in this order: what must be known, what serves, what sells.
LANES: dict[str, int] = {"notice": 1, "service": 2, "sales": 1}
SALES_WHEN_BUYING = 2


def choose(*, snapshot: Snapshot, policy: Policy) -> tuple[Suggestion, ...]:
    """The cards of this call. Without leave to sell none sells; what a customer asked for is no pitch."""
    cards: list[Suggestion] = []
    for lane, places in LANES.items():
        if lane == "sales" and snapshot.intent in moments.BUYING:
            places = SALES_WHEN_BUYING
        cards += _of_lane(lane, snapshot=snapshot, policy=policy)[:places]
    return tuple(cards[:MOST])


def _of_lane(lane: str, *, snapshot: Snapshot, policy: Policy) -> list[Suggestion]:
    rules = [rule for rule in RULES if rule.lane == lane and _may_speak(rule, snapshot=snapshot, policy=policy)]
    rules.sort(key=lambda rule: snapshot.intent not in rule.intents)  # stable: else the order of the table
    proposals = [(rule, rule.propose(snapshot)) for rule in rules]
    return [
        _card(rule, proposal)
        for rule, proposal in proposals
        if proposal is not None and _still_open(rule, proposal, snapshot=snapshot)
    ]


def _may_speak(rule: Rule, *, snapshot: Snapshot, policy: Policy) -> bool:
    """A selling rule needs leave; a cheaper plan may always be named to whoever asks for less."""
    if not rule.selling or policy.may_sell:
        return True
    return rule.lane == "service" and snapshot.intent in moments.ASKS_FOR_LESS


def _still_open(rule: Rule, proposal: Proposal, *, snapshot: Snapshot) -> bool:
    """A card answered in this call stays where it is; what was refused lately in another call does not come again."""
    key = (rule.key, proposal.product.code if proposal.product else "")
    if key in snapshot.decided_in_call:
        return True
    asked_for_less = rule.action == "rightsize" and snapshot.intent in moments.ASKS_FOR_LESS
    if key in snapshot.refused_lately and not asked_for_less:
        return False
    if rule.lane != "sales":
        return True
    moment = moments.moment(intent=snapshot.intent, refused_in_call=snapshot.refused_in_call)
    return moment is moments.Moment.OPEN


def _card(rule: Rule, proposal: Proposal) -> Suggestion:
    product = proposal.product
    return Suggestion(
        action=rule.action,
        lane=rule.lane,
        rule=rule.key,
        offering_code=product.code if product else "",
        title_en=product.name_en if product else rule.title.en,
        title_zh=product.name_zh if product else rule.title.zh,
        why_en=proposal.why.en,
        why_zh=proposal.why.zh,
        fee_fen=product.fee_fen if product else None,
        facts=proposal.facts,
    )
