"""Writing what the contact policy rests on: versions of the rules, and contacts reserved, made and released."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from callcenter.foundation import audit
from callcenter.foundation.errors import Conflict, Invalid, NotFound
from callcenter.foundation.principal import Principal
from customers.catalogue.reading import TariffRefused
from customers.offers import contact_policy, policy_facts
from customers.offers.contact import terms
from customers.offers.contact_policy import Ask, Verdict
from customers.offers.models import Contact, ContactRules

HELD = timedelta(hours=24)  # a reservation nobody confirms is freed after a list's life


class UnableToChange(Conflict):
    code = "contact_rules_not_changed"


class UnableToContact(Conflict):
    """The policy says no; `facts` hold the rule, until when, and the next allowed instant."""

    code = "contact_denied"


def read(*, rules: Mapping[str, Any]) -> terms.Rules:
    """Rules nobody has proposed yet. Raises Invalid with the place and the reason."""
    try:
        return terms.read_rules(rules, version=0)
    except TariffRefused as why:
        told = _("These rules cannot be right: {why}").format(why=why.placed(get_language() or "en"))
        raise Invalid(told, field="/rules") from why


@transaction.atomic
def propose(*, rules: Mapping[str, Any], note: str, effective_from: datetime, author: str, now: datetime) -> int:
    """Put a new version of the rules before a second person. Raises Invalid with the place and the reason."""
    read(rules=rules)
    if not note.strip():
        raise Invalid(_("Say in a sentence why the rules change."), field="/note")
    if effective_from < now:
        raise Invalid(_("A change cannot count from the past on."), field="/effective_from")
    made = ContactRules.objects.create(
        rules=dict(rules), note=note.strip()[:300], author=author, proposed_at=now, effective_from=effective_from
    )
    return made.pk


@transaction.atomic
def judge(*, rules_id: int, approve: bool, principal: Principal, now: datetime) -> None:
    """A second person approves or rejects a proposal. Raises NotFound, UnableToChange."""
    found = ContactRules.objects.select_for_update().filter(pk=rules_id).first()
    if found is None:
        raise NotFound(_("There is no such version of the rules."))
    if found.state != ContactRules.State.PROPOSED:
        raise UnableToChange(_("This version has been decided already."), state=found.state)
    if principal.name == found.author:
        raise UnableToChange(_("Somebody other than the author decides about the rules."))
    if approve and found.effective_from < now:
        # its day has come while it waited: it counts from now on, never for what was done before
        found.effective_from = now
    found.state = ContactRules.State.APPROVED if approve else ContactRules.State.REJECTED
    found.approver, found.decided_at = principal.name, now
    found.save(update_fields=["state", "approver", "decided_at", "effective_from"])
    audit.write(
        actor=principal.name, action=f"contact_rules.{found.state}", subject=f"contact_rules:{found.pk}", now=now
    )


@transaction.atomic
def reserve(*, customer_id: UUID | None, number_e164: str, ask: Ask, actor: str, now: datetime) -> int:
    """Hold the place for one outbound contact, counted from now on; answers the reservation.

    Two lists at once cannot both take the last place: party, number and household are locked before counting.
    Raises UnableToContact.
    """
    weighed = policy_facts.read(customer_id=customer_id, number_e164=number_e164, now=now, action=ask.action)
    _lock(str(customer_id or ""), number_e164, str(weighed.household or ""))
    # what another list has just taken was not visible before the locks
    weighed = policy_facts.read(customer_id=customer_id, number_e164=number_e164, now=now, action=ask.action)
    verdict = contact_policy.decide(now=now, ask=ask, facts=weighed.facts, rules=weighed.rules)
    _check(verdict)
    held = Contact.objects.create(
        customer_id=customer_id, number=number_e164, household=weighed.household, channel=ask.channel,
        purpose=ask.purpose, action=ask.action, group=ask.group, at=now, expires_at=now + HELD,
        rules_version=verdict.version, actor=actor,
    )  # fmt: skip
    return held.pk


@transaction.atomic
def confirm(*, contact_id: int, ask: Ask, now: datetime) -> None:
    """At the instant of dialling or sending: asks once more, and counts it as made. Raises UnableToContact, NotFound."""
    held = _held(contact_id, now)
    if held.state == Contact.State.DONE:
        return
    # Its own reservation is set aside while it is judged, and comes back as made; else it stays as it was.
    Contact.objects.filter(pk=held.pk).update(state=Contact.State.RELEASED)
    weighed = policy_facts.read(customer_id=held.customer_id, number_e164=held.number, now=now, action=ask.action)
    verdict = contact_policy.decide(now=now, ask=ask, facts=weighed.facts, rules=weighed.rules)
    _check(verdict)
    Contact.objects.filter(pk=held.pk).update(
        state=Contact.State.DONE, at=now, expires_at=None, rules_version=verdict.version
    )


@transaction.atomic
def release(*, contact_id: int, now: datetime) -> None:
    """The contact did not come about: its place is free again. Repeating it changes nothing."""
    held = Contact.objects.select_for_update().filter(pk=contact_id).first()
    if held is None:
        raise NotFound(_("There is no such reservation."))
    if held.state == Contact.State.DONE:
        raise UnableToChange(_("This contact was made; it counts."), state=held.state)
    held.state = Contact.State.RELEASED
    held.save(update_fields=["state"])


def _held(contact_id: int, now: datetime) -> Contact:
    held = Contact.objects.select_for_update().filter(pk=contact_id).first()
    if held is None:
        raise NotFound(_("There is no such reservation."))
    ended = held.expires_at is not None and held.expires_at <= now
    if held.state == Contact.State.RELEASED or (held.state == Contact.State.PENDING and ended):
        raise UnableToChange(_("This reservation has run out."), state=held.state)
    return held


def _check(verdict: Verdict) -> None:
    if not verdict.allowed:
        later = verdict.next_allowed
        raise UnableToContact(
            _("This contact is not allowed now."), rules=[denial.rule for denial in verdict.denials],
            next_allowed=later.isoformat() if later else None,
        )  # fmt: skip


def _lock(*names: str) -> None:
    """One builder at a time for one party, number or household; always in one order."""
    with connection.cursor() as cursor:
        for name in sorted({name for name in names if name}):
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 20261122))", [f"contact:{name}"])
