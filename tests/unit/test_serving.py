"""The web server's own needs."""

from __future__ import annotations

import asyncio
import resource
import threading
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpResponse
from django.http.response import HttpResponseBase

from callcenter.serving import CROWDED, OneThreadHandler, Scope, allow_open_files


@pytest.fixture
def few_files() -> Iterator[int]:
    """This process as a service is started: few files now, more for the asking. The most it may ask for."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (512, hard))
    yield hard
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_as_many_files_as_streams_need_may_be_open(few_files: int) -> None:
    allow_open_files(1_500)
    assert resource.getrlimit(resource.RLIMIT_NOFILE) == (1_500, few_files)
    allow_open_files(900)
    assert resource.getrlimit(resource.RLIMIT_NOFILE) == (1_500, few_files)


def test_where_the_machine_grants_less_that_is_taken(few_files: int) -> None:
    if few_files == resource.RLIM_INFINITY:
        pytest.skip("this machine sets no limit")
    allow_open_files(few_files + 1)
    assert resource.getrlimit(resource.RLIMIT_NOFILE) == (few_files, few_files)


class _Slow(OneThreadHandler):
    """Its answer to `/slow` waits until the test lets it go."""

    def __init__(self) -> None:
        super().__init__()
        self.let_go = threading.Event()

    def _respond(self, scope: Scope, request: ASGIRequest) -> HttpResponseBase:
        if request.path == "/slow":
            assert self.let_go.wait(30)
        return HttpResponse("done")


async def _asked(app: OneThreadHandler, path: str) -> dict[bytes, bytes]:
    sent: list[Mapping[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Mapping[str, Any]) -> None:
        sent.append(message)

    await app({"type": "http", "method": "GET", "path": path, "query_string": b"", "headers": []}, receive, send)
    return dict(sent[0]["headers"])


def test_a_connection_is_kept_while_its_process_is_idle() -> None:
    assert b"Connection" not in asyncio.run(_asked(_Slow(), "/quick"))


def test_a_process_with_much_in_hand_lets_its_connections_go_and_keeps_them_again_afterwards() -> None:
    app = _Slow()

    async def crowd() -> None:
        slow = [asyncio.create_task(_asked(app, "/slow")) for _ in range(CROWDED)]
        await asyncio.sleep(0)
        assert (await _asked(app, "/quick"))[b"Connection"] == b"close"
        app.let_go.set()
        await asyncio.gather(*slow)
        assert b"Connection" not in await _asked(app, "/quick")

    asyncio.run(crowd())
