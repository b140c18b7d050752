"""Answers that are held until a caller who waits has an agent: `?wait=` of the requests that put callers into a queue.

What was asked for is done and committed before the answer is held, so whoever leaves meanwhile loses nothing: the call keeps its
place, and asking again, or asking what to do next, tells how it stands.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from functools import partial
from uuid import UUID

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection
from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase

from callcenter.foundation.ids import read_uuid
from callcenter.foundation.models import Event
from callcenter.telephony import awaiting, feed, fields, waiting
from callcenter.telephony.api.base import ApiView, Json
from callcenter.telephony.requests import WaitQuery
from routing.states import CallState

# With any of these the caller waits no more, or the switch has something else to do.
_NEWS = ("reservation.created", "call.abandoned", "call.canceled", "call.diverted", "call.failed")
Standing = Callable[[UUID], Json]


def seconds_asked(view: ApiView) -> int:
    """`?wait=`, 0 where it is left out. Other parameters are none of ours, and were never refused. Raises Invalid."""
    given = view.plain_request.GET.get("wait")
    wish = fields.read(WaitQuery, {"wait": given}) if given is not None else {"wait": 0}
    return int(wish["wait"])


def held(view: ApiView, act: Callable[[], HttpResponse], *, standing: Standing) -> HttpResponse | StreamingHttpResponse:
    """Do it; where the call waits then and `?wait=` asks for it, answer when an agent is held or the time is over.

    The status stays what it was when the command was done. Where too many wait here already, the answer comes at once.
    """
    seconds = seconds_asked(view)
    if not seconds:
        return act()
    after = feed.newest()  # read first: what is published from here on is news
    done = act()
    call = json.loads(done.content)["call"]
    key = read_uuid("c", call["id"])
    if call["state"] != CallState.QUEUED or awaiting.is_full() or _is_old_news(done, key, standing):
        return done
    connection.close()  # whoever waits holds none
    body = _body(key, view.principal.domain, after=after, seconds=seconds, standing=standing)
    response = StreamingHttpResponse(body, status=done.status_code, content_type="application/json")
    return _with_headers_of(done, response)


def _is_old_news(done: HttpResponse, call: UUID, standing: Standing) -> bool:
    """Whether an answer of before is given again, and the caller waits no more."""
    return "Idempotent-Replay" in done and standing(call)["call"]["state"] != CallState.QUEUED


def _with_headers_of(done: HttpResponseBase, response: StreamingHttpResponse) -> StreamingHttpResponse:
    if "Idempotent-Replay" in done:
        response["Idempotent-Replay"] = done["Idempotent-Replay"]
    return response


async def _body(call: UUID, domain: str, *, after: int, seconds: int, standing: Standing) -> AsyncIterator[str]:
    """The call as it stands when there is news of it, or the time is over."""
    question = waiting.Question(
        look=partial(_look, call, domain),
        concerns=lambda row: row.call == call and row.type in _NEWS,
        tell=partial(_tell, domain),
        limit=1,
    )
    async for _ in awaiting.next_page(question, call=call, after=after, seconds=seconds):
        pass
    found = await asyncio.get_running_loop().run_in_executor(None, _and_let_go, standing, call)
    yield json.dumps(found, cls=DjangoJSONEncoder, ensure_ascii=False, separators=(",", ":"))


def _look(call: UUID, domain: str, after: int) -> Json:
    """The same from the log, where this process has not read so far back."""
    try:
        last = feed.newest()
        rows = Event.objects.filter(call=call, type__in=_NEWS, feed_seq__gt=after, feed_seq__lte=last)
        return _tell(domain, list(rows[:1]), max(last, after))
    finally:
        connection.close()


def _tell(domain: str, rows: list[Event], reached: int) -> Json:
    return {"news": [row.type for row in rows], "next": feed.cursor(domain, reached)}


def _and_let_go(standing: Standing, call: UUID) -> Json:
    try:
        return standing(call)
    finally:
        connection.close()
