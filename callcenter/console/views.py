"""The desk's pages and fragments: read, compose, draw."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import wraps
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from callcenter.accounts.access import allow, principal_of
from callcenter.console import defaults, desk_state, drafts, drawing, promising, screen_pop
from callcenter.console.commands import agent_of, refused, session_name
from callcenter.foundation.clock import db_now
from callcenter.foundation.errors import NotFound, Refused
from callcenter.foundation.ids import public, read_uuid
from callcenter.foundation.principal import Role
from customers.offers.comparison import UnableToCompare
from customers.offers.scripts.lines import BINDING_STAGES
from customers.offers.wording import DECLINES, OBJECTIONS, UNSAID
from routing import queries as routing
from routing.colleagues import colleagues as find_colleagues
from routing.results import CallView, ReservationView
from routing.states import ReservationState

PURPOSES = frozenset({"ask", "send"})
NOVICE = timedelta(days=90)
FILTERS = ("", "call", "complaint", "ticket", "order", "offer", "bill")  # "" shows all


def page(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A page or fragment for agents; a refusal is answered as JSON for fragments' error states."""

    @allow(Role.AGENT)
    @require_GET
    @never_cache
    @wraps(view)
    def answer(request: HttpRequest, **kwargs: Any) -> HttpResponse:
        try:
            return view(request, **kwargs)
        except Refused as refusal:
            return refused(request, refusal)

    return answer


@page
def desk(request: HttpRequest) -> HttpResponse:
    """The desk's frame, with its regions as the snapshot will draw them again and again."""
    return render(request, "console/desk.html", _present(request))


@page
def check(request: HttpRequest) -> HttpResponse:
    """Device check: ring, notification, clock, live connection; nothing is recorded."""
    return render(request, "console/check.html", _present(request))


@page
def state(request: HttpRequest) -> HttpResponse:
    """The snapshot and its regions, drawn (JSON)."""
    return JsonResponse(drawing.answer(_state(request), request=request))


def _present(request: HttpRequest) -> dict[str, Any]:
    return drawing.context(_state(request))


def _state(request: HttpRequest) -> desk_state.DeskState:
    _, agent_id = agent_of(request)
    return desk_state.desk_state(agent_id=agent_id, fingerprint=session_name(request), now=db_now())


@page
def ring_card(request: HttpRequest, reservation: str) -> HttpResponse:
    """What rings: the card while it rings, one sentence once it no longer does."""
    now = db_now()
    mine = _mine(request, reservation, now)
    if mine.state != ReservationState.PENDING:
        return render(request, "console/pop/withdrawn.html", {"reservation": mine})
    pop = _pop(request, mine, now)
    context = {"pop": pop, "deadline": desk_state.ring_deadline(mine), **_ids(pop)}
    return render(request, "console/pop/ring.html", context)


@page
def identity(request: HttpRequest, reservation: str) -> HttpResponse:
    """Who is calling and what must be respected, with places for the parts that fetch themselves at their own pace."""
    now = db_now()
    pop = _pop(request, _mine(request, reservation, now), now)
    note = drafts.note(call_id=pop.call.id, user_id=int(request.user.pk or 0))
    before = screen_pop.sender_of(pop.reservation)
    said = drafts.note_of(call_id=pop.call.id, agent_id=before.id) if before else ""
    context = {"pop": pop, "note": note, "said": said, "ring_back": promising.choices(now), **_ids(pop)}
    return render(request, "console/pop/identity.html", context)


@page
def timeline(request: HttpRequest, reservation: str) -> HttpResponse:
    """The customer's last contacts, 20 a page, filtered by kind."""
    now = db_now()
    mine = _mine(request, reservation, now)
    _, customer_id = _call_of(request, mine, now)
    kind = request.GET.get("kind", "")
    kinds = (kind,) if kind in FILTERS[1:] else ()
    rows = None
    if customer_id:
        rows = screen_pop.history(customer_id=customer_id, kinds=kinds, cursor=request.GET.get("cursor", ""))
    context = {
        "page": rows,
        "fits": screen_pop.fitting(customer_id=customer_id, now=now)
        if customer_id and rows and not request.GET
        else (),
        "kind": kind,
        "filters": FILTERS,
        "reservation": reservation,
        "this_call": mine.call_id,
        "names": {**(screen_pop.products_in(rows) if rows else {}), **drawing.names()},
    }
    template = "rows" if request.GET.get("cursor") else "timeline"
    return render(request, f"console/pop/{template}.html", context)


@page
def offers(request: HttpRequest, reservation: str) -> HttpResponse:
    """The offer cards. Policy warnings do not wait for them: they come with the identity."""
    now = db_now()
    mine = _mine(request, reservation, now)
    call, customer_id = _call_of(request, mine, now)
    found = screen_pop.suggestions(
        reservation=mine,
        call=call,
        customer_id=customer_id,
        agent=routing.agent(agent_id=mine.agent_id),
        language=request.LANGUAGE_CODE or "en",
        now=now,
    )
    language = request.LANGUAGE_CODE or "en"
    reasons = [(code, text.to(language)) for code, text in DECLINES.items()]
    context = {
        "cards": found.cards,
        "moment": found.moment,
        "broken": found.broken,
        "reasons": reasons,
        "call": public("c", call.id),
        "reservation": reservation,
    }
    return render(request, "console/pop/offers.html", context)


