"""The contact policy before a supervisor: what counts now, what is proposed, and what it says of one contact."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any

from django.utils.translation import gettext as _

from callcenter.foundation import masks
from callcenter.foundation.errors import Invalid, NotFound
from callcenter.foundation.phones import e164
from customers.identity import queries as identity
from customers.offers import contact_queries, contacting, queries
from customers.offers.contact.terms import CHANNELS, Rules
from customers.offers.contact_effect import Effect, effect
from customers.offers.contact_policy import Ask, Purpose, Verdict


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What the policy says of one contact at one instant."""

    verdict: Verdict
    at: datetime
    masked_number: str
    known: bool


@dataclass(frozen=True, kw_only=True)
class ContactPage:
    versions: tuple[contact_queries.RulesView, ...]
    in_force: contact_queries.RulesView
    calendars: tuple[contact_queries.CalendarView, ...]
    channels: tuple[str, ...]
    purposes: tuple[str, ...]
    asked: Mapping[str, str]
    answer: Answer | None
    fault: str


def contact_page(*, asked: Mapping[str, str], now: datetime, zone: tzinfo) -> ContactPage:
    """The page; with a number in `asked` also the answer to that question. A question that cannot be read says why."""
    answer, fault = None, ""
    if asked.get("number"):
        try:
            answer = _answer(asked, now, zone)
        except Invalid as refusal:
            fault = refusal.sentence
    in_force = contact_queries.in_force(now=now)
    return ContactPage(
        versions=contact_queries.versions(),
        in_force=in_force,
        calendars=contact_queries.calendar_ends(rules=in_force.rules, today=now.astimezone(zone).date()),
        channels=CHANNELS,
        purposes=tuple(Purpose),
        asked=asked,
        answer=answer,
        fault=fault,
    )


@dataclass(frozen=True, kw_only=True)
class EffectPage:
    """What a proposal says differently, and would have changed; `version` None: a draft nobody has proposed yet."""

    version: contact_queries.RulesView | None
    changes: contact_queries.Changes
    effect: Effect


def effect_of(*, rules_id: int, now: datetime) -> EffectPage:
    """A stored version beside what counts now. Raises NotFound."""
    found = contact_queries.version(rules_id=rules_id)
    if found is None:
        raise NotFound(_("There is no such version of the rules."))
    return _beside_what_counts(found, found.rules, json.loads(found.text), now)


def effect_of_draft(*, rules: Mapping[str, Any], now: datetime) -> EffectPage:
    """Rules that are only thought of. Raises Invalid."""
    return _beside_what_counts(None, contacting.read(rules=rules), rules, now)


def _beside_what_counts(
    version: contact_queries.RulesView | None, rules: Rules, raw: Mapping[str, Any], now: datetime
) -> EffectPage:
    in_force = contact_queries.in_force(now=now)
    return EffectPage(
        version=version,
        changes=contact_queries.changes(old=json.loads(in_force.text), new=raw),
        effect=effect(old=in_force.rules, new=rules, now=now),
    )


def read_proposal(body: Mapping[str, str], *, now: datetime, zone: tzinfo) -> dict[str, Any]:
    """The fields of a proposal. Raises Invalid with a sentence."""
    try:
        rules = json.loads(body.get("rules", ""))
    except ValueError as why:
        raise Invalid(_("The rules are no JSON: {why}").format(why=why), field="/rules") from why
    if not isinstance(rules, dict):
        raise Invalid(_("The rules are one object in braces."), field="/rules")
    start = _instant(body.get("effective_from", ""), now, zone)
    return {"rules": rules, "note": body.get("note", ""), "effective_from": start}


def _answer(asked: Mapping[str, str], now: datetime, zone: tzinfo) -> Answer:
    number = e164(asked["number"])
    if not number:
        raise Invalid(_("This is no telephone number that can be reached."), field="/number")
    channel, purpose = asked.get("channel", "VOICE"), asked.get("purpose", Purpose.MARKETING)
    if channel not in CHANNELS or purpose not in set(Purpose):
        raise Invalid(_("Choose a channel and a purpose from the lists."), field="/channel")
    direction = "in" if asked.get("direction") == "in" else "out"
    at = _instant(asked.get("at", ""), now, zone)
    found = identity.find(kind="phone", value=number, now=now)
    ask = Ask(direction=direction, channel=channel, purpose=Purpose(purpose), action=asked.get("action", "")[:48])
    verdict = queries.contact_check(customer_id=found.customer_id, number_e164=number, ask=ask, now=at)
    return Answer(
        verdict=verdict, at=at, masked_number=masks.phone(number), known=found.customer_id is not None
    )  # fmt: skip


def _instant(text: str, now: datetime, zone: tzinfo) -> datetime:
    """A local date and time as browsers send them; "" is now."""
    if not text:
        return now
    try:
        at = datetime.fromisoformat(text)
    except ValueError as why:
        raise Invalid(_("Give a date and a time."), field="/at") from why
    return at if at.tzinfo else at.replace(tzinfo=zone)
