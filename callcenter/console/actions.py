"""The desk's commands, one function each: read, one call inward, answer."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from django.utils.translation import gettext as _

from callcenter import hall
from callcenter.accounts import reveals
from callcenter.console import defaults, desk_state, drafts, leases, screen_pop
from callcenter.console.commands import Answer, Command, command, report
from callcenter.foundation.errors import Conflict, Invalid, NotFound
from callcenter.foundation.ids import public, read_int, read_uuid
from callcenter.foundation.phones import far_end
from customers.identity import queries as identity
from customers.offers import operations as offering
from customers.offers.scripts import saying
from routing import operations as routing
from routing import queries as routing_queries
from routing.results import CallView, ReservationView
from routing.silence import Speaker
from routing.states import LIVE_RESERVATION, CallState, ReservationState, Role, WrapUpMode

PRESENCES = frozenset({"available", "break", "offline"})
REVEAL_PURPOSE = "serving the customer"


# --- who vouches ----------------------------------------------------------------------------------------------------
@command
def open_desk(given: Command) -> Answer:
    """This window wants to vouch for its agent. Refused (lease_held) while another one does."""
    return _open(given, take_over=False)


@command
def take_over(given: Command) -> Answer:
    """This window vouches from now on, whoever did before."""
    return _open(given, take_over=True)


def _open(given: Command, *, take_over: bool) -> Answer:
    agent = leases.open_desk(
        agent_id=given.agent_id,
        lease_id=given.lease(),
        fingerprint=given.fingerprint,
        browser=given.browser,
        take_over=take_over,
        now=given.now,
        actor=given.principal.name,
    )
    return {"lease": str(agent.lease_id)}


@report
def pulse(given: Command) -> Answer:
    """The page lives and hears us. Tells its newest version, so that a lost notice is noticed here too."""
    leases.pulse(agent_id=given.agent_id, lease_id=given.lease(), now=given.now)
    return {"version": desk_state.newest_version(agent_id=given.agent_id), "now": given.now}


@command
def set_presence(given: Command) -> Answer:
    """Available, break with a reason, offline; while work is open it is kept for afterwards."""
    presence = given.text("presence")
    if presence not in PRESENCES:
        raise Invalid("Presence is available, break or offline.", field="/presence")
    routing.set_presence(
        agent_id=given.agent_id,
        presence=presence,
        reason="" if presence == "available" else given.text("reason")[:32],
        now=given.now,
        actor=given.principal.name,
        lease_id=given.lease(),
    )
    return {}


# --- the reservation ------------------------------------------------------------------------------------------------
@command
def accept(given: Command, reservation: str) -> Answer:
    key = _mine(given, reservation).id
    hall.talk.agent_accepts(
        reservation_id=key,
        agent_id=given.agent_id,
        lease_id=given.lease(),
        actor=given.principal.name,
        now=given.now,
    )
    leases.bring_to_front(agent_id=given.agent_id, lease_id=given.lease(), reservation_id=key)
    return {}


@command
def reject(given: Command, reservation: str) -> Answer:
    reason = given.text("reason", "declined")
    if reason not in {"declined", "busy"}:
        raise Invalid("A call is rejected as declined or busy.", field="/reason")
    hall.talk.agent_rejects(
        reservation_id=_mine(given, reservation).id,
        agent_id=given.agent_id,
        lease_id=given.lease(),
        reason=reason,
        actor=given.principal.name,
        now=given.now,
    )
    return {}


@report
def seen(given: Command, reservation: str) -> Answer:
    """The ring card stands in the page."""
    routing.seen(reservation_id=_mine(given, reservation).id, agent_id=given.agent_id, now=given.now)
    return {}


@command
def complete(given: Command, reservation: str) -> Answer:
    """Save the wrap-up: disposition, note, do-not-contact, and what the agent does next."""
    mine = _mine(given, reservation)
    disposition = _disposition(given, mine)
    # A page that could not load the note does not send one: what was typed before counts.
    saved = "" if "note" in given.body else drafts.note(call_id=mine.call_id, user_id=given.user_id).text
    note = given.text("note", saved)
    drafts.check_note(note)
    following = given.text("next", "available")
    if following not in {"", "available", "break"}:
        raise Invalid("Next is available, break, or nothing to stay as you are.", field="/next")
    hall.ending.call_wrapped_up(
        reservation_id=mine.id,
        agent_id=given.agent_id,
        disposition=disposition,
        note=note,
        do_not_contact=given.body.get("do_not_contact") is True,
        next_presence=following,
        lease_id=given.lease(),
        actor=given.principal.name,
        now=given.now,
    )
    drafts.forget_note(call_id=mine.call_id, user_id=given.user_id)
    return {}


def _disposition(given: Command, mine: ReservationView) -> str:
    code = given.text("disposition")
    if not code and mine.wrap_up_mode != WrapUpMode.OPTIONAL:
        raise Invalid("Choose a disposition first.", code="disposition_required", field="/disposition")
    if code and code not in {row.code for row in defaults.dispositions()}:
        raise Invalid("There is no such disposition.", code="unknown_disposition", field="/disposition")
    return code or "none"


@command
def extend(given: Command, reservation: str) -> Answer:
    """Sixty seconds more for the wrap-up."""
    routing.extend(
        reservation_id=_mine(given, reservation).id,
        agent_id=given.agent_id,
        now=given.now,
        actor=given.principal.name,
    )
    return {}


@command
def focus(given: Command, reservation: str) -> Answer:
    """Bring one of several conversations to the front."""
    mine = _mine(given, reservation)
    if mine.state not in LIVE_RESERVATION:
        raise Conflict("This conversation is over.", state=str(mine.state))
    leases.bring_to_front(agent_id=given.agent_id, lease_id=given.lease(), reservation_id=mine.id)
    return {}


@command
def call_off(given: Command, reservation: str) -> Answer:
    """A call that goes out is taken back before the customer is reached: both phones fall silent, the agent is free.

    A promise to ring back stands: that was one try of it.
    Raises Conflict (customer_answered where the two talk by now, illegal_transition, lease_lost).
    """
    mine = _mine(given, reservation)
    _check_lease(given)
    call = routing_queries.call(call_id=mine.call_id)
    if mine.connected_at is not None and (mine.dialled or call.direction == "callback"):
        raise _too_late(mine.state)
    if not desk_state.goes_out(mine, call):
        raise Conflict("Only a call that goes out can be called off.", state=str(mine.state))
    try:
        hall.ending.call_canceled(call_id=mine.call_id, actor=given.principal.name, now=given.now, by="agent")
    except Conflict as moved:
        raise _too_late(CallState.CONNECTED) if moved.facts.get("state") == CallState.CONNECTED else moved from None
    if call.direction == "callback":
        return {"said": _("Called off. The customer is rung back later, as long as a try is left.")}
    return {"said": _("Called off: the customer is no longer being called.")}


def _too_late(state: str) -> Conflict:
    return Conflict("Too late to call off: the customer has answered.", code="customer_answered", state=str(state))


# --- the call -------------------------------------------------------------------------------------------------------
def _change(given: Command, call: str, change: Callable[..., object]) -> Answer:
    """An act on the talk that needs no more words than its name."""
    change(call_id=_talking(given, call).id, actor=given.principal.name, now=given.now)
    return {}


@command
def hold(given: Command, call: str) -> Answer:
    return _change(given, call, hall.talk.call_held)


@command
def resume(given: Command, call: str) -> Answer:
    return _change(given, call, hall.talk.call_resumed)


@command
def transfer(given: Command, call: str) -> Answer:
    serving = _talking(given, call)
    hall.talk.call_transferred(call_id=serving.id, queue=given.text("queue"), actor=given.principal.name, now=given.now)
    return {}


@command
def answered(given: Command, call: str) -> Answer:
    """The agent has written where the gateway does not say so: it is the customer's turn."""
    serving = _talking(given, call)
    routing.message(call_id=serving.id, by=Speaker.AGENT, now=given.now)
    return {}


