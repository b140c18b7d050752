"""How the desk's commands are taken: JSON in, idempotency key, lease; JSON snapshot or a refusal's sentence out."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_POST

from callcenter.accounts.access import allow, principal_of
from callcenter.accounts.sessions import fingerprint
from callcenter.console import drawing, words
from callcenter.console.desk_state import desk_state
from callcenter.console.leases import browser_name
from callcenter.console.screen_pop import Denied
from callcenter.foundation import audit, idempotency
from callcenter.foundation.clock import db_now
from callcenter.foundation.errors import Conflict, Forbidden, Invalid, Refused
from callcenter.foundation.principal import Principal, Role
from callcenter.foundation.storable import unstorable

SHORTEST_KEY = 8
LARGEST = 32_768  # bytes of a command's body


@dataclass(frozen=True, kw_only=True)
class Command:
    """One command of a desk, read and checked."""

    principal: Principal
    agent_id: int
    user_id: int
    lease_id: UUID | None
    fingerprint: str
    browser: str
    language: str
    body: dict[str, Any]
    now: datetime

    def text(self, field: str, default: str = "") -> str:
        value = self.body.get(field, default)
        if not isinstance(value, str):
            raise Invalid(f"{field} must be text.", field=f"/{field}")
        return value.strip()

    def lease(self) -> UUID:
        """The lease this window claims. Without one it may only look."""
        if self.lease_id is None:
            raise Conflict("This desk is open somewhere else now.", code="lease_lost")
        return self.lease_id


Answer = dict[str, Any]
CommandView = Callable[..., Answer]


def agent_of(request: HttpRequest) -> tuple[Principal, int]:
    """The signed-in person as an agent. Raises Forbidden for a person who takes no calls."""
    principal = principal_of(request)
    if principal.agent_id is None:
        raise Forbidden("Your account is not linked to an agent. Ask a supervisor to link it.", code="no_agent")
    return principal, principal.agent_id


def session_name(request: HttpRequest) -> str:
    return fingerprint(request.session.session_key or "")


def command(view: CommandView) -> Callable[..., HttpResponse]:
    """A desk command: POST, JSON, `Idempotency-Key`, `X-Lease`. Answers the fresh snapshot.

    The key, the effect and the answer are one transaction: a repeat waits for the first and has no second effect.
    """

    def act(request: HttpRequest, given: Command, kwargs: dict[str, Any]) -> Answer:
        result = _once(request, given, lambda: view(given, **kwargs))
        state = desk_state(agent_id=given.agent_id, fingerprint=given.fingerprint, now=db_now())
        return {"result": result, "state": drawing.answer(state, request=request)}

    return _door(view, act)


def report(view: CommandView) -> Callable[..., HttpResponse]:
    """A small repeated sign from the page (pulse, seen, note): harmless when repeated, so it needs no key."""

    def act(request: HttpRequest, given: Command, kwargs: dict[str, Any]) -> Answer:
        return view(given, **kwargs)

    return _door(view, act)


def _door(
    view: CommandView, act: Callable[[HttpRequest, Command, dict[str, Any]], Answer]
) -> Callable[..., HttpResponse]:
    @allow(Role.AGENT)
    @require_POST
    @wraps(view)
    def answer(request: HttpRequest, **kwargs: Any) -> HttpResponse:
        try:
            return JsonResponse(act(request, _read(request), kwargs))
        except Refused as refusal:
            return refused(request, refusal)

    return answer


def refused(request: HttpRequest, refusal: Refused) -> JsonResponse:
    """The refusal in the reader's language, with the facts a page can branch on. What was denied is written down."""
    if isinstance(refusal, Denied):
        actor = principal_of(request).name
        audit.write(actor=actor, action="access.denied", subject=refusal.subject, purpose="desk", now=db_now())
    sentence = words.REFUSAL.get(refusal.code)
    body = {
        "code": refusal.code,
        "detail": refusal.sentence if sentence is None else str(sentence),
        "request": getattr(request, "id", ""),
        **refusal.facts,
    }
    return JsonResponse(body, status=refusal.status)


def _read(request: HttpRequest) -> Command:
    principal, agent_id = agent_of(request)
    if len(request.body) > LARGEST:
        raise Invalid("This is larger than a command may be.", code="too_large")
    return Command(
        principal=principal,
        agent_id=agent_id,
        user_id=int(request.user.pk or 0),
        lease_id=_lease(request.headers.get("X-Lease", "")),
        fingerprint=session_name(request),
        browser=browser_name(request.headers.get("User-Agent", "")),
        language=request.LANGUAGE_CODE or "en",
        body=_body(request),
        now=db_now(),
    )


def _body(request: HttpRequest) -> dict[str, Any]:
    """The command's fields. Raises Invalid for what is no JSON object, or holds what cannot be kept."""
    try:
        body = json.loads(request.body or b"{}")
    except (ValueError, RecursionError):
        raise Invalid("The command is not JSON.", code="malformed") from None
    if not isinstance(body, dict):
        raise Invalid("The command must be a JSON object.", code="malformed")
    if found := unstorable(body):
        pointer, sentence = found
        raise Invalid(sentence, field=pointer)
    return body


def _lease(word: str) -> UUID | None:
    try:
        return UUID(word) if word else None
    except ValueError:
        raise Invalid("X-Lease is not a lease.", code="malformed") from None


def _once(request: HttpRequest, given: Command, act: Callable[[], Answer]) -> Answer:
    key = request.headers.get("Idempotency-Key", "")
    if len(key) < SHORTEST_KEY:
        raise Invalid("A command needs an Idempotency-Key of 8 to 255 characters.", code="idempotency_key_needed")
    done = idempotency.once(
        principal=given.principal.name,
        key=key,
        fingerprint=idempotency.fingerprint(method="POST", path=request.path, body=request.body),
        now=given.now,
        act=lambda: (200, act()),
    )
    body: Answer = done.body
    return body
