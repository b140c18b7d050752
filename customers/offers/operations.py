"""Writing what was offered and what became of it, and the wish to be left in peace."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from callcenter.foundation.errors import Conflict, Invalid, NotFound
from customers.catalogue.models import Offering
from customers.identity import normalise
from customers.offers import telling
from customers.offers.consents import asking
from customers.offers.consents import operations as consents
from customers.offers.models import Arbitration, DoNotCall, Offer
from customers.offers.trials import operations as trials
from customers.offers.waiting import operations as waiting
from customers.offers.wording import DECLINES
from customers.results import CallContext, Suggestion
from customers.timeline import operations as timeline
from customers.timeline.kinds import OFFER

DO_NOT_CONTACT = "do_not_contact"
_UNDECIDED = frozenset({"thinks_about_it", "bad_moment"})  # no answer to a question, only a pause
_ANSWERS = (Offer.State.ACCEPTED, Offer.State.DECLINED, Offer.State.LATER)


class UnableToDecide(Conflict):
    """Somebody answered for the customer before; `facts["state"]` is what stands."""

    code = "offer_decided"


@transaction.atomic
def show(
    *,
    context: CallContext,
    suggestions: Sequence[Suggestion],
    now: datetime,
    decision: Mapping[str, object] | None = None,
) -> tuple[Suggestion, ...]:
    """Log what is on the agent's screen and answer the cards with their `offer_id` and `state`.

    A card is one row per call and customer, however often the page is loaded; the first `decision` of a call stands,
    also where it put no card there: who was left in peace is compared with the others later. Without a customer
    nothing is logged.
    """
    if context.customer_id is None:
        return tuple(suggestions)
    logged_as = _decision(context.call_id, context.customer_id, decision, now) if decision else None
    if not suggestions:
        return ()
    codes = {card.offering_code for card in suggestions if card.offering_code}
    ids = dict(Offering.objects.filter(code__in=codes).values_list("code", "pk"))
    rows = [
        Offer(
            call=context.call_id,
            customer_id=context.customer_id,
            offering_id=ids.get(card.offering_code),
            action=card.action,
            lane=card.lane,
            rule=card.rule,
            rank=rank,
            shown_at=now,
            agent=context.agent_id,
            decision_id=logged_as,
        )
        for rank, card in enumerate(suggestions, start=1)
    ]
    Offer.objects.bulk_create(rows, ignore_conflicts=True)
    waiting.told_in_call(
        customer_id=context.customer_id, codes=[card.offering_code for card in suggestions if card.rule == "waiting_offer"],
        now=now,
    )  # fmt: skip
    logged = Offer.objects.filter(call=context.call_id, customer=context.customer_id)
    by_card = {
        (rule, code or ""): (pk, state)
        for rule, code, pk, state in logged.values_list("rule", "offering__code", "pk", "state")
    }
    shown = []
    for card in suggestions:
        offer_id, state = by_card[card.rule, card.offering_code]
        shown.append(replace(card, offer_id=offer_id, state=state))
    return tuple(shown)


@transaction.atomic
def decide(*, offer_id: int, call_id: UUID, state: str, reason: str, agent_id: int | None, now: datetime) -> None:
    """What the customer answered: `accepted`, `declined` with a reason of `wording.DECLINES`, or `later`.

    The same answer twice is one; "later" may still become a yes or a no. "Wants no offers" is kept for the customer at
    once. Raises NotFound for another call's offer, Invalid, and UnableToDecide with the state that stands.
    """
    if state not in _ANSWERS:
        raise Invalid(_("An offer is accepted, declined or put off."), field="/state")
    if state == Offer.State.DECLINED and reason not in DECLINES:
        raise Invalid(_("Please choose why the customer declined."), field="/reason")
    offer = Offer.objects.select_for_update().filter(pk=offer_id, call=call_id).first()
    if offer is None:
        raise NotFound(_("This offer does not belong to this call."))
    reason = reason if state == Offer.State.DECLINED else ""
    if offer.state == state and offer.reason == reason:
        return
    if offer.state not in {Offer.State.SHOWN, Offer.State.LATER}:
        raise UnableToDecide(_("This offer has been answered already."), state=offer.state)
    offer.state, offer.reason, offer.decided_at, offer.agent = state, reason, now, agent_id
    offer.save(update_fields=["state", "reason", "decided_at", "agent"])
    _remember(offer, now=now)
    _keep_or_close(offer, now=now)
    _keep_consent(offer, now=now)
    _tell(offer, now=now)
    if reason == DO_NOT_CONTACT:
        suppress(customer_id=offer.customer_id, number="", source="offer_declined", now=now)


def suppress(*, customer_id: UUID | None, number: str, source: str, now: datetime) -> None:
    """Keep the wish not to be contacted, of a person, a number or both. Once is enough; the first time stands.

    Raises Invalid when neither a customer nor a readable number is given.
    """
    spelled = normalise.normalise(kind="phone", value=number) if number.strip() else ""
    if customer_id is None and not spelled:
        raise Invalid(_("Name the customer or the number that must not be contacted."), field="/number")
    wish = DoNotCall(customer_id=customer_id, number=spelled, source=source, at=now)
    DoNotCall.objects.bulk_create([wish], ignore_conflicts=True)


def _keep_or_close(offer: Offer, *, now: datetime) -> None:
    """ "Later" waits for the next visit; a yes or a no ends the waiting."""
    if offer.offering is None or offer.lane == "notice":
        return
    if offer.state == Offer.State.LATER:
        waiting.keep(customer_id=offer.customer_id, offering_code=offer.offering.code, origin="later", now=now)
    else:
        accepted = offer.state == Offer.State.ACCEPTED
        waiting.answered(customer_id=offer.customer_id, offering_id=offer.offering.pk, accepted=accepted, now=now)


def _keep_consent(offer: Offer, *, now: datetime) -> None:
    """An answer to the question for consent is the consent; who wants to think has given none."""
    question = asking.BY_KEY.get(offer.rule)
    if question is None or offer.state == Offer.State.LATER or offer.reason in _UNDECIDED:
        return
    said = "granted" if offer.state == Offer.State.ACCEPTED else "refused"
    consents.record(
        customer_id=offer.customer_id, purpose=question.purpose, channel=question.channel, state=said,
        proof=f"call c_{offer.call.hex}, agent {offer.agent}: {question.words.zh}", actor="desk", now=now,
    )  # fmt: skip


def _decision(call_id: UUID, customer_id: UUID, decision: Mapping[str, object], now: datetime) -> int | None:
    fields: dict[str, Any] = dict(decision)
    toss = fields.pop("toss", None)
    if toss:
        trials.note(call_id=call_id, customer_id=customer_id, toss=toss, now=now)
    row = Arbitration(call=call_id, customer_id=customer_id, at=now, **fields)
    Arbitration.objects.bulk_create([row], ignore_conflicts=True)
    return Arbitration.objects.filter(call=call_id, customer=customer_id).values_list("pk", flat=True).first()


def _tell(offer: Offer, *, now: datetime) -> None:
    told: dict[str, object] = {
        "offer": offer.pk, "customer": str(offer.customer_id), "rule": offer.rule, "state": offer.state,
        "offering": offer.offering.code if offer.offering else "", "reason": offer.reason,
    }  # fmt: skip
    telling.of_offers("offer.answered", [(offer.call, told)], actor="desk", now=now)


def _remember(offer: Offer, *, now: datetime) -> None:
    """The next agent sees on the timeline what was offered and how it was received."""
    timeline.record(
        customer_id=offer.customer_id,
        at=now,
        channel="voice",
        kind=OFFER,
        direction="out",
        code=offer.offering.code if offer.offering else offer.rule,
        outcome=offer.state,
        ref=offer.call,
        agent=offer.agent,
        data={"reason": offer.reason} if offer.reason else {},
    )
