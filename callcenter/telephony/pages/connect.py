"""“Connect your switch”: one page a trunk, filled by the guide of its dialect. Supervisors look, administrators act."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from callcenter.accounts import api_keys
from callcenter.accounts.access import allow, principal_of
from callcenter.foundation.clock import db_now
from callcenter.foundation.errors import NotFound, Refused
from callcenter.foundation.principal import Role
from callcenter.telephony import inspecting
from callcenter.telephony.dialects import guides, lines, operations, samples
from callcenter.telephony.dialects.models import VoiceLine
from callcenter.telephony.dialects.registry import DIALECTS
from callcenter.telephony.models import Trunk
from callcenter.telephony.pages import inspector
from callcenter.telephony.pages.forms import OverlapForm
from callcenter.telephony.pages.posting import posts
from ivr.flows import queries as flows

# What a switch does: announce, report, ask, and tell of steps in its menus.
KEY_SCOPES = ["calls:write", "calls:read", "events:write", "ivr:write", "trunks:write"]
_KEY_DAYS = 365
WATCHED_S = 60


class VoiceForm(forms.Form):
    dialect = forms.ChoiceField(
        label=gettext_lazy("Dialect"), choices=[(one.dialect, one.name) for one in guides.GUIDES]
    )
    menus = forms.BooleanField(label=gettext_lazy("Callers walk the voice menus"), required=False)
    flow = forms.ChoiceField(label=gettext_lazy("Menus"), required=False)
    queue = forms.CharField(label=gettext_lazy("Queue without menus"), max_length=48, required=False)
    language = forms.ChoiceField(label=gettext_lazy("First language"), choices=[("zh", "中文"), ("en", "English")])
    music_url = forms.URLField(
        label=gettext_lazy("Music while waiting"), max_length=300, required=False, assume_scheme="https"
    )
    fallback_number = forms.CharField(label=gettext_lazy("Number when we are away"), max_length=64, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known = [(view.flow, view.name_zh or view.flow) for view in flows.flows()]
        self.fields["flow"].choices = [("", _("by the number dialled")), *known]  # type: ignore[attr-defined]


class SecretForm(forms.Form):
    secret = forms.CharField(max_length=200)


def _trunk(request: HttpRequest, key: str) -> Trunk:
    rows = Trunk.objects.filter(key=key).select_related("voice")
    domain = principal_of(request).domain
    row = (rows.filter(domain=domain) if domain else rows).first()
    if row is None:
        raise Http404(_("There is no switch of this name."))
    return row


def _page(
    request: HttpRequest, trunk: Trunk, *, form: VoiceForm | None = None, key: str = "", status: int = 200
) -> HttpResponse:
    named = request.GET.get("dialect", trunk.dialect)
    guide = guides.BY_DIALECT.get(named, guides.GUIDES[0])
    origin = f"{request.scheme}://{request.get_host()}"
    values = {
        "host": origin,
        "base": f"{origin}/telephony/{trunk.key}",
        "api": f"{origin}/api/v1",
        "trunk": trunk.key,
        "group": trunk.group,
        "key": key or "$KEY",
    }
    now = db_now()
    facts = {
        "trunk": trunk,
        "guide": guide,
        "guides": guides.GUIDES,
        "steps": [(step.text, guides.filled(step, **values)) for step in guide.steps],
        "exchanges": samples.shown(guide.dialect, base=values["base"], api=values["api"]),
        "form": form or VoiceForm(initial=_present(trunk)),
        "leads_nowhere": trunk.dialect in DIALECTS and not _present(trunk)["queue"],
        "secrets": [one for one in trunk.secrets.order_by("-id") if one.expires_at is None or one.expires_at > now],
        "made_key": key,
        "requests": _seen(trunk),
    }
    return render(request, "telephony/integration/connect.html", facts, status=status)


def _present(trunk: Trunk) -> dict[str, Any]:
    voice = getattr(trunk, "voice", None) or VoiceLine()
    names = ("menus", "flow", "queue", "language", "music_url", "fallback_number")
    return {"dialect": trunk.dialect} | {name: getattr(voice, name) for name in names}


@allow(Role.SUPERVISOR, Role.ADMIN)
@require_GET
def connect(request: HttpRequest, trunk: str) -> HttpResponse:
    """How this switch is connected, step by step. While the page is open, every request of the switch is kept."""
    row = _trunk(request, trunk)
    lines.watch(trunk=trunk, now=db_now(), seconds=WATCHED_S)
    api_keys.watch(prefixes=api_keys.of_trunk(trunk), now=db_now(), seconds=WATCHED_S)
    if request.headers.get("HX-Request"):
        return render(request, "telephony/integration/requests.html", {"requests": _seen(row)})
    return _page(request, row)


def _seen(trunk: Trunk) -> list[inspector.Seen]:
    return inspector.seen(inspecting.last(trunk=trunk.key, limit=30))


@allow(Role.ADMIN)
@posts("integration:connect", "trunk")
def voice(request: HttpRequest, trunk: str) -> HttpResponse:
    """Settle the dialect and how callers are met."""
    row, form = _trunk(request, trunk), VoiceForm(request.POST)
    if not form.is_valid():
        return _page(request, row, form=form, status=422)
    wish = dict(form.cleaned_data)
    dialect = wish.pop("dialect")
    operations.meet_callers(
        trunk=trunk,
        domain=row.domain,
        dialect=dialect,
        voice=operations.Voice(**wish),
        actor=principal_of(request).name,
        now=db_now(),
    )
    messages.success(request, _("Saved. It counts for calls from now on."))
    return redirect("integration:connect", trunk)


@allow(Role.ADMIN)
@posts("integration:connect", "trunk")
def secret(request: HttpRequest, trunk: str) -> HttpResponse:
    """Keep the secret that the platform signs with; the one before lives on for the overlap chosen."""
    row, form, hours = _trunk(request, trunk), SecretForm(request.POST), OverlapForm(request.POST)
    overlap = timedelta(hours=hours.cleaned_data["hours"] if hours.is_valid() else 24)
    given = form.cleaned_data["secret"] if form.is_valid() else ""
    try:
        operations.keep_secret(
            trunk=trunk,
            domain=row.domain,
            secret=given,
            overlap=overlap,
            actor=principal_of(request).name,
            now=db_now(),
        )
    except NotFound as why:
        raise Http404(why.sentence) from why
    except Refused as why:
        messages.error(request, _(why.sentence))
    else:
        messages.success(request, _("The secret is kept, sealed. Requests signed with it are taken from now on."))
    return redirect("integration:connect", trunk)


@allow(Role.ADMIN)
@never_cache
@posts("integration:connect", "trunk")
def connect_key(request: HttpRequest, trunk: str) -> HttpResponse:
    """Make a key for this switch and show the page once with it filled in."""
    row = _trunk(request, trunk)
    _key, text = api_keys.issue_key(
        name=row.name or row.key,
        scopes=KEY_SCOPES,
        domain=row.domain,
        trunk=row.key,
        days=_KEY_DAYS,
        actor=principal_of(request).name,
        now=db_now(),
    )
    return _page(request, row, key=text)
