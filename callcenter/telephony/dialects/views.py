"""The door of all dialects: `/telephony/{trunk}/{hook}`. A voice hook is never refused because of us.

Where the database is away, or something broke, a caller hears a pause and the platform asks again; after fifteen seconds
the trunk's fallback number takes over. What is only reported is refused with 503 instead: 2xx means kept, but of the two who
are on the line already and are joined at once.
"""

from __future__ import annotations

import logging
import time
from contextlib import suppress
from hashlib import sha256
from typing import Any

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods
from prometheus_client import Counter

from callcenter.accounts import denials
from callcenter.accounts.access import allow_anyone
from callcenter.foundation import idempotency
from callcenter.foundation.clock import db_now
from callcenter.foundation.errors import Conflict, Refused, Unavailable
from callcenter.foundation.middleware import request_id
from callcenter.foundation.numbers import whole
from callcenter.telephony import inspecting, rates
from callcenter.telephony.dialects import conversation, hearing, lines, registry, requests, xml_curl
from callcenter.telephony.dialects.lines import LineFacts
from callcenter.telephony.dialects.words import (
    Again,
    Answer,
    Dialect,
    Document,
    Goodbye,
    Links,
    Nothing,
    Place,
    Unreadable,
    What,
    place_in,
)

logger = logging.getLogger(__name__)

_REFUSED = Counter("zhiyin_hook_refused_total", "Requests of switches without a valid signature or key", ["trunk"])
_PATIENCE_S = 15
_ANSWER = "Zhiyin-Answer"  # what the document says, in one word of `words.py`, for whoever looks on
_CODES = {400: "malformed", 401: "unauthorised", 404: "not_found", 413: "too_large"}
_KEPT_FIELDS, _KEPT_LETTERS = 60, 300


class _NotNow(Exception):
    """Nothing can be done at this moment; the same request may succeed in a second."""


@csrf_exempt
@allow_anyone  # who asks is told by signature or key, before the body is understood
@require_http_methods(["GET", "POST"])
def hook(request: HttpRequest, trunk: str, hook: str) -> HttpResponse:
    """One request of a switch or platform, answered in its dialect."""
    began = time.monotonic()
    response = _heard(request, trunk, hook)
    _inspect(request, trunk, response, round((time.monotonic() - began) * 1000))
    return response


def _inspect(request: HttpRequest, trunk: str, response: HttpResponse, took_ms: int) -> None:
    """Write the request down for its engineer, where it was refused or somebody looks on."""
    answer = response.get(_ANSWER, "")
    if response.status_code == 503 or answer == _word(Again):  # the database may be away: no more is asked of it
        return
    with suppress(OperationalError, InterfaceError):
        line = lines.line(trunk=trunk)
        if line is None or not (line.is_watched or response.status_code >= 400):
            return
        if not inspecting.may_write(f"trunk:{trunk}", is_watched=line.is_watched):
            return
        inspecting.write(
            prefix=inspecting.prefix_in(requests.key_in(request) or ""),
            trunk=trunk,
            method=request.method or "",
            path=request.get_full_path(),
            status=response.status_code,
            code=_CODES.get(response.status_code, ""),
            sentence="" if response.status_code < 400 else response.content.decode("utf-8", "replace").strip(),
            took_ms=took_ms,
            request_id=request_id.get(),
            answer=answer,
        )


def _heard(request: HttpRequest, trunk: str, hook: str) -> HttpResponse:
    try:
        told = requests.told(request)
    except Refused as why:
        return _plain(why.status, why.sentence)
    try:
        line = lines.line(trunk=trunk)
    except (OperationalError, InterfaceError):
        return _away(registry.likely(told.said), hook, told, None, _links(request, trunk))
    if line is None:
        return _plain(404, "There is no trunk of this name.")
    dialect = registry.DIALECTS.get(told.query.get("format", line.dialect))
    if dialect is None:
        return _plain(406, f"No hook speaks the dialect {told.query.get('format', line.dialect)[:32]!r}.")
    if hook == xml_curl.HOOK and dialect is registry.DIALECTS["httapi"]:
        return _dialplan(request, told, line)
    if hook not in dialect.HOOKS:
        return _plain(404, "This dialect has no such hook.")
    try:
        return _answer(request, told, line, dialect, hook)
    except (_NotNow, OperationalError, InterfaceError, Unavailable):
        return _away(dialect, hook, told, line, _links(request, trunk))


def _dialplan(request: HttpRequest, told: requests.Told, line: LineFacts) -> HttpResponse:
    """The dialplan of a call: needs no database but for the key."""
    try:
        requests.who(request, told, line)
    except requests.Unsigned as why:
        return _refused(line, why)
    return _response(xml_curl.write(told.said, _links(request, line.trunk)), "dialplan")


