"""Errors as problem+json (RFC 9457) with a stable code, a sentence to act on and the request's id."""

from __future__ import annotations

import logging
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpResponse, JsonResponse
from django.utils.encoding import escape_uri_path
from django.utils.translation import gettext_noop as _
from rest_framework import exceptions

from callcenter.foundation.errors import Refused
from callcenter.foundation.middleware import request_id

logger = logging.getLogger(__name__)

# Every code this API answers with: status, what it means, what to do. The page /api/docs/errors shows this table.
CODES: dict[str, tuple[int, str]] = {
    "malformed": (400, _("The body is not JSON in UTF-8. Nothing was done; send it well-formed.")),
    "bad_request": (400, _("The request cannot be read: a wrong host or a broken header. Nothing was done.")),
    "unauthorised": (401, _("No valid API key was sent. Send `Authorization: Bearer zk_…`.")),
    "scope_missing": (403, _("The key lacks the scope of this operation. Ask for a key that holds it.")),
    "not_found": (404, _("There is nothing by this name, or it belongs to another domain.")),
    "method_not_allowed": (405, _("This address does not know the method; `Allow` lists those it knows.")),
    "illegal_transition": (
        409,
        _("The present state does not allow this; `state` and `version` tell where it stands."),
    ),
    "version_conflict": (409, _("It changed since the version in If-Match. Read it again, then decide.")),
    "in_progress": (
        409,
        _("The first request under this Idempotency-Key is still running. Repeat after `Retry-After`."),
    ),
    "lease_held": (409, _("Another desk or softphone vouches for this agent. Sign in with `take_over` to move it.")),
    "lease_lost": (409, _("This lease is not the agent's any more: signed in elsewhere, or silent for too long.")),
    "not_signed_in": (409, _("The agent is offline: nobody vouches for the person. Sign in first.")),
    "device_not_ready": (409, _("The agent's phone cannot ring now; `device` tells why. Put that right first.")),
    "contact_not_allowed": (409, _("The contact policy does not allow this call now; `rule` and `until` tell why.")),
    "callback_promised": (409, _("A callback to this number is promised already; cancel it first.")),
    "agent_not_free": (409, _("This agent cannot take more now; `reason` tells why. Choose another, or a queue.")),
    "consult_open": (409, _("A colleague is asked on this call already. End that first.")),
    "consult_not_answered": (409, _("No colleague has answered on this call; wait for the answer, or end it.")),
    "too_many_hops": (409, _("This caller was sent from site to site often enough; serve them here.")),
    "too_many_webhooks": (409, _("The domain has as many webhooks as it may. Remove one that is not used.")),
    "shared_source": (
        409,
        _("Several trunks share this source. Give each a key of its own, so that its calls are known."),
    ),
    "rotating": (409, _("The secret before is still in use. Rotate again when its overlap is over.")),
    "already_extended": (409, _("This wrap-up was extended before; it can be only once.")),
    "no_time_limit": (409, _("This wrap-up has no time limit: there is nothing to extend.")),
    "already_decided": (
        409,
        _("This was decided on before; `state` and `by` may tell what and by whom. Read it again."),
    ),
    "already_listed": (409, _("This stands on the list of generic identifiers already. Nothing is to be done.")),
    "base_changed": (409, _("The menus changed since this was proposed; propose afresh.")),
    "trial_running": (409, _("A version of these menus is on trial; end the trial before you publish another.")),
    "maker_is_checker": (403, _("Whoever made a proposal does not approve it; somebody else must.")),
    "draft_moved": (
        409,
        _("Nobody agreed to this draft yet, or a newer version is heard. Read it again, then decide."),
    ),
    "already_merged": (409, _("One of the two was merged meanwhile; `survivor` and `by` tell into whom and by whom.")),
    "declared_apart": (409, _("Somebody found that these two are not the same. Lift that first, or leave them apart.")),
    "not_open": (409, _("One of the two is erased or restricted: it is not merged.")),
    "not_merged": (409, _("This id does not live on in another one: there is nothing to take apart.")),
    "only_record": (409, _("This record is all that speaks of the customer: there is nothing to take it out of.")),
    "not_apart": (409, _("Nothing keeps these two apart.")),
    "tag_locked": (409, _("Somebody locked this tag; `by` tells who. Ask them.")),
    "points_short": (409, _("There are not that many points, or they have run out. Nothing was done.")),
    "points_fixed": (409, _("The system wrote this entry of points; put the balance right by an adjustment.")),
    "reference_taken": (409, _("This reference stands for another movement of points. Take a new one.")),
    "benefit_used_up": (409, _("This benefit is used up until the end of the term.")),
    "erased": (409, _("This person has been erased already.")),
    "in_hand": (409, _("Somebody else is having this handed out just now. Ask again in a moment.")),
    "import_moved_on": (409, _("This import is in another state by now; `state` says in which. Read it again.")),
    "import_undone": (409, _("This import was taken back already.")),
    "import_runs": (409, _("Only an import that has ended can be taken back; cancel this one first.")),
    "import_empty": (409, _("This import stored nothing that could be taken back.")),
    "import_too_old": (409, _("An import can be taken back for a week; this one is older.")),
    "not_in_use": (409, _("The customer is merged away, erased or restricted. Ask for the id it lives under.")),
    "not_restricted": (409, _("Nothing about this customer is restricted.")),
    "reservation_expired": (
        410,
        _("Its time was up before the command came. The caller is with somebody else by now."),
    ),
    "cursor_expired": (
        410,
        _("Events at this cursor are no longer kept. Take `/api/v1/sync` and go on from its cursor."),
    ),
    "too_large": (413, _("The body is larger than allowed; `/api/v1/limits` says how much is.")),
    "unsupported_type": (415, _("The body must be `application/json` in UTF-8.")),
    "invalid_field": (422, _("A field has a value that cannot be taken; `errors` names each by JSON pointer.")),
    "unknown_field": (422, _("The request has a field this operation does not know; `errors` names it.")),
    "unknown_trunk": (422, _("No trunk by this name belongs to the key's domain.")),
    "unknown_queue": (422, _("No queue by this name belongs to the call's domain.")),
    "queue_needed": (422, _("The call has no queue to fall back to. Transfer it to a queue instead.")),
    "no_number": (422, _("This is no telephone number, or the caller's own is not known. Name one.")),
    "number_not_allowed": (
        422,
        _("Nobody is sent to this number, and it is not dialled; `TRANSFER_PREFIXES` says which are allowed."),
    ),
    "no_contact": (422, _("This agent has no phone that could be rung. Give them a contact on the page of agents.")),
    "cannot_dial": (
        422,
        _("The switch of this trunk begins no calls of its own. Name a trunk with the API, Asterisk or a platform."),
    ),
    "unknown_skill": (422, _("No skill by this name exists; `GET /api/v1/skills` lists them.")),
    "unknown_domain": (422, _("No routing domain by this name exists: the key was made for one that is gone.")),
    "url_not_allowed": (422, _("Webhooks go over https to public hosts only. Ask the administrator for others.")),
    "disposition_required": (422, _("This queue asks how each call ended. Send a `disposition`.")),
    "flow_unreadable": (422, _("This is no definition of menus; `faults` names what is wrong by node and field.")),
    "query_syntax": (422, _("The path query cannot be read; `place` names the character, `field` the parameter.")),
    "flow_invalid": (422, _("The menus have faults; `faults` names each by node and field.")),
    "external_id_reused": (422, _("This call id was used before for a call with another from, to or channel.")),
    "idempotency_mismatch": (422, _("This Idempotency-Key was used for another request. Take a new one.")),
    "rate_limited": (429, _("Too many requests for this key. Repeat after `Retry-After` seconds.")),
    "lane_full": (429, _("Too many requests of this kind are waiting here. Repeat after `Retry-After` seconds.")),
    "internal": (500, _("Something broke on our side. Nothing was half done; tell us the `request_id`.")),
    "unavailable": (503, _("The database is away. Nothing was done; repeat after `Retry-After` seconds.")),
}
_RETRY_AFTER = {"in_progress": 1, "rate_limited": 1, "lane_full": 1, "unavailable": 2}
# Where Django or DRF answered by itself, this is the code for the status.
_BY_STATUS = {400: "malformed", 401: "unauthorised", 403: "scope_missing", 404: "not_found", 405: "method_not_allowed"}
_BY_STATUS |= {413: "too_large", 415: "unsupported_type", 429: "rate_limited", 503: "unavailable"}


