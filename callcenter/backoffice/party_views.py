"""Who belongs with whom, said from a customer's page."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from callcenter import hall
from callcenter.accounts.access import allow, principal_of
from callcenter.backoffice.views import customer_page, to_section
from callcenter.foundation.clock import db_now
from callcenter.foundation.errors import Invalid, NotFound, Refused
from callcenter.foundation.numbers import whole
from callcenter.foundation.principal import Role
from customers.identity import assembling, queries, relating, taking_out


@allow(Role.SUPERVISOR, Role.ADMIN)
@require_POST
def relate(request: HttpRequest, customer: UUID) -> HttpResponse:
    """This customer is something to another one, or the other one to them; or a tie of theirs ends."""
    now, actor = db_now(), principal_of(request).name
    try:
        if (ended := whole(request.POST.get("end", ""))) is not None:
            relating.end(relation_id=ended, customer_id=customer, actor=actor, now=now)
            messages.success(request, _("The tie ends today; it stays on the page as past."))
            return to_section(customer, "kin-name")
        other = _other(request.POST.get("other", ""))
        way, _colon, role = request.POST.get("role", "").partition(":")
        one, two = (customer, other) if way == "is" else (other, customer)
        dates = {name: _day(request.POST.get(name, "")) for name in ("since", "until")}
        relating.relate(one=one, other=two, role=role, actor=actor, now=now, since=dates["since"], until=dates["until"])
    except Refused as refused:
        return customer_page(
            request, customer, refusal=refused.sentence, status=refused.status, tried={"tie": request.POST.dict()}
        )
    messages.success(request, _("The tie is on record. It can be ended here at any time."))
    return to_section(customer, "kin-name")


@allow(Role.SUPERVISOR, Role.ADMIN)
@require_POST
def pin(request: HttpRequest, customer: UUID) -> HttpResponse:
    """This field reads so for some days, whatever sources say; or no longer."""
    now, actor, field = db_now(), principal_of(request).name, request.POST.get("field", "")
    try:
        if request.POST.get("act") == "release":
            assembling.release(customer_id=customer, field=field, actor=actor, now=now)
            messages.success(request, _("Let go: the sources count again."))
        else:
            assembling.pin(
                customer_id=customer, field=field, value=request.POST.get("value", ""), actor=actor, now=now,
                days=whole(request.POST.get("days", ""), most=99_999) or 0, reason=request.POST.get("reason", ""),
            )  # fmt: skip
            messages.success(request, _("Pinned. “Let go” beside it gives the word back to the sources."))
    except Refused as refused:
        return customer_page(
            request, customer, refusal=refused.sentence, status=refused.status, tried={"pin": request.POST.dict()}
        )
    return to_section(customer, "golden-name")


@allow(Role.SUPERVISOR, Role.ADMIN)
@require_POST
def take_out(request: HttpRequest, customer: UUID, record: int) -> HttpResponse:
    """One record of this customer speaks of somebody else: it leaves, and what it alone brought with it."""
    actor, reason = principal_of(request).name, request.POST.get("reason", "")
    try:
        if taking_out.whose(record_id=record) != customer:
            raise NotFound(_("There is no such record."))
        done = hall.customer.record_taken_out(record_id=record, actor=actor, reason=reason, now=db_now())
    except Refused as refused:
        return customer_page(
            request, customer, refusal=refused.sentence, status=refused.status, tried={"record": record}
        )
    left = len(done.doubtful)
    messages.success(
        request, _("The record is out: here is whom it speaks of. Linking will not propose the two again.")
    )
    if left:
        told = ngettext("%(n)d contact may be either’s and stayed.", "%(n)d contacts may be either’s and stayed.", left)
        messages.warning(request, told % {"n": left})
    return redirect("backoffice:customer", customer=done.record_is_with)


def _other(text: str) -> UUID:
    """The other party, by id or by anything that leads to exactly one. Raises Invalid."""
    try:
        return UUID(text.strip())
    except ValueError:
        found = queries.find(kind="", value=text, now=db_now())
    if found.customer_id is None:
        raise Invalid(
            _("This leads to nobody, or to several. Write the id of the other customer's page, a number or a mail."),
            field="/other",
        )
    return found.customer_id


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise Invalid(_("Write a day as 2026-03-01."), field="/since") from None
