"""Events out: the feed by cursor, the snapshot it begins with, and the published limits."""

from __future__ import annotations

from functools import partial

from django.conf import settings
from django.db import connection
from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase

from callcenter.foundation import idempotency
from callcenter.foundation.clock import db_now
from callcenter.foundation.errors import Refused
from callcenter.foundation.storable import DEEPEST
from callcenter.foundation.streaming import sse_response
from callcenter.foundation.transactions import in_one_transaction
from callcenter.telephony import feed, fields, intake, reading, streaming, tail, waiting
from callcenter.telephony.api.base import ApiView, answer
from callcenter.telephony.api.contract import operation
from callcenter.telephony.api.intake import MOST_ITEMS
from callcenter.telephony.requests import LONGEST_WAIT_S, MOST_PER_PAGE, EventsQuery, StreamQuery


class LaneFull(Refused):
    status = 429
    code = "lane_full"


class Events(ApiView):
    scope = "events:read"

    @operation("events")
    def get(self, request: object) -> HttpResponseBase:
        wish = self.query(EventsQuery)
        reader = feed.Reader(domain=self.principal.domain, types=wish["types"], limit=wish["limit"])
        after = feed.position(wish["after"], domain=reader.domain)
        news = tail.here() if wish["wait"] else None
        if news is None or not news.reaches(after):
            found = feed.page(reader, after=after)
            if found["events"] or not wish["wait"]:
                return answer(found)
        if waiting.is_full(self.principal.name):
            raise LaneFull("Too many readers wait here: ask again in a second, or follow the stream.")
        connection.close()  # whoever waits holds none
        question = waiting.Question(
            look=partial(feed.page_and_let_go, reader),
            concerns=partial(feed.is_for, reader),
            tell=partial(feed.told, reader),
            limit=reader.limit,
        )
        body = waiting.next_page(question, after=after, seconds=wish["wait"], key=self.principal.name)
        return StreamingHttpResponse(body, content_type="application/json")


class EventStream(ApiView):
    """Server-sent events. A client that comes back says where it stood by `Last-Event-ID`."""

    scope = "events:read"

    @operation("event_stream")
    def get(self, request: object) -> HttpResponseBase:
        wish = self.query(StreamQuery)
        reader = feed.Reader(domain=self.principal.domain, types=wish["types"], limit=MOST_PER_PAGE)
        stood = self.plain_request.headers.get("Last-Event-ID", "") or wish["after"]
        after = feed.position(stood, domain=reader.domain) if stood else None
        prefix = self.principal.name.removeprefix("key:")
        if streaming.is_full(prefix):
            raise LaneFull("Too many streams are open here: close one, or read by cursor.")
        connection.close()
        return sse_response(streaming.frames(reader, after=after, prefix=prefix))


class Sync(ApiView):
    scope = "events:read"

    @operation("sync")
    def get(self, request: object) -> HttpResponse:
        domain = self.principal.domain
        return answer(in_one_transaction(lambda: feed.snapshot(domain=domain, now=db_now()), frozen=True))


class Limits(ApiView):
    """Open to everybody: who builds against us reads them first."""

    scope = ""

    @operation("limits")
    def get(self, request: object) -> HttpResponse:
        return answer(
            {
                "rate_per_s": settings.API_RATE_PER_S,
                "burst": settings.API_BURST,
                "body_bytes": reading.MOST_BYTES,
                "batch_bytes": reading.MOST_BATCH_BYTES,
                "batch_items": MOST_ITEMS,
                "attributes_bytes": fields.MOST_ATTRIBUTE_BYTES,
                "nesting": DEEPEST,
                "page": MOST_PER_PAGE,
                "wait_s": LONGEST_WAIT_S,
                "waiters": waiting.MOST_OF_A_KEY,
                "streams": streaming.MOST_OF_A_KEY,
                "idempotency_hours": round(idempotency.KEPT_FOR.total_seconds() / 3600),
                "oldest_event_hours": round(intake.OLDEST.total_seconds() / 3600),
            }
        )
