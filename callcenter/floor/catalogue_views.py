"""The catalogue's pages: what is sold, what waits for a second person, how it came there, what rivals sell."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from fractions import Fraction
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.timezone import localdate
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from callcenter.accounts.access import allow, principal_of
from callcenter.floor import sheet_form
from callcenter.foundation.clock import db_now
from callcenter.foundation.errors import Invalid, NotFound, Refused
from callcenter.foundation.principal import Role
from customers.catalogue import changing, shelves, stocking, trying
from customers.catalogue.reading import TariffRefused
from customers.catalogue.sheet_fields import Built, FieldsRefused, flat
from customers.catalogue.usage import NotRatable

MOST_BYTES = 2_000_000


@allow(Role.SUPERVISOR, Role.ADMIN)
@require_http_methods(["GET", "POST"])
def catalogue(request: HttpRequest) -> HttpResponse:
    """The shelf, what waits, and a form for rows of products."""
    now = db_now()
    context: dict[str, Any] = {"faults": [], "given": "", "note": ""}
    status = 200
    if request.method == "POST":
        given = ""
        try:
            given = _given(request)
            _propose(request, stocking.rows_of(given), now)
            return redirect("floor:catalogue")
        except Refused as refusal:
            status = refusal.status
            context |= {"faults": _faults(refusal), "given": given, "note": request.POST.get("note", "")}
    return render(request, "floor/catalogue.html", context | _shelf(request, now), status=status)


@allow(Role.SUPERVISOR, Role.ADMIN)
@require_POST
def changes(request: HttpRequest) -> HttpResponse:
    """A second person approves or rejects what waits."""
    now = db_now()
    ids = [int(one) for one in request.POST.getlist("change") if one.isdecimal()]
    approve = request.POST.get("approve") == "1"
    try:
        changing.judge(change_ids=ids, approve=approve, principal=principal_of(request), now=now)
    except Refused as refusal:
        context = {"faults": [refusal.sentence], "given": "", "note": ""}
        return render(request, "floor/catalogue.html", context | _shelf(request, now), status=refusal.status)
    return redirect("floor:catalogue")


@allow(Role.SUPERVISOR, Role.ADMIN)
@require_POST
def rivals(request: HttpRequest) -> HttpResponse:
    """Keeps rivals' plans as somebody read them."""
    now = db_now()
    given = ""
    try:
        given = _given(request)
        _note_rivals(request, stocking.rows_of(given), now)
    except Invalid as refusal:
        context = {"rival_faults": _faults(refusal), "rivals_given": given}
        return render(request, "floor/catalogue.html", _shelf(request, now) | context, status=refusal.status)
    return redirect("floor:catalogue")


@allow(Role.SUPERVISOR, Role.ADMIN)
@require_http_methods(["GET", "POST"])
def new_product(request: HttpRequest) -> HttpResponse:
    """A product from nothing."""
    blank = {"valid_from": f"{localdate(db_now())}", "family": "mobile", "kind": "plan", "proration": "DAY"}
    return _sheet_page(request, before=None, page=None, start=blank)


@allow(Role.SUPERVISOR, Role.ADMIN)
@require_http_methods(["GET", "POST"])
def product(request: HttpRequest, code: str) -> HttpResponse:
    """One product: its sheet in fields or as data, what it would cost, and every version of it."""
    now = db_now()
    try:
        page = shelves.product(code=code, today=localdate(now))
    except NotFound as missing:
        raise Http404(missing.sentence) from missing
    if request.method != "POST" or "rows" not in request.POST:
        return _sheet_page(request, before=page.sheet, page=page, start=flat(page.sheet))
    try:
        rows = stocking.rows_of(request.POST.get("rows", ""))
        if [row.get("code") if isinstance(row, dict) else None for row in rows] != [code]:
            raise Invalid(_("Here stands one product, {code}; others have pages of their own.").format(code=code))
        _propose(request, rows, now)
        return redirect("floor:product", code=code)
    except Refused as refusal:
        context = {"faults": _faults(refusal), "given": request.POST.get("rows", ""), "note": request.POST.get("note")}
        return _drawn(request, context, page=page, fields=flat(page.sheet), status=refusal.status)


@allow(Role.SUPERVISOR, Role.ADMIN)
@require_http_methods(["GET", "POST"])
def rival(request: HttpRequest, rival: int | None = None) -> HttpResponse:
    """A rival's plan in fields: a new one, or one to be read anew."""
    now = db_now()
    try:
        before = shelves.rival(rival_id=rival) if rival is not None else None
    except NotFound as missing:
        raise Http404(missing.sentence) from missing
    start = flat(before) if before else {"seen_on": f"{localdate(now)}", "proration": "DAY"}
    return _sheet_page(request, before=before, page=None, start=start, rival=True)


