"""The catalogue's pages: what is sold, how it came there, what rivals sell."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from callcenter.accounts.access import allow, principal_of
from callcenter.foundation.clock import db_now
from callcenter.foundation.errors import Invalid, NotFound
from callcenter.foundation.principal import Role
from customers.catalogue import shelves, stocking

MOST_BYTES = 2_000_000


@allow(Role.SUPERVISOR, Role.ADMIN)
@require_http_methods(["GET", "POST"])
def catalogue(request: HttpRequest) -> HttpResponse:
    """The shelf, and a form for rows of products."""
    context: dict[str, Any] = {"faults": [], "given": "", "note": ""}
    now = db_now()
    status = 200
    if request.method == "POST":
        given = ""
        try:
            given = _given(request)
            changed = stocking.stock(
                rows=stocking.rows_of(given),
                author=principal_of(request).name,
                note=request.POST.get("note", ""),
                now=now,
            )
            context["changed"] = changed
        except Invalid as refusal:
            status = refusal.status
            context |= {"faults": _faults(refusal), "given": given, "note": request.POST.get("note", "")}
    page = {"rows": shelves.shelf(today=localdate(now)), "rivals": shelves.rivals(today=localdate(now))}
    return render(request, "floor/catalogue.html", context | page, status=status)


@allow(Role.SUPERVISOR, Role.ADMIN)
@require_http_methods(["POST"])
def rivals(request: HttpRequest) -> HttpResponse:
    """Keeps rivals' plans as somebody read them."""
    now = db_now()
    given = ""
    try:
        given = _given(request)
        stocking.note_rivals(
            rows=stocking.rows_of(given), author=principal_of(request).name, today=localdate(now), now=now
        )  # fmt: skip
    except Invalid as refusal:
        page = {"rows": shelves.shelf(today=localdate(now)), "rivals": shelves.rivals(today=localdate(now))}
        context = {"rival_faults": _faults(refusal), "rivals_given": given}
        return render(request, "floor/catalogue.html", page | context, status=refusal.status)
    return redirect("floor:catalogue")


@allow(Role.SUPERVISOR, Role.ADMIN)
@require_http_methods(["GET", "POST"])
def product(request: HttpRequest, code: str) -> HttpResponse:
    """One product: its sheet to be changed, and every version of it."""
    now = db_now()
    context: dict[str, Any] = {"faults": []}
    status = 200
    if request.method == "POST":
        try:
            rows = stocking.rows_of(request.POST.get("rows", ""))
            if [row.get("code") if isinstance(row, dict) else None for row in rows] != [code]:
                raise Invalid(_("Here stands one product, {code}; others have pages of their own.").format(code=code))
            stocking.stock(rows=rows, author=principal_of(request).name, note=request.POST.get("note", ""), now=now)
            return redirect("floor:product", code=code)
        except Invalid as refusal:
            status = refusal.status
            context = {
                "faults": _faults(refusal),
                "given": request.POST.get("rows", ""),
                "note": request.POST.get("note"),
            }
    try:
        context["page"] = shelves.product(code=code, today=localdate(now))
    except NotFound as missing:
        raise Http404(missing.sentence) from missing
    return render(request, "floor/product.html", context, status=status)


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


def _faults(refusal: Invalid) -> list[str]:
    found = refusal.facts.get("faults")
    return [str(one) for one in found] if isinstance(found, list) and found else [refusal.sentence]
