"""The pages of scripts: what there is, writing one, trying it on a customer, and a second person's word."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from callcenter.accounts.access import allow, principal_of
from callcenter.floor import script_form
from callcenter.foundation import audit, masks
from callcenter.foundation.clock import db_now
from callcenter.foundation.errors import Invalid, NotFound, Refused
from callcenter.foundation.numbers import whole
from callcenter.foundation.phones import e164
from callcenter.foundation.principal import Principal, Role
from customers.identity import queries as identity
from customers.offers.models import ScriptVersion
from customers.offers.scripts import editing, operations
from customers.offers.scripts.lines import OBJECTIONS, STAGES
from customers.offers.scripts.samples import SAMPLES
from customers.offers.scripts.slots import SLOTS
from customers.offers.wording import MOMENTS
from customers.offers.wording import OBJECTIONS as OBJECTION_WORDS
from customers.offers.wording import STAGES as STAGE_WORDS

WRITERS = (Role.SUPERVISOR, Role.MARKETING, Role.ADMIN)
LOOKS_AT_CUSTOMERS = frozenset({Role.SUPERVISOR, Role.ADMIN})
LANGUAGES = ("zh-hans", "en")


@allow(*WRITERS)
@require_GET
def scripts(request: HttpRequest) -> HttpResponse:
    """Every script, what waits for approval, and how far what must be said is said."""
    context = {"scripts": editing.scripts(), "adherence": editing.adherence(now=db_now()), "waiting": editing.waiting()}
    return render(request, "floor/scripts.html", context)


@allow(*WRITERS)
@require_http_methods(["GET", "POST"])
def new_script(request: HttpRequest) -> HttpResponse:
    """A new script."""
    return _edited(request, key="", versions=[])


@allow(*WRITERS)
@require_http_methods(["GET", "POST"])
def script(request: HttpRequest, key: str) -> HttpResponse:
    """One script: its versions, the fields of one of them, and a try on a sample or a customer."""
    try:
        _found, versions = editing.script(key=key)
    except NotFound as missing:
        raise Http404(missing.sentence) from missing
    return _edited(request, key=key, versions=versions)


@allow(*WRITERS)
@require_POST
def script_act(request: HttpRequest, key: str, version: int) -> HttpResponse:
    """Hand in, give back or publish one version."""
    now, me, act = db_now(), principal_of(request).name, request.POST.get("act", "")
    try:
        found = editing.version_of(version_id=version)
        if act == "hand_in":
            operations.hand_in(version_id=version, author=me, now=now)
        elif act == "give_back":
            operations.give_back(version_id=version, approver=me, note=request.POST.get("note", ""), now=now)
        elif act == "publish":
            operations.publish(
                key=found.script.key, language=found.language, number=found.number, approver=me, now=now
            )  # fmt: skip
        else:
            raise Invalid(_("Choose what to do with this version."), field="/act")
    except Refused as refusal:
        if refusal.status == NotFound.status:
            raise Http404(refusal.sentence) from refusal
        return _edited(request, key=key, versions=editing.script(key=key)[1], refusal=refusal)
    return redirect("floor:script", key=key)


@allow(*WRITERS)
@require_POST
def script_preview(request: HttpRequest, key: str, version: int) -> HttpResponse:
    """A version as somebody would hear it: one of the samples, or, for those who may look, a customer by number."""
    body, principal = request.POST, principal_of(request)
    path = tuple(step for step in body.get("path", "")[:200].split(",") if step)
    may_sell = body.get("may_sell", "1") == "1"
    context: dict[str, Any] = {"asked": body, "may_sell": may_sell, "key": key, "samples": range(1, len(SAMPLES) + 1)}
    context["may_look"] = principal.role in LOOKS_AT_CUSTOMERS
    try:
        context["version"] = editing.version_of(version_id=version)
        if body.get("number", "").strip() and context["may_look"]:
            context |= _on_customer(version, body["number"], path, may_sell, principal)
        else:
            sample = whole(body.get("sample", ""))
            context["preview"] = editing.on_sample(
                version_id=version, sample=0 if sample is None else sample - 1, path=path, may_sell=may_sell
            )  # fmt: skip
    except NotFound as missing:
        raise Http404(missing.sentence) from missing
    except Invalid as refusal:
        context["refusal"] = refusal.sentence
    return render(request, "floor/script_preview.html", context)


def _on_customer(
    version: int, number: str, path: tuple[str, ...], may_sell: bool, principal: Principal
) -> dict[str, Any]:
    now, spelled = db_now(), e164(number)
    found = identity.find(kind="phone", value=spelled, now=now) if spelled else None
    if found is None or found.customer_id is None:
        raise Invalid(_("This number leads to no one customer."), field="/number")
    audit.write(
        actor=principal.name, action="script.previewed", subject=f"customer:{found.customer_id}", now=now,
        data={"version": version},
    )  # fmt: skip
    preview = editing.on_customer(
        version_id=version, customer_id=found.customer_id, agent_name="", path=path, may_sell=may_sell, now=now
    )
    return {"preview": preview, "who": masks.phone(spelled)}


def _edited(
    request: HttpRequest, *, key: str, versions: list[ScriptVersion], refusal: Refused | None = None
) -> HttpResponse:
    """The page of one script; a save that is refused keeps every word."""
    shown = _shown(versions, request.GET.get("version", ""))
    form, faults, status = script_form.of_version(shown) if shown else script_form.blank(), [], 200
    if refusal is not None:
        faults, status = _faults(refusal), refusal.status
    elif request.method == "POST":
        form = script_form.read(
            {name: str(value) for name, value in request.POST.items()} | ({"key": key} if key else {})
        )
        if "more" not in request.POST:
            try:
                operations.draft(**script_form.content(form), author=principal_of(request).name)
                return redirect("floor:script", key=form.key)
            except Refused as why:
                faults, status = _faults(why), why.status
    language = get_language() or "en"
    context = {
        "key": key, "versions": versions, "shown": shown, "form": form, "faults": faults, "slots": SLOTS.values(),
        "me": principal_of(request).name, "languages": LANGUAGES, "samples": range(1, len(SAMPLES) + 1),
        "stages": [(code, STAGE_WORDS[code].to(language)) for code in STAGES],
        "kinds": [(code, OBJECTION_WORDS[code].to(language)) for code in OBJECTIONS],
        "moments": [(code, text.to(language)) for code, text in MOMENTS.items()],
        "may_look": principal_of(request).role in LOOKS_AT_CUSTOMERS,
    }  # fmt: skip
    return render(request, "floor/script.html", context, status=status)


def _shown(versions: list[ScriptVersion], asked: str) -> ScriptVersion | None:
    """The asked version, else the newest in the reader's language."""
    mine = (get_language() or "en").split("-")[0]
    chosen = [one for one in versions if str(one.pk) == asked]
    own = [one for one in versions if one.language.split("-")[0] == mine]
    return next(iter([*chosen, *own, *versions]), None)


def _faults(refusal: Refused) -> list[str]:
    found = refusal.facts.get("faults")
    return [str(one) for one in found] if isinstance(found, list) and found else [refusal.sentence]