# --- two agents -----------------------------------------------------------------------------------------------------
@command
def send_to(given: Command, call: str) -> Answer:
    """The caller goes to a named colleague, who is rung at once."""
    serving = _talking(given, call)
    hall.consult.sent_to_colleague(
        call_id=serving.id, agent_id=_colleague(given), actor=given.principal.name, now=given.now
    )
    return {}


@command
def send_outside(given: Command, call: str) -> Answer:
    """The caller goes to a number outside."""
    serving = _talking(given, call)
    hall.consult.sent_outside(
        call_id=serving.id, number=given.text("number")[:40], actor=given.principal.name, now=given.now
    )
    return {}


@command
def ask(given: Command, call: str) -> Answer:
    """A colleague is asked while the caller is on hold."""
    serving = _talking(given, call)
    hall.consult.colleague_asked(
        call_id=serving.id, agent_id=_colleague(given), actor=given.principal.name, now=given.now
    )
    return {}


@command
def join(given: Command, call: str) -> Answer:
    """All three talk."""
    return _change(given, call, hall.consult.all_brought_together)


@command
def hand_over(given: Command, call: str) -> Answer:
    """The colleague who was asked serves the caller from here on."""
    return _change(given, call, hall.consult.caller_handed_over)


@command
def take_back(given: Command, call: str) -> Answer:
    """Without the colleague: agent and caller alone."""
    return _change(given, call, hall.consult.caller_taken_back)


