"""Calls changed while they wait, and sent elsewhere."""

from __future__ import annotations

from datetime import datetime

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema_view
from rest_framework.exceptions import ValidationError

import routing.queries
from callcenter import hall
from callcenter.telephony import naming
from callcenter.telephony.api.base import ApiView, Json, check_version
from callcenter.telephony.api.calls import Call, CallCommand, changed, standing
from callcenter.telephony.api.contract import operation
from callcenter.telephony.destinations import dialled
from callcenter.telephony.fields import Attributes, Choice, Request, Word
from callcenter.telephony.requests import QUEUE, SiteForm
from routing.operations import ask_site, leave_for_site
from routing.results import PRIORITIES, CallView
from routing.states import CallState

WAITING = frozenset({CallState.QUEUED, CallState.RESERVED})
DIVERSIONS = ("voicemail", "outside", "overflow", "closed")


class ChangeForm(Request):
    queue = Word(required=False, **QUEUE)
    priority = Choice(required=False, choices=tuple(PRIORITIES), help_text="Another head start; the clock goes on.")
    attributes = Attributes(
        required=False, help_text="Laid over the call's own, name by name; null takes one away. Together at most 4 KB."
    )
    reason = Word(
        required=False, max_length=200, help_text="Why; asked for with `queue` and `priority`, kept on the audit trail."
    )

    def validate(self, wish: Json) -> Json:
        if not set(wish) & {"queue", "priority", "attributes"}:
            raise ValidationError("Name the `queue`, the `priority` or `attributes`.")
        if set(wish) & {"queue", "priority"} and not wish.get("reason"):
            raise ValidationError({"reason": ["Say why: others will read it on the audit trail."]})
        return wish


class DivertForm(Request):
    reason = Choice(choices=DIVERSIONS, help_text="What it is diverted for; the call's `end_reason`.")
    to = Word(
        required=False,
        max_length=128,
        help_text="Where to: a number, a `tel:` or a `sip:` address that the switch can reach.",
    )
    message = Word(required=False, max_length=64, help_text="An announcement the switch knows by this name.")

    def validate_to(self, where: str) -> str:
        if where and not dialled(where):
            raise ValidationError(
                "Name a number (`+86…`, `10086`), a `tel:` or a `sip:` address. To another queue: PATCH the call's `queue`."
            )
        return where


@extend_schema_view(patch=operation("call_change", request=ChangeForm))
class Change(Call):
    """`GET` and `PATCH` of one call live at one address."""

    scopes = {"PATCH": "calls:write"}
    http_method_names = ["get", "head", "patch"]

    def patch(self, request: object, call: str) -> HttpResponse:
        wish = self.body(ChangeForm)

        def change(found: CallView, now: datetime) -> CallView:
            return hall.changes.call_changed(
                call_id=found.id,
                queue=wish.get("queue"),
                head_start_s=PRIORITIES[wish["priority"]] if "priority" in wish else None,
                attributes=wish.get("attributes", {}),
                why=wish.get("reason", ""),
                actor=self.principal.name,
                now=now,
            )

        return changed(self, call, change)


@extend_schema_view(post=operation("call_divert", request=DivertForm))
class Divert(CallCommand):
    form = DivertForm

    def act(self, call: CallView, wish: Json, now: datetime) -> CallView:
        to = {name: wish[name] for name in ("to", "message") if wish.get(name)}
        who = self.principal.name
        return hall.changes.call_diverted(call_id=call.id, reason=wish["reason"], to=to, actor=who, now=now)


@extend_schema_view(post=operation("call_hand_over", request=SiteForm))
class HandOver(ApiView):
    scope = "calls:write"

    def post(self, request: object, call: str) -> HttpResponse:
        wish, expected = self.body(SiteForm), self.expected_version()
        if naming.call(call, principal=self.principal).state in WAITING:  # a repeat is answered as it was
            ask_site(domain=wish["domain"], queue=wish["queue"])  # outside: another server may take seconds to answer

        def whole(now: datetime) -> tuple[int, Json]:
            found = naming.call(call, principal=self.principal)
            check_version(expected=expected, present=found.version, state=found.state.value)
            there = leave_for_site(call_id=found.id, **wish, now=now, actor=self.principal.name)
            gone = {"domain": wish["domain"], "queue": wish["queue"], "call": naming.call_id(there)}
            return 200, standing(routing.queries.call(call_id=found.id), now=now) | {"there": gone}

        return self.command(whole)
