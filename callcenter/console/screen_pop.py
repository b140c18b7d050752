"""The screen-pop: who is calling, why, what must not be said, what would suit, how to say it.

It only composes what the rooms answer. Three parts are fetched apart from each other, so that who is calling and the
policy warnings never wait for the timeline or the offers.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from callcenter.foundation import masks
from callcenter.foundation.errors import NotFound
from callcenter.foundation.phones import far_end
from callcenter.foundation.principal import Principal
from customers.identity import queries as identity
from customers.knowledge import fitting as knowledge
from customers.knowledge.fitting import Fitting
from customers.offers import comparison as comparing
from customers.offers import operations as offering
from customers.offers import queries as offers
from customers.offers.moments import ASKS_FOR_LESS
from customers.offers.scripts import saying
from customers.results import (
    CallContext,
    Candidate,
    Comparison,
    CustomerView,
    MaskedIdentifier,
    ObjectionView,
    Policy,
    ProductName,
    ScriptView,
    Suggestions,
    TimelinePage,
)
from customers.timeline import queries as timeline
from ivr import queries as ivr
from ivr.results import Intent, PathView
from routing import queries as routing
from routing.results import AgentView, CallView, ReservationView
from routing.states import HOLDING_RESERVATION, LIVE_RESERVATION, ReservationState

AFTERGLOW = timedelta(minutes=10)  # how long a finished reservation still opens its page
TIMELINE_ROWS = 20


class Denied(NotFound):
    """Not this person's to see: answered as if it did not exist. The door writes down who asked."""

    def __init__(self, subject: str) -> None:
        super().__init__("There is nothing here by that name.")
        self.subject = subject


@dataclass(frozen=True, kw_only=True)
class Caller:
    """Who is calling and how sure we are."""

    masked_number: str  # "" when withheld
    basis: str  # exact | several | new | withheld | chosen
    customer: CustomerView | None
    candidates: tuple[Candidate, ...]  # to choose from while several fit

    @property
    def number_is_theirs(self) -> bool:
        """The number of the call is among the customer's own: it need not be shown twice."""
        return any(item.masked == self.masked_number for item in self.identifiers)

    @property
    def identifiers(self) -> tuple[MaskedIdentifier, ...]:
        """The customer's own, the one of this call first."""
        own = self.customer.identifiers if self.customer else ()
        return tuple(sorted(own, key=lambda item: item.masked != self.masked_number))


@dataclass(frozen=True, kw_only=True)
class ScreenPop:
    """What the desk shows first: caller, reason, way through the menus, what must be respected."""

    reservation: ReservationView
    call: CallView
    queue_en: str
    queue_zh: str
    waited_s: float  # from joining the queue to ringing
    caller: Caller
    intent: Intent
    path: PathView | None
    policy: Policy
    from_en: str = ""  # the colleague who asks, or who sent the caller here
    from_zh: str = ""


def reservation_of(*, reservation_id: UUID, principal: Principal, now: datetime) -> ReservationView:
    """The agent's own reservation, live or just over. Anything else does not exist for them, and is written down."""
    found = routing.reservation(reservation_id=reservation_id)
    over = found.state not in LIVE_RESERVATION and (found.ended_at is None or now - found.ended_at > AFTERGLOW)
    if found.agent_id != principal.agent_id or over:
        raise Denied(f"reservation:{reservation_id}")
    return found


def check_serving(*, reservation: ReservationView, now: datetime) -> None:
    """A caller nobody knows yet is shown to who serves them only, as a customer is. Raises Denied."""
    ended = reservation.talk_ended_at
    wraps_up = reservation.state == ReservationState.WRAPPING and ended is not None and now - ended < AFTERGLOW
    if reservation.state not in HOLDING_RESERVATION and not wraps_up:
        raise Denied(f"call:{reservation.call_id}")


def customer_of(*, call: CallView, principal: Principal, now: datetime) -> UUID | None:
    """The call's customer, if the agent serves them now; raises NotFound, with an audit row, if not."""
    if call.customer_id is None:
        return None
    serving = None
    if principal.agent_id is not None:
        serving = routing.serves(agent_id=principal.agent_id, customer_id=call.customer_id, now=now)
    if serving is None:
        raise Denied(f"customer:{call.customer_id}")
    return call.customer_id


def screen_pop(*, reservation: ReservationView, call: CallView, customer_id: UUID | None, now: datetime) -> ScreenPop:
    """Who is calling and why. The number of statements does not grow with the customer's history."""
    queue_en, queue_zh = routing.queue_names(domain=call.domain, key=call.queue or "")
    path = ivr.path_of(call_id=call.id)
    before = sender_of(reservation)
    return ScreenPop(
        from_en=before.name_en if before else "",
        from_zh=before.name_zh if before else "",
        reservation=reservation,
        call=call,
        queue_en=queue_en,
        queue_zh=queue_zh,
        waited_s=(reservation.created_at - (call.enqueued_at or call.arrived_at)).total_seconds(),
        caller=caller_of(call=call, customer_id=customer_id, now=now),
        intent=path.intent if path else ivr.intent_of(call_id=call.id),
        path=path,
        policy=offers.policy(customer_id=customer_id, number_e164=far_end(call), now=now, call_id=call.id),
    )