@page
def script(request: HttpRequest, reservation: str) -> HttpResponse:
    """The words, down the steps followed so far: in full for who is new, the cue for who knows."""
    now = db_now()
    mine = _mine(request, reservation, now)
    call, customer_id = _call_of(request, mine, now)
    language, offer = request.LANGUAGE_CODE or "en", request.GET.get("offer", "")[:48]
    path = tuple(step for step in request.GET.get("path", "")[:200].split(",") if step)
    found = screen_pop.script(
        call=call, customer_id=customer_id, agent=routing.agent(agent_id=mine.agent_id), language=language,
        offering_code=offer, path=path, now=now,
    )  # fmt: skip
    is_new = now - request.user.date_joined < NOVICE if request.user.is_authenticated else True
    context = {
        "script": found, "reservation": reservation, "call": public("c", call.id), "offer": offer, "is_new": is_new,
        "excuses": [(code, text.to(language)) for code, text in UNSAID.items()], "binding": BINDING_STAGES,
    }  # fmt: skip
    return render(request, "console/pop/script.html", context)


@page
def objections(request: HttpRequest, reservation: str) -> HttpResponse:
    """What to answer when the customer objects, found in their own words."""
    now = db_now()
    mine = _mine(request, reservation, now)
    call, customer_id = _call_of(request, mine, now)
    language = request.LANGUAGE_CODE or "en"
    found = screen_pop.objection_answers(
        call=call, customer_id=customer_id, agent=routing.agent(agent_id=mine.agent_id), language=language,
        offering_code=request.GET.get("offer", "")[:48], asked=request.GET.get("q", "")[:120], now=now,
    )  # fmt: skip
    rows = [(one, OBJECTIONS[one.kind].to(language)) for one in found if one.kind in OBJECTIONS]
    return render(request, "console/pop/objections.html", {"rows": rows})


@page
def comparison(request: HttpRequest, reservation: str, code: str) -> HttpResponse:
    """What the customer pays beside one offered plan, month by month and line by line; or why it cannot be said."""
    now = db_now()
    mine = _mine(request, reservation, now)
    call, customer_id = _call_of(request, mine, now)
    found, why_not = None, ""
    try:
        if customer_id is None:
            raise NotFound("Nobody is identified yet.")
        found = screen_pop.comparison(
            call=call, customer_id=customer_id, offering_code=code, agent=routing.agent(agent_id=mine.agent_id),
            language=request.LANGUAGE_CODE or "en", now=now,
        )  # fmt: skip
    except (UnableToCompare, NotFound) as refusal:
        why_not = refusal.sentence
    return render(request, "console/pop/comparison.html", {"sheet": found, "why_not": why_not})


@page
def wrap_up(request: HttpRequest, reservation: str) -> HttpResponse:
    """The dock of the wrap-up: countdown, disposition, what comes next."""
    now = db_now()
    mine = _mine(request, reservation, now)
    call = routing.call(call_id=mine.call_id)
    me = routing.agent(agent_id=mine.agent_id)
    used = [row.disposition for row in desk_state.today(agent=me, now=now).recent]
    recent = list(dict.fromkeys(used))[:5]
    rows = sorted(defaults.dispositions(), key=lambda d: recent.index(d.code) if d.code in recent else len(recent))
    context = {
        "work": desk_state.work_of(mine, call),
        "dispositions": rows,
        "recent": recent,
        "pending": me.pending_presence,
    }
    return render(request, "console/pop/wrap_up.html", context)


@page
def colleagues(request: HttpRequest, call: str, purpose: str) -> HttpResponse:
    """Who may be asked or sent a caller: signed-in colleagues by name, who is free first."""
    if purpose not in PURPOSES:
        raise NotFound("There is nothing here by that name.")
    _, agent_id = agent_of(request)
    key = read_uuid("c", call)
    if not any(work.call_id == key for work in routing.open_work(agent_id=agent_id)):
        raise screen_pop.Denied(f"call:{key}")
    me, found = routing.agent(agent_id=agent_id), routing.call(call_id=key)
    rows = find_colleagues(
        domain=me.domain, besides=agent_id, channel=found.channel, words=request.GET.get("q", "").strip()[:40],
        now=db_now(),
    )  # fmt: skip
    context = {"rows": [(public("a", row.id), row) for row in rows], "call": call, "purpose": purpose}
    return render(request, "console/parts/colleagues.html", context)


def _mine(request: HttpRequest, reservation: str, now: datetime) -> ReservationView:
    principal, _ = agent_of(request)
    return screen_pop.reservation_of(reservation_id=read_uuid("r", reservation), principal=principal, now=now)


def _call_of(request: HttpRequest, mine: ReservationView, now: datetime) -> tuple[CallView, UUID | None]:
    """The call of an own reservation, and the customer they may see by it."""
    call = routing.call(call_id=mine.call_id)
    if call.customer_id is None:
        screen_pop.check_serving(reservation=mine, now=now)
    return call, screen_pop.customer_of(call=call, principal=principal_of(request), now=now)


def _pop(request: HttpRequest, mine: ReservationView, now: datetime) -> screen_pop.ScreenPop:
    call, customer_id = _call_of(request, mine, now)
    return screen_pop.screen_pop(reservation=mine, call=call, customer_id=customer_id, now=now)


def _ids(pop: screen_pop.ScreenPop) -> dict[str, str]:
    return {"reservation": public("r", pop.reservation.id), "call": public("c", pop.call.id)}