def problem(*, status: int, code: str, detail: str, instance: str, **facts: Any) -> JsonResponse:
    """`instance` is the address that was asked, without its query; `request_id` tells this time from others."""
    body = {"type": f"/api/docs/errors#{code}", "title": code.replace("_", " "), "status": status, "detail": detail}
    body |= {"instance": instance, "code": code, "request_id": request_id.get()} | facts
    response = JsonResponse(body, status=status, content_type="application/problem+json")
    if code in _RETRY_AFTER:
        response["Retry-After"] = str(_RETRY_AFTER[code])
    return response


def handler(error: Exception, context: dict[str, Any]) -> HttpResponse | None:
    """DRF's exception handler: our refusals, DRF's own errors and an absent database in one form.

    None for anything else: Django logs it and answers 500 in the same form (foundation.faults).
    """
    where = escape_uri_path(context["request"].path)
    if isinstance(error, Refused):
        return problem(status=error.status, code=error.code, detail=error.sentence, instance=where, **error.facts)
    if isinstance(error, Http404):
        return _known(404, where)
    if isinstance(error, PermissionDenied):
        return _known(403, where)
    if isinstance(error, exceptions.APIException):
        response = _known(error.status_code, where)
        if isinstance(error, exceptions.AuthenticationFailed):
            response = problem(status=401, code="unauthorised", detail=str(error.detail), instance=where)
        if header := getattr(error, "auth_header", None):
            response["WWW-Authenticate"] = header
        return response
    if isinstance(error, OperationalError | InterfaceError) or _cut_off(error):
        logger.warning("database away or too slow", exc_info=error)
        return _known(503, where)
    return None


def _cut_off(error: Exception) -> bool:
    """Whether the database ended the transaction because this process stood still: nothing was done, it may be repeated."""
    # idle_in_transaction_session_timeout, transaction_timeout
    return getattr(error.__cause__, "sqlstate", None) in {"25P03", "25P04"}


def _known(status: int, where: str) -> JsonResponse:
    code = _BY_STATUS.get(status, "internal" if status >= 500 else "malformed")
    return problem(status=status, code=code, detail=CODES[code][1], instance=where)