def _colleague(given: Command) -> int:
    return read_int("a", given.text("agent"))


@command
def hang_up(given: Command, call: str) -> Answer:
    serving, mine = call_served(given, call)
    hall.talk.agent_leg_ended(
        call_id=serving.id,
        reservation_id=mine.id,
        by="agent",
        actor=given.principal.name,
        now=given.now,
        on_purpose=True,
    )
    return {}


@report
def note(given: Command, call: str) -> Answer:
    """Autosave of what was typed, over the version it was typed on."""
    serving, _ = call_served(given, call, lease=False)
    base = given.body.get("base_version")
    if not isinstance(base, int) or isinstance(base, bool) or not 0 <= base < 2**31 - 1:
        raise Invalid("base_version must be a number.", field="/base_version")
    text = given.body.get("text")
    if not isinstance(text, str):
        raise Invalid("text must be text.", field="/text")
    saved = drafts.save_note(call_id=serving.id, user_id=given.user_id, text=text, base_version=base, now=given.now)
    return {"version": saved.version, "saved_at": saved.saved_at}


@command
def choose_customer(given: Command, call: str) -> Answer:
    """Who it really is: one of the candidates, or nobody ("Not this person")."""
    serving, mine = call_served(given, call)
    if serving.state != CallState.WRAPPING:
        _check_talking(serving, mine)
    chosen = given.text("customer")
    customer_id = _candidate(serving, chosen, given) if chosen else None
    hall.talk.customer_chosen(call_id=serving.id, customer_id=customer_id, actor=given.principal.name, now=given.now)
    return {}


def _candidate(call: CallView, chosen: str, given: Command) -> UUID:
    """Only somebody whom this number reaches may be chosen: the desk is no way to search for people."""
    candidates = identity.find(kind="phone", value=far_end(call), now=given.now).candidates
    for candidate in candidates:
        if str(candidate.customer_id) == chosen:
            return candidate.customer_id
    raise NotFound("This number does not lead to that customer.")


