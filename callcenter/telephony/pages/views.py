"""The integration pages: supervisors look, administrators act. What is secret is shown once, in the answer itself."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from callcenter.accounts import api_keys
from callcenter.accounts.access import allow, principal_of
from callcenter.foundation.clock import db_now
from callcenter.foundation.errors import NotFound, Refused
from callcenter.foundation.ids import read_uuid
from callcenter.foundation.models import Event
from callcenter.foundation.numbers import whole
from callcenter.foundation.principal import Role
from callcenter.telephony import inspecting
from callcenter.telephony.pages import health, inspector
from callcenter.telephony.pages.forms import KeyForm, OverlapForm, WebhookForm
from callcenter.telephony.pages.posting import posts
from callcenter.telephony.webhooks import envelope, operations, queries
from callcenter.telephony.webhooks.results import EndpointView

_LOOK = (Role.SUPERVISOR, Role.ADMIN)
_WATCHED_S = 60


def _domain(request: HttpRequest) -> str:
    """The domain a person is bound to; "" for people who see them all."""
    return principal_of(request).domain


def _overview(request: HttpRequest, *, status: int = 200, **more: Any) -> HttpResponse:
    domain, now = _domain(request), db_now()
    domains = health.domains(domain=domain)
    only_refused = request.GET.get("events") == "refused"
    facts = {
        "now": now,
        "connectors": health.connectors(domain=domain, now=now),
        "keys": health.keys(domain=domain, now=now),
        "all_scopes": len(api_keys.SCOPES),
        "webhooks": queries.endpoints(domain=domain),
        "events": health.last_events(domain=domain, only_refused=only_refused),
        "only_refused": only_refused,
        "key_form": KeyForm(domains=domains),
        "webhook_form": WebhookForm(domains=domains),
        "base_url": f"{request.scheme}://{request.get_host()}",
    }
    return render(request, "telephony/integration/overview.html", facts | more, status=status)


@allow(*_LOOK)
@require_GET
def overview(request: HttpRequest) -> HttpResponse:
    """Everything that is connected, and how it is."""
    return _overview(request)


# --- keys -------------------------------------------------------------------------------------------------------------
@allow(Role.ADMIN)
@never_cache
@posts("integration:overview")
def key_create(request: HttpRequest) -> HttpResponse:
    form = KeyForm(request.POST, domains=health.domains(domain=_domain(request)))
    if not form.is_valid():
        return _overview(request, status=422, key_form=form)
    wish = form.cleaned_data
    key, text = api_keys.issue_key(
        name=wish["name"],
        scopes=wish["scopes"],
        domain=wish["domain"],
        trunk=wish["trunk"],
        days=wish["days"],
        actor=principal_of(request).name,
        now=db_now(),
    )
    return _shown_once(request, title=_("The key"), name=key.name, secret=text)


@allow(Role.ADMIN)
@never_cache
@posts("integration:key", "prefix")
def key_rotate(request: HttpRequest, prefix: str) -> HttpResponse:
    overlap = timedelta(hours=_hours(request))

    def rotate() -> HttpResponse:
        key, text = api_keys.rotate_key(
            prefix=prefix, domain=_domain(request), overlap=overlap, actor=principal_of(request).name, now=db_now()
        )
        return _shown_once(request, title=_("The new key"), name=key.name, secret=text)

    return _or_gone(rotate)


@allow(Role.ADMIN)
@posts("integration:key", "prefix")
def key_revoke(request: HttpRequest, prefix: str) -> HttpResponse:
    def revoke() -> HttpResponse:
        actor = principal_of(request).name
        api_keys.revoke_key(prefix=prefix, domain=_domain(request), actor=actor, now=db_now())
        messages.success(request, _("The key is out of use everywhere within five seconds."))
        return redirect("integration:overview")

    return _or_gone(revoke)


@allow(*_LOOK)
@require_GET
def key(request: HttpRequest, prefix: str) -> HttpResponse:
    """The last requests of a key. While the page is open, every one of them is written down."""
    found = next((one for one in health.keys(domain=_domain(request), now=db_now()) if one.prefix == prefix), None)
    if found is None:
        raise Http404(_("This key is not in use any more."))
    api_keys.watch(prefixes=[prefix], now=db_now(), seconds=_WATCHED_S)
    facts = {"key": found, "requests": inspector.seen(inspecting.last(prefix=prefix)), "now": db_now()}
    part = "requests" if request.headers.get("HX-Request") else "key"
    return render(request, f"telephony/integration/{part}.html", facts)


# --- webhooks ---------------------------------------------------------------------------------------------------------
@allow(Role.ADMIN)
@never_cache
@posts("integration:overview")
def webhook_create(request: HttpRequest) -> HttpResponse:
    form = WebhookForm(request.POST, domains=health.domains(domain=_domain(request)))
    if form.is_valid():
        wish = form.cleaned_data
        try:
            made = operations.create(
                domain=wish["domain"] or next(iter(health.domains(domain=_domain(request))), ""),
                url=wish["url"],
                types=wish["types"],
                description=wish["description"],
                after=None,
                actor=principal_of(request).name,
                now=db_now(),
            )
        except Refused as why:
            form.add_error("types" if why.facts.get("field") == "/types" else "url", _(why.sentence))
        else:
            return _shown_once(request, title=_("The signing secret"), name=wish["url"], secret=made.secret)
    return _overview(request, status=422, webhook_form=form)


def _endpoint(request: HttpRequest, webhook: str) -> EndpointView:
    try:
        return queries.endpoint(endpoint_id=read_uuid("wh", webhook), domain=_domain(request))
    except NotFound as why:
        raise Http404(why.sentence) from why


@allow(*_LOOK)
@require_GET
def webhook(request: HttpRequest, webhook: str) -> HttpResponse:
    """One receiver and its delivery log."""
    view, asked = _endpoint(request, webhook), request.GET.get("state", "")
    state = asked if asked in {"pending", "delivered", "dead"} else ""
    number = whole(request.GET.get("before", ""))
    listed = queries.deliveries(endpoint_id=view.id, domain="", state=state, before=number, limit=50)
    facts = {
        "webhook": view,
        "public_id": webhook,
        "deliveries": listed,
        "state": state,
        "states": ("", "pending", "delivered", "dead"),
        "older": listed[-1].id if len(listed) == 50 else None,
        "now": db_now(),
    }
    return render(request, "telephony/integration/webhook.html", facts)


@allow(*_LOOK)
@require_GET
def delivery(request: HttpRequest, webhook: str, delivery: int) -> HttpResponse:
    """One delivery: what was sent, and every attempt."""
    view = _endpoint(request, webhook)
    try:
        found = queries.delivery(endpoint_id=view.id, delivery_id=delivery, domain="")
    except NotFound as why:
        raise Http404(why.sentence) from why
    event = Event.objects.filter(pk=found.event).first()
    body = envelope.pretty(event) if event else ""
    facts = {"webhook": view, "public_id": webhook, "delivery": found, "body": body}
    return render(request, "telephony/integration/delivery.html", facts)


@allow(Role.ADMIN)
@never_cache
@posts("integration:webhook", "webhook")
def webhook_act(request: HttpRequest, webhook: str, act: str) -> HttpResponse:
    """Test, switch on or off, rotate the secret, send dead letters again, remove."""
    view = _endpoint(request, webhook)
    named: dict[str, Any] = {"endpoint_id": view.id, "domain": view.domain}
    by: dict[str, Any] = {"actor": principal_of(request).name, "now": db_now()}
    try:
        if act == "rotate":
            made = operations.rotate_secret(**named, overlap=timedelta(hours=_hours(request)), **by)
            return _shown_once(request, title=_("The new signing secret"), name=view.url, secret=made.secret)
        sentence = _done(act, named, by)
    except Refused as why:
        messages.error(request, _(why.sentence))
    else:
        messages.success(request, sentence)
    return redirect("integration:overview") if act == "remove" else redirect("integration:webhook", webhook)


def _done(act: str, named: dict[str, Any], by: dict[str, Any]) -> str:
    """Do it, and say what was done. Raises Http404 for what is no act."""
    if act == "test":
        operations.send_test(**named, **by)
        return _("The test event is on its way: look at the log in a second or two.")
    if act in {"on", "off"}:
        operations.change(**named, active=act == "on", **by)
        return _("Switched on: it goes on where it stood.") if act == "on" else _("Switched off. Nothing is lost.")
    if act == "redeliver":
        count = operations.redeliver_dead(**named, now=by["now"])
        return ngettext("One delivery is sent again.", "%(count)s deliveries are sent again.", count) % {"count": count}
    if act == "remove":
        operations.remove(**named, **by)
        return _("The webhook and its log are gone.")
    raise Http404


@allow(Role.ADMIN)
@posts("integration:delivery", "webhook", "delivery")
def redeliver(request: HttpRequest, webhook: str, delivery: int) -> HttpResponse:
    view = _endpoint(request, webhook)

    def again() -> HttpResponse:
        operations.redeliver(endpoint_id=view.id, delivery_id=delivery, domain="", now=db_now())
        messages.success(request, _("It is sent again under the same id."))
        return redirect("integration:delivery", webhook, delivery)

    return _or_gone(again)


# --- both -------------------------------------------------------------------------------------------------------------
def _shown_once(request: HttpRequest, *, title: str, name: str, secret: str) -> HttpResponse:
    facts = {"title": title, "name": name, "secret": secret, "base_url": f"{request.scheme}://{request.get_host()}"}
    return render(request, "telephony/integration/once.html", facts)


def _hours(request: HttpRequest) -> int:
    """The overlap chosen; a day where the form says nothing that can be used."""
    form = OverlapForm(request.POST)
    return int(form.cleaned_data["hours"]) if form.is_valid() else 24


def _or_gone(act: Callable[[], HttpResponse]) -> HttpResponse:
    try:
        return act()
    except NotFound as why:
        raise Http404(why.sentence) from why