def _refused(line: LineFacts, why: requests.Unsigned) -> HttpResponse:
    _REFUSED.labels(line.trunk).inc()
    denials.note(actor=f"trunk:{line.trunk}", place="hook")
    return _plain(401, why.sentence)


def _answer(request: HttpRequest, told: requests.Told, line: LineFacts, dialect: Dialect, hook: str) -> HttpResponse:
    try:
        principal = requests.who(request, told, line)
    except requests.Unsigned as why:
        return _refused(line, why)
    if not rates.take(principal.name, urgent=True).granted:
        raise _NotNow
    try:
        heard = dialect.read(hook, told.said, told.query)
        place = place_in(told.query, language=line.language)
    except Unreadable as why:
        return _plain(400, str(why))
    links = _links(request, line.trunk)

    def act() -> tuple[int, Any]:
        now = db_now()
        answer = conversation.hear(
            heard=heard, place=place, line=line, principal=principal, said=_kept(told.said), now=now
        )
        document = dialect.write(answer, hook, links)
        return 200, {"body": document.body, "type": document.content_type, "answer": _word(type(answer))}

    done = _once(act, principal.name, hook, heard.external_id, place)
    return _response(Document(body=done["body"], content_type=done["type"]), done.get("answer", ""))


def _once(act: Any, principal: str, hook: str, call: str, place: Place) -> dict[str, str]:
    """Do it. Keys of one turn count once, however often a platform repeats them: the first document is given again."""
    key = sha256(f"{hook}:{call}:{place}".encode()).hexdigest() if place.node else ""
    try:
        done = idempotency.once(principal=principal, key=key, fingerprint=key, act=act)
    except (OperationalError, InterfaceError, Unavailable):
        raise
    except Conflict as why:  # a twin of this request runs, or the call moved while it was looked at
        raise _NotNow from why
    except Exception as error:
        logger.exception("a hook could not be answered", extra={"hook": hook})
        raise _NotNow from error
    answer: dict[str, str] = done.body
    return answer


def _away(dialect: Dialect, hook: str, told: requests.Told, line: LineFacts | None, links: Links) -> HttpResponse:
    """We cannot tell: a pause and the same question again; in the end the way out."""
    what = _told(dialect, hook, told)
    if what is What.JOINING:  # both are on the line: they talk, and the end of it tells that they have
        return _response(dialect.write(Nothing(), hook, links), _word(Nothing))
    if what in {What.OVER, What.PROGRESS}:  # nobody waits for the answer: it must be told again, and must not look kept
        response = _plain(503, "Nothing was kept: report it again in a moment.")
        response["Retry-After"] = "2"
        return response
    waited_s = _tries(told.query) * Again(hook=hook, query={}).seconds
    answer: Answer
    if waited_s < _PATIENCE_S:
        query = {name: value for name, value in told.query.items() if name in _OURS}
        answer = Again(hook=hook, query=query | {"away": str(_tries(told.query) + 1)})
    else:
        is_agent = hook == hearing.OUT  # of a call that we began; the trunk's other number is for callers
        answer = Goodbye() if line is None or is_agent else conversation.way_out(line, Place(language=line.language))
    return _response(dialect.write(answer, hook, links), _word(type(answer)))


def _told(dialect: Dialect, hook: str, told: requests.Told) -> What | None:
    try:
        return dialect.read(hook, told.said, told.query).what
    except Unreadable:
        return None


_OURS = frozenset({"version", "node", "turn", "tries", "language", "call", "leg", "reservation", "format"})


def _tries(query: Any) -> int:
    return whole(query.get("away", "0"), most=999) or 0


def _kept(said: dict[str, str]) -> dict[str, str]:
    """As much of a request as is kept for evidence."""
    return {name[:64]: value[:_KEPT_LETTERS] for name, value in list(said.items())[:_KEPT_FIELDS]}


def _links(request: HttpRequest, trunk: str) -> Links:
    return Links(base=request.build_absolute_uri(f"/telephony/{trunk}"))


def _word(kind: type[Any]) -> str:
    return kind.__name__.lower()


def _response(document: Document, answer: str) -> HttpResponse:
    response = HttpResponse(document.body.encode("utf-8", "replace"), content_type=document.content_type)
    response["Cache-Control"] = "no-store"
    response[_ANSWER] = answer
    return response


def _plain(status: int, sentence: str) -> HttpResponse:
    response = HttpResponse(sentence + "\n", status=status, content_type="text/plain; charset=utf-8")
    response["Cache-Control"] = "no-store"
    if status == 401:
        response["WWW-Authenticate"] = 'Basic realm="zhiyin"'
    return response
