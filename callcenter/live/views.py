"""The live stream, and whether its reader is still signed in."""

from __future__ import annotations

from collections.abc import AsyncIterator

from django.http import HttpRequest, JsonResponse, StreamingHttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from callcenter.accounts import sessions
from callcenter.accounts.access import EVERY_ROLE, allow, allow_anyone, principal_of
from callcenter.foundation.ids import public
from callcenter.foundation.numbers import whole
from callcenter.foundation.principal import Principal
from callcenter.foundation.streaming import sse_response
from callcenter.live import feed
from callcenter.live.hub import TOLD, hub
from callcenter.live.notices import Audience
from callcenter.live.streams import CatchUp, Stream

_FURTHEST = 50_000  # a reader further behind than this is not searched for, only told to fetch afresh


@allow(*EVERY_ROLE)
@require_GET
def events(request: HttpRequest) -> StreamingHttpResponse:
    """`GET /live/events?after=<seq>`: notices as server-sent events, ids only, until the right to them ends."""
    principal = principal_of(request)
    assert principal.role is not None
    audience = Audience(role=principal.role, agent_id=principal.agent_id, domain=principal.domain)
    catch_up = _catch_up(_after(request), audience)
    return sse_response(_frames(audience, sessions.ticket_of(request), catch_up))


@allow_anyone
@require_GET
@never_cache
def session(request: HttpRequest) -> JsonResponse:
    """`GET /live/session`: 200 while signed in, else 401; then the page shows its sign-in overlay."""
    if not request.user.is_authenticated:
        return JsonResponse({"authenticated": False}, status=401)
    principal = principal_of(request)
    return JsonResponse(_session_facts(request, principal))


async def _frames(audience: Audience, ticket: sessions.Ticket, catch_up: CatchUp) -> AsyncIterator[bytes]:
    async for frame in hub.frames(Stream(audience=audience, ticket=ticket, catch_up=catch_up)):
        yield frame


def _after(request: HttpRequest) -> int | None:
    """Where the reader stands: `?after=`, or what a browser's own retry sends. Anything else is a fresh start."""
    word = request.headers.get("Last-Event-ID") or request.GET.get("after", "")
    return whole(word)


def _catch_up(after: int | None, audience: Audience) -> CatchUp:
    """Ask the database for what the reader missed, unless this process remembers it."""
    if after is None or hub.covers(after):
        return CatchUp(after=after, read_to=after or 0)
    newest = feed.newest()
    if after > newest or newest - after > _FURTHEST:
        return CatchUp(after=after, is_too_much=True)
    agent = None if audience.hears_all else (audience.agent_id or 0)
    found = feed.read(after=after, until=newest, domain=audience.domain, agent=agent, limit=TOLD + 1)
    return CatchUp(after=after, read_to=newest, events=tuple(found))


def _session_facts(request: HttpRequest, principal: Principal) -> dict[str, object]:
    return {
        "authenticated": True,
        "fingerprint": sessions.fingerprint(request.session.session_key or ""),
        "role": principal.role,
        "agent": public("a", principal.agent_id) if principal.agent_id is not None else None,
        "expires_at": sessions.expires_at(request).isoformat(),
    }