def _sheet_page(
    request: HttpRequest, *, before: Mapping[str, Any] | None, page: Any, start: dict[str, str], rival: bool = False
) -> HttpResponse:
    """The form: drawn, tried or saved."""
    if request.method != "POST":
        return _drawn(request, {"faults": []}, page=page, fields=start, rival=rival, fixed=before is not None)
    now = db_now()
    fields = sheet_form.read(request.POST)
    if before is not None:  # these never change
        fields |= {name: start[name] for name in ("code", "family", "kind", "operator") if name in start}
    if "add" in fields:  # another row; nothing is judged yet
        given = {"faults": [], "note": fields.get("note", ""), "holds_from": fields.get("holds_from", "")}
        return _drawn(request, given, page=page, fields=fields, rival=rival, fixed=before is not None)
    built: Built | None = None
    context: dict[str, Any] = {"faults": [], "note": fields.get("note", ""), "holds_from": fields.get("holds_from", "")}
    status, faults = 200, {}
    try:
        built = sheet_form.sheet_from(fields, before=before, rival=rival)
        sheet_form.judge(built, today=localdate(now), rival=rival)
        if "try" in fields:
            context["tried"] = _tried(built, fields)
        elif rival:
            _note_rivals(request, [built.sheet], now)
            return redirect("floor:catalogue")
        else:
            _propose(request, [built.sheet], now)
            return redirect("floor:product", code=built.sheet["code"]) if before else redirect("floor:catalogue")
    except (FieldsRefused, TariffRefused) as refused:
        status, faults = 422, sheet_form.faults_of(fields, refused, built)
    except Refused as refusal:
        status, context["faults"] = refusal.status, _faults(refusal)
    return _drawn(
        request, context, page=page, fields=fields, faults=faults, rival=rival, fixed=before is not None, status=status
    )  # fmt: skip


def _drawn(
    request: HttpRequest,
    context: dict[str, Any],
    *,
    page: Any,
    fields: Mapping[str, str],
    faults: Mapping[str, str] | None = None,
    rival: bool = False,
    fixed: bool = True,
    status: int = 200,
) -> HttpResponse:
    made = sheet_form.form(fields, faults=faults, rival=rival, fixed=fixed)
    waiting = [(one, sheet_form.differences(one.before, one.after)) for one in page.changes] if page else []
    shown = {
        "page": page, "form": made, "fields": fields, "rival": rival, "waiting": waiting, "me": principal_of(request).name,
        "refused": bool(faults),
    }  # fmt: skip
    return render(request, "floor/product.html", shown | context, status=status)


def _tried(built: Built, fields: Mapping[str, str]) -> dict[str, Any]:
    """What a month of so much would cost. Raises Invalid."""
    try:
        minutes, messages_ = (int(fields.get(name) or 0) for name in ("try_minutes", "try_messages"))
        bill = trying.month_bill(
            built.sheet["tariff"], minutes=minutes, messages=messages_, gigabytes=Fraction(fields.get("try_gb") or "0")
        )
    except (ValueError, ZeroDivisionError, NotRatable) as why:
        if isinstance(why, NotRatable):
            raise Invalid(why.to(get_language() or "en")) from why
        raise Invalid(_("Minutes, messages and GB are numbers, zero or more.")) from why
    return {"bill": bill, "total": bill.total}


def _propose(request: HttpRequest, rows: list[Any], now: datetime) -> None:
    """Saves, and says what counts at once and what waits. Raises Refused."""
    done = changing.propose(
        rows=rows, author=principal_of(request).name, note=request.POST.get("note", ""),
        holds_from=_day(request.POST.get("holds_from", "")), now=now,
    )  # fmt: skip
    if done.changed:
        told = ngettext("{n} product is different now.", "{n} products are different now.", done.changed)
        messages.success(request, told.format(n=done.changed))
    if done.waiting:
        told = ngettext(
            "{n} change of prices or terms waits for a second person.",
            "{n} changes of prices or terms wait for a second person.",
            len(done.waiting),
        )
        messages.info(request, told.format(n=len(done.waiting)))
    if not done.changed and not done.waiting:
        messages.info(request, _("Nothing was different."))


def _note_rivals(request: HttpRequest, rows: list[Any], now: datetime) -> None:
    kept = stocking.note_rivals(rows=rows, author=principal_of(request).name, today=localdate(now), now=now)
    if kept < len(rows):
        messages.info(request, _("A younger reading of the plan is on record already; it stands."))


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as why:
        raise Invalid(_("Give a day."), field="/holds_from") from why


def _shelf(request: HttpRequest, now: datetime) -> dict[str, Any]:
    today, me = localdate(now), principal_of(request).name
    waiting = [(one, sheet_form.differences(one.before, one.after)) for one in shelves.changes()]
    mine_to_judge = [one.id for one, _rows in waiting if one.state == "proposed" and one.author != me]
    return {
        "rows": shelves.shelf(today=today), "rivals": shelves.rivals(today=today), "waiting": waiting, "me": me,
        "mine_to_judge": mine_to_judge if len(mine_to_judge) > 1 else [],
    }  # fmt: skip


def _given(request: HttpRequest) -> str:
    """A file, else the text of the form. Raises Invalid."""
    upload = request.FILES.get("file")
    if upload is None:
        return request.POST.get("rows", "")
    if (upload.size or 0) > MOST_BYTES:
        raise Invalid(_("The file is larger than 2 MB."), field="/file")
    try:
        return str(upload.read(), "utf-8-sig")
    except UnicodeDecodeError as why:
        raise Invalid(_("The file is not in UTF-8."), field="/file") from why


def _faults(refusal: Refused) -> list[str]:
    found = refusal.facts.get("faults")
    return [str(one) for one in found] if isinstance(found, list) and found else [refusal.sentence]