def sender_of(reservation: ReservationView) -> AgentView | None:
    """The colleague through whom this work came, by asking or by sending the caller on."""
    by = reservation.because.get("by")
    return routing.agent(agent_id=by) if isinstance(by, int) else None


def caller_of(*, call: CallView, customer_id: UUID | None, now: datetime) -> Caller:
    """Several fitting customers are shown as several: nobody is chosen silently."""
    customer = identity.customer_view(customer_id=customer_id, now=now) if customer_id else None
    candidates: tuple[Candidate, ...] = ()
    number, raw = far_end(call), call.to_number if call.direction == "out" else call.from_number
    if number and call.match_basis in {"several", "chosen"}:
        candidates = identity.find(kind="phone", value=number, now=now).candidates
    return Caller(
        masked_number=masks.phone(number or raw) if raw else "",
        basis=call.match_basis or "none",
        customer=customer,
        candidates=candidates,
    )


def history(*, customer_id: UUID, kinds: tuple[str, ...], cursor: str) -> TimelinePage:
    return timeline.page(customer_id=customer_id, cursor=cursor, limit=TIMELINE_ROWS, kinds=kinds)


def fitting(*, customer_id: UUID, now: datetime) -> tuple[Fitting, ...]:
    """The questions of the knowledge base that this customer answers; shown when the call is opened, not by filter."""
    return knowledge.fitting(customer_id=customer_id, now=now)


def products_in(page: TimelinePage) -> dict[str, ProductName]:
    """The names of the products that were ordered or offered on this page of the timeline."""
    return offers.product_names(codes=[row.code for row in page.rows if row.kind in {"offer", "order"}])


def suggestions(
    *,
    reservation: ReservationView,
    call: CallView,
    customer_id: UUID | None,
    agent: AgentView,
    language: str,
    now: datetime,
) -> Suggestions:
    """Up to three, and none is normal. What is put on the screen of a served call is logged, once per call."""
    if customer_id is None:
        return Suggestions()
    context = call_context(call=call, customer_id=customer_id, agent=agent, language=language)
    policy = offers.policy(customer_id=customer_id, number_e164=far_end(call), now=now, call_id=call.id)
    found = offers.suggest(context=context, policy=policy, now=now)
    if reservation.state not in {ReservationState.ACCEPTED, ReservationState.WRAPPING}:
        return found
    cards = offering.show(context=context, suggestions=found.cards, decision=found.decision, now=now)
    return replace(found, cards=cards)


def comparison(
    *, call: CallView, customer_id: UUID, offering_code: str, agent: AgentView, language: str, now: datetime
) -> Comparison:
    """What the customer pays beside what an offered plan would have cost them. Raises NotFound, UnableToCompare."""
    context = call_context(call=call, customer_id=customer_id, agent=agent, language=language)
    return comparing.comparison(context=context, customer_id=customer_id, offering_code=offering_code, now=now)


def script(
    *,
    call: CallView,
    customer_id: UUID | None,
    agent: AgentView,
    language: str,
    offering_code: str = "",
    path: tuple[str, ...] = (),
    now: datetime,
) -> ScriptView | None:
    """The published words for this call, or for one offer in it, in the language of the screen.

    Where selling is barred the words that sell are left out, and those made for that moment come first. The words of an
    offer on the screen, and a cheaper plan for whoever asks for less, are no pitch.
    """
    context = call_context(call=call, customer_id=customer_id, agent=agent, language=language)
    may_sell = bool(offering_code) or context.intent in ASKS_FOR_LESS
    if not may_sell:
        policy = offers.policy(customer_id=customer_id, number_e164=far_end(call), now=now, call_id=call.id)
        may_sell = policy.may_sell
    return offers.script(
        context=context, language=language, offering_code=offering_code, may_sell=may_sell, path=path, now=now
    )  # fmt: skip


def objection_answers(
    *,
    call: CallView,
    customer_id: UUID | None,
    agent: AgentView,
    language: str,
    offering_code: str,
    asked: str,
    now: datetime,
) -> tuple[ObjectionView, ...]:
    """Approved answers to what the customer objects."""
    context = call_context(call=call, customer_id=customer_id, agent=agent, language=language)
    return offers.objection_answers(
        context=context, language=language, asked=asked, offering_code=offering_code, now=now
    )  # fmt: skip


def check_said(*, call: CallView, offer_id: int, agent: AgentView, language: str, now: datetime) -> None:
    """Before a yes: what the offer's words bind the agent to say was said. Raises UnsaidLines, NotFound."""
    context = call_context(call=call, customer_id=call.customer_id, agent=agent, language=language)
    code = offers.offered(offer_id=offer_id, call_id=call.id)
    saying.check_said(context=context, language=language, offering_code=code, now=now)


def call_context(*, call: CallView, customer_id: UUID | None, agent: AgentView, language: str) -> CallContext:
    queue_en, queue_zh = routing.queue_names(domain=call.domain, key=call.queue or "")
    return CallContext(
        call_id=call.id,
        customer_id=customer_id,
        intent=ivr.intent_of(call_id=call.id).code,
        language=language,
        queue=queue_zh if language.startswith("zh") else queue_en,
        agent_name=agent.name_zh if language.startswith("zh") else agent.name_en,
        agent_id=agent.id,
    )
