"""How the web server runs a request: the whole of it in one thread of a fixed number, then back to the loop to be sent.

Django's own handler adapts each middleware by itself and wanders between the loop and a thread made for the request;
with synchronous views that costs about as much as serving them. Only streams stay on the loop, for hours and without a
thread.
"""

from __future__ import annotations

import asyncio
import resource
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from contextvars import copy_context
from typing import Any, cast

from django.conf import settings
from django.core import signals
from django.core.exceptions import RequestAborted
from django.core.handlers.asgi import ASGIHandler, ASGIRequest, get_script_prefix
from django.core.handlers.base import BaseHandler
from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.urls import set_script_prefix

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[Mapping[str, Any]]]
Send = Callable[[Mapping[str, Any]], Awaitable[None]]


# Twice the streams of a process, for one that was cut may still be closing while its reader is back; and long polls beside.
OPEN_FILES = 16_384
# Requests still in hand when one is answered: from here on another process is likelier to be free.
CROWDED = 2


def allow_open_files(wanted: int = OPEN_FILES) -> None:
    """Let this process hold so many open files, or as many as the machine grants: a stream is one.

    A service is started with 1,024 of them and may ask for more by itself; without, the thousandth reader is one too many,
    and nobody else is let in either.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    if soft != resource.RLIM_INFINITY and soft < most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


class OneThreadHandler(ASGIHandler):
    """An ASGI application. Requests beyond `WEB_THREADS` at once wait in line.

    A connection stays with the process that took it, so one process may come to do nearly all of what a switch asks. While
    several requests are in hand, whoever is answered is let go: its next request is taken by whoever is idle.
    """

    def __init__(self) -> None:
        BaseHandler.__init__(self)
        self.load_middleware(is_async=False)
        self._threads = ThreadPoolExecutor(settings.WEB_THREADS, thread_name_prefix="web")
        self._in_hand = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            raise ValueError(f"This server speaks HTTP, not {scope['type']}.")
        try:
            body = await self.read_body(receive)
        except RequestAborted:
            return
        with closing(body):
            set_script_prefix(get_script_prefix(scope))
            request, response = self.create_request(scope, body)
            if response is None:
                self._in_hand += 1
                try:
                    response = await self._in_thread(self._respond, scope, request)
                finally:
                    self._in_hand -= 1
            assert response is not None
            if is_endless(response):
                await self._stream(response, receive, send)
            else:
                if self._in_hand >= CROWDED:
                    response["Connection"] = "close"
                await self.send_response(response, send)

    def _respond(self, scope: Scope, request: ASGIRequest) -> HttpResponseBase:
        """From request to an answer that needs this thread no more; its database connection is given back."""
        signals.request_started.send(sender=self.__class__, scope=scope)
        response = self.get_response(request)
        if request.method == "HEAD" and is_endless(response):
            response = _head(response)
        setattr(response, "_handler_class", self.__class__)  # noqa: B010 - what Django's own handler tells it
        if is_endless(response):
            signals.request_finished.send(sender=self.__class__)
            return response
        whole = response if not response.streaming else _whole(cast("StreamingHttpResponse", response))
        response.close()
        return whole

    async def _stream(self, response: HttpResponseBase, receive: Receive, send: Send) -> None:
        """Send until the stream ends or its reader leaves."""
        sending = asyncio.ensure_future(self.send_response(response, send))
        leaving = asyncio.ensure_future(self.listen_for_disconnect(receive))
        try:
            await asyncio.wait((sending, leaving), return_when=asyncio.FIRST_COMPLETED)
        finally:
            leaving.cancel()
            sending.cancel()
            ends = await asyncio.gather(sending, leaving, return_exceptions=True)
            await self._in_thread(response.close)
        for ended in ends:
            if isinstance(ended, Exception) and not isinstance(ended, RequestAborted):
                raise ended

    async def _in_thread(self, do: Callable[..., Any], *args: Any) -> Any:
        return await asyncio.get_running_loop().run_in_executor(self._threads, copy_context().run, do, *args)


def is_endless(response: HttpResponseBase) -> bool:
    """Whether the answer comes piece by piece from the loop: the live stream, a long poll."""
    return bool(response.streaming and cast("StreamingHttpResponse", response).is_async)


def _head(response: HttpResponseBase) -> HttpResponse:
    """What a stream would begin with. It is not begun: who asks for the head alone reads nothing, and would hold a
    place, and the connection, for as long as the stream lasts.
    """
    head = HttpResponse(status=response.status_code, headers=dict(response.headers))
    head.cookies = response.cookies
    response.close()
    return head


def _whole(response: StreamingHttpResponse) -> HttpResponse:
    """A file or an export, read in the thread that opened it."""
    whole = HttpResponse(b"".join(response), status=response.status_code, headers=dict(response.headers))
    whole.cookies = response.cookies
    return whole
