"""What a change of the contact rules would have done: the last days' questions, put to both versions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from customers.offers import contact_policy, policy_facts
from customers.offers.contact.facts import INBOUND_PITCH, Ask, PolicyFacts, Purpose
from customers.offers.contact.terms import Rules
from customers.reading import rows

DAYS, MOST_DAYS = 7, 30
MOST = 400  # questions played; of more an even sample is drawn, the same at every look

# Each call in which a sale was weighed, each contact reserved or made, and each that a campaign could not make.
_QUESTIONS = """
SELECT direction, channel, purpose, action, "group", customer, coalesce(number, own.value, ''), at, call, count(*) OVER ()
FROM (
    SELECT 'in' AS direction, 'VOICE' AS channel, 'MARKETING' AS purpose, '' AS action, '' AS "group",
           customer_id AS customer, NULL::text AS number, at, call, 'call' || id AS name
    FROM customers_arbitration WHERE at > %(since)s AND at <= %(now)s
    UNION ALL
    SELECT direction, channel, purpose, action, "group", customer_id, nullif(number, ''), at, NULL::uuid, 'contact' || id
    FROM customers_contact WHERE at > %(since)s AND at <= %(now)s
    UNION ALL
    SELECT 'out', channels.channel, 'MARKETING', product.code, campaign.group, member.customer_id, NULL, member.at, NULL,
           'member' || member.id || channels.channel
    FROM customers_campaignmember AS member
    JOIN customers_campaign AS campaign ON campaign.id = member.campaign_id
    JOIN customers_offering AS product ON product.id = campaign.offering_id
    CROSS JOIN jsonb_array_elements_text(campaign.channels) AS channels(channel)
    WHERE member.state IN ('waiting', 'barred') AND member.at > %(since)s AND member.at <= %(now)s
) AS asked
LEFT JOIN LATERAL (
    SELECT value FROM customers_identifier WHERE customer_id = asked.customer AND kind = 'phone' AND valid_to IS NULL
    ORDER BY id LIMIT 1) AS own ON asked.number IS NULL
ORDER BY hashtextextended(name, 0) LIMIT %(most)s
"""


@dataclass(frozen=True, kw_only=True)
class ByChannel:
    """One way of contact: how many questions, how many answered no before and after, and who moved."""

    direction: str  # in | out
    channel: str
    asked: int
    before: int
    after: int
    more: int  # allowed before, denied now
    fewer: int  # denied before, allowed now


@dataclass(frozen=True, kw_only=True)
class ByRule:
    """How many questions a rule denied before and after."""

    rule: str
    before: int
    after: int


@dataclass(frozen=True, kw_only=True)
class Effect:
    """Both versions over the same questions. Consents and people are as today: only the rules differ."""

    days: int
    asked: int
    found: int  # of so many: above `asked` it is a sample
    channels: tuple[ByChannel, ...]
    rules: tuple[ByRule, ...]  # those that differ first

    @property
    def more(self) -> int:
        return sum(one.more for one in self.channels)

    @property
    def fewer(self) -> int:
        return sum(one.fewer for one in self.channels)


@dataclass(frozen=True, kw_only=True)
class Question:
    """One contact as it was weighed."""

    ask: Ask
    customer: UUID | None
    number: str
    at: datetime
    call: UUID | None


def effect(*, old: Rules, new: Rules, now: datetime, days: int = DAYS) -> Effect:
    """The last `days` (thirty at most) through both versions."""
    span = min(max(days, 1), MOST_DAYS)
    found = rows(_QUESTIONS, since=now - timedelta(days=span), now=now, most=MOST)
    answers = [(question.ask, *_both(question, old, new)) for question in map(_question, found)]
    return Effect(
        days=span, asked=len(found), found=found[0][-1] if found else 0, channels=tuple(_by_channel(answers)),
        rules=_by_rule(answers),
    )  # fmt: skip


Answers = list[tuple[Ask, frozenset[str], frozenset[str]]]


def _question(row: tuple[Any, ...]) -> Question:
    direction, channel, purpose, action, group, customer, number, at, call, _found = row
    ask = Ask(direction=direction, channel=channel, purpose=Purpose(purpose), action=action, group=group)
    return Question(ask=INBOUND_PITCH if call else ask, customer=customer, number=number, at=at, call=call)


def _both(question: Question, old: Rules, new: Rules) -> tuple[frozenset[str], frozenset[str]]:
    weighed = policy_facts.read(
        customer_id=question.customer, number_e164=question.number, now=question.at, call_id=question.call,
        action=question.ask.action,
    )  # fmt: skip
    facts = _before(weighed.facts, question.at)
    first, second = (
        contact_policy.denied_by(now=question.at, ask=question.ask, facts=facts, rules=rules) for rules in (old, new)
    )
    return first, second


def _before(facts: PolicyFacts, at: datetime) -> PolicyFacts:
    """Without the contact itself and what came after it."""
    return replace(facts, touches=tuple(touch for touch in facts.touches if touch.at < at))


def _by_channel(answers: Answers) -> Iterator[ByChannel]:
    kinds: Mapping[tuple[str, str], int] = Counter((ask.direction, ask.channel) for ask, _old, _new in answers)
    for (direction, channel), asked in sorted(kinds.items()):
        here = [(old, new) for ask, old, new in answers if (ask.direction, ask.channel) == (direction, channel)]
        yield ByChannel(
            direction=direction, channel=channel, asked=asked,
            before=sum(bool(old) for old, _new in here), after=sum(bool(new) for _old, new in here),
            more=sum(not old and bool(new) for old, new in here), fewer=sum(bool(old) and not new for old, new in here),
        )  # fmt: skip


def _by_rule(answers: Answers) -> tuple[ByRule, ...]:
    before = Counter(rule for _ask, old, _new in answers for rule in old)
    after = Counter(rule for _ask, _old, new in answers for rule in new)
    found = [ByRule(rule=rule, before=before[rule], after=after[rule]) for rule in before.keys() | after.keys()]
    return tuple(sorted(found, key=lambda one: (-abs(one.after - one.before), -one.after, one.rule)))
