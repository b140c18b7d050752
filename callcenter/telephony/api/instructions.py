"""What to do next, for switches that ask: one long poll for all the calls of a trunk."""

from __future__ import annotations

from functools import partial

from django.db import connection
from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase

import routing.operations
from callcenter.telephony import awaiting, feed, instructions, naming, tail, waiting
from callcenter.telephony.api.base import ApiView, answer
from callcenter.telephony.api.contract import operation
from callcenter.telephony.api.feed import LaneFull
from callcenter.telephony.requests import InstructionsQuery, NextQuery


class Instructions(ApiView):
    scope = "calls:read"
    urgent = True

    @operation("instructions")
    def get(self, request: object) -> HttpResponseBase:
        wish = self.query(InstructionsQuery)
        trunk = naming.find_trunk(key=wish.get("trunk", ""), principal=self.principal)
        reader = instructions.reader_of(
            trunk, self.principal, limit=wish["limit"], hears_replies=wish["replies"] == "heard"
        )
        if not wish["after"]:
            return answer(instructions.standing(reader))
        after = feed.position(wish["after"], domain=reader.domain)
        if not _is_at_hand(after, wait=wish["wait"]):
            found = instructions.page(reader, after=after)
            if found["instructions"] or not wish["wait"]:
                return answer(found)
        routing.operations.switch_asks(source=reader.source, reached=after)
        return self._wait(reader, after=after, seconds=wish["wait"])

    def _wait(self, reader: instructions.Reader, *, after: int, seconds: int) -> HttpResponse | StreamingHttpResponse:
        if waiting.is_full(self.principal.name):
            raise LaneFull("Too many readers wait here: ask again in a second.")
        connection.close()  # whoever waits holds none
        body = waiting.next_page(_question(reader), after=after, seconds=seconds, key=self.principal.name)
        return StreamingHttpResponse(body, content_type="application/json")


class Next(ApiView):
    """What to do next with one call, for a script that holds this caller alone."""

    scope = "calls:read"
    urgent = True

    @operation("call_next")
    def get(self, request: object, call: str) -> HttpResponseBase:
        wish = self.query(NextQuery)
        found = naming.call(call, principal=self.principal)
        reader = instructions.Reader(
            domain=found.domain,
            source=found.source,
            actors=frozenset({self.principal.name}),
            limit=50,
            trunk=self.principal.trunk,
            call=found.id,
        )
        after = feed.position(wish["after"], domain=reader.domain) if wish["after"] else 0
        is_over = found.ended_at is not None
        if is_over or not wish["after"] or not _is_at_hand(after, wait=wish["wait"]):
            page = instructions.page(reader, after=after) if wish["after"] else instructions.standing(reader)
            page["instructions"] = page["instructions"] or instructions.over(found)
            if page["instructions"] or not wish["wait"]:
                return answer(page)
            after = feed.position(page["next"], domain=reader.domain)
        if awaiting.is_full():
            raise LaneFull("Too many calls are waited for here: ask again in a second.")
        connection.close()  # whoever waits holds none
        body = awaiting.next_page(_question(reader), call=found.id, after=after, seconds=wish["wait"])
        return StreamingHttpResponse(body, content_type="application/json")


def _is_at_hand(after: int, *, wait: int) -> bool:
    """Whether who waits may be answered from what this process has read: nothing new, most of the time."""
    news = tail.here() if wait else None
    return news is not None and news.reaches(after)


def _question(reader: instructions.Reader) -> waiting.Question:
    return waiting.Question(
        look=partial(instructions.page_and_let_go, reader),
        concerns=partial(instructions.concerns, reader),
        tell=partial(instructions.told_and_let_go, reader),
        limit=reader.limit,
        is_answered=partial(instructions.is_answered, reader),
    )