@command
def decide_offer(given: Command, offer: int) -> Answer:
    """What became of one suggestion: accepted, declined with a reason, later."""
    state = given.text("state")
    reason = given.text("reason")
    if state not in {"accepted", "declined", "later"}:
        raise Invalid("An offer is accepted, declined or left for later.", field="/state")
    if state == "declined" and not reason:
        raise Invalid("Choose a reason first.", code="reason_needed", field="/reason")
    serving, mine = call_served(given, given.text("call"))
    if state == "accepted":
        agent = routing_queries.agent(agent_id=mine.agent_id)
        screen_pop.check_said(call=serving, offer_id=offer, agent=agent, language=given.language, now=given.now)
    offering.decide(
        offer_id=offer,
        call_id=serving.id,
        state=state,
        reason=reason[:32],
        agent_id=given.agent_id,
        now=given.now,
    )
    return {}


@command
def say_line(given: Command, call: str) -> Answer:
    """A line that must be said was, or why it was not; kept with the words as they stood on the screen."""
    serving, mine = call_served(given, call)
    line, version = given.body.get("line"), given.body.get("version")
    if not (isinstance(line, int) and isinstance(version, int)):
        raise Invalid("Name the script's version and line.", field="/line")
    shown = screen_pop.script(
        call=serving, customer_id=serving.customer_id, agent=routing_queries.agent(agent_id=mine.agent_id),
        language=given.language, offering_code=given.text("offer")[:48],
        path=tuple(step for step in given.text("path")[:200].split(",") if step), now=given.now,
    )  # fmt: skip
    words = [one.text for one in shown.lines if one.number == line] if shown and shown.version_id == version else []
    if not words:
        raise NotFound("These words are no longer on the screen. Look again.")
    saying.say(
        call_id=serving.id, version_id=version, line=line, outcome=given.text("outcome"), words=words[0],
        agent_id=given.agent_id, now=given.now,
    )  # fmt: skip
    return {}


@report
def reveal(given: Command) -> Answer:
    """One masked value in clear: the audit row is written first, the value leaves only then."""
    serving, _ = call_served(given, given.text("call"))
    customer_id = screen_pop.customer_of(call=serving, principal=given.principal, now=given.now)
    if customer_id is None:
        raise NotFound("Nobody is identified yet.")
    value = reveals.reveal(
        principal=given.principal,
        customer_id=customer_id,
        field=given.text("field"),
        purpose=REVEAL_PURPOSE,
        call_id=serving.id,
        now=given.now,
    )
    return {"value": value, "seconds": reveals.SHOWN_S}


# --- what is mine ---------------------------------------------------------------------------------------------------
def _mine(given: Command, word: str) -> ReservationView:
    """The agent's own reservation. What is not theirs does not exist for them."""
    return screen_pop.reservation_of(reservation_id=read_uuid("r", word), principal=given.principal, now=given.now)


def call_served(given: Command, word: str, *, lease: bool = True) -> tuple[CallView, ReservationView]:
    """The call this agent serves now, by the window that holds the lease."""
    call_id = read_uuid("c", word)
    for mine in routing_queries.open_work(agent_id=given.agent_id):
        if mine.call_id == call_id and mine.state in LIVE_RESERVATION - {ReservationState.PENDING}:
            if lease:
                _check_lease(given)
            return routing_queries.call(call_id=call_id), mine
    raise screen_pop.Denied(f"call:{call_id}")


def _talking(given: Command, word: str) -> CallView:
    """The call this agent talks on."""
    call, mine = call_served(given, word)
    _check_talking(call, mine)
    return call


def _check_talking(call: CallView, mine: ReservationView) -> None:
    """A caller passed on is the next agent's, though the wrap-up here still runs; of who is asked it is not yet theirs.

    Raises Conflict.
    """
    if mine.role != Role.PRIMARY:
        raise Conflict("A colleague serves this caller.", code="not_yours", state=call.state.value)
    if mine.state != ReservationState.ACCEPTED:
        raise Conflict("You no longer talk with this caller.", state=call.state.value, version=call.version)


def _check_lease(given: Command) -> None:
    agent = routing_queries.agent(agent_id=given.agent_id)
    if agent.lease_id != given.lease():
        raise Conflict("This desk is open somewhere else now.", code="lease_lost", agent=public("a", agent.id))
