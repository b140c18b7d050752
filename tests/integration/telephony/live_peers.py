"""Switches behind real sockets, and processes of ours that can be killed: for tests of what a death costs."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import signal
import struct
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from asgiref.sync import SyncToAsync
from django.core.management import call_command
from django.db import connections

from callcenter.telephony.dialects.ari.acts import Command
from tests.integration.telephony.asterisk import Asterisk

_kept: list[Any] = []  # our own connections in a forked process: theirs is not to close


class Process:
    """A command of the product in a process of its own; forked, for a fresh start would cost seconds of Django."""

    def __init__(self, *words: str) -> None:
        self.pid = os.fork()
        if self.pid == 0:
            _be(words)

    def kill(self) -> None:
        """kill -9."""
        with suppress(ProcessLookupError, ChildProcessError):
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)


def _be(words: tuple[str, ...]) -> None:
    try:
        for one in connections.all(initialized_only=True):
            _kept.append(one.connection)
            one.connection = None
        SyncToAsync.single_thread_executor = ThreadPoolExecutor(max_workers=1)  # a thread does not survive a fork
        call_command(*words)
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(1)


def until(condition: Callable[[], Any], *, seconds: float = 60) -> Any:
    """The first true answer."""
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, "it did not come about in time"
        time.sleep(0.05)
    return found


@contextmanager
def serving(handler: type[BaseHTTPRequestHandler]) -> Iterator[int]:
    """The port on which this handler answers."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads, server.block_on_close = True, False
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class Quiet(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: Any) -> None:
        return

    def handle(self) -> None:
        with suppress(OSError, ValueError):  # the other side was killed
            super().handle()

    def body(self) -> bytes:
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def say(self, status: int, body: Any = None) -> None:
        content = b"" if body is None else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


class PushedSwitch:
    """A switch that is told what to do: every telling by its id, and whether it was answered."""

    def __init__(self) -> None:
        self.told: list[tuple[str, bytes]] = []
        self.silent = threading.Event()  # while set it takes in and does not answer
        switch = self

        class Handler(Quiet):
            def do_POST(self) -> None:
                body = self.body()
                switch.told.append((self.headers["Instruction-Id"], body))
                while switch.silent.is_set():
                    time.sleep(0.02)
                self.say(204)

        self.handler = Handler

    def reservations(self) -> dict[str, set[bytes]]:
        """What was told under each id."""
        found: dict[str, set[bytes]] = {}
        for name, body in list(self.told):
            found.setdefault(name, set()).add(body)
        return found


class LiveAsterisk:
    """An Asterisk behind its two doors: REST, and events over a WebSocket to whoever is connected then."""

    def __init__(self) -> None:
        self.inner = Asterisk()
        self.lock = threading.RLock()
        self.line: Any = None  # the open WebSocket's stream
        board = self

        class Handler(Quiet):
            def do_GET(self) -> None:
                if self.path.startswith("/ari/events"):
                    return board._events(self)
                with board.lock:
                    return self.say(200, list(board.inner.channels.values()))

            def do_POST(self) -> None:
                parts = urlsplit(self.path)
                raw = self.body()
                command = Command(
                    method=self.command,
                    path=unquote(parts.path).removeprefix("/ari"),
                    query=dict(parse_qsl(parts.query)),
                    body=json.loads(raw) if raw else None,
                )
                with board.lock:
                    status = board.inner.send(command)
                    board.tell()
                self.say(status)

            do_DELETE = do_POST  # noqa: N815

        self.handler = Handler

    @contextmanager
    def happens(self) -> Iterator[Asterisk]:
        """Something happens at the switch, and is told at once to whoever listens; to nobody later."""
        with self.lock:
            yield self.inner
            self.tell()

    def tell(self) -> None:
        while self.inner.events:
            event = json.dumps(self.inner.events.popleft()).encode()
            if self.line is not None:
                with suppress(OSError):
                    self.line.write(b"\x81" + _length(len(event)) + event)
                    self.line.flush()

    def _events(self, request: Quiet) -> None:
        key = request.headers["Sec-WebSocket-Key"] + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
        request.send_response(101)
        request.send_header("Upgrade", "websocket")
        request.send_header("Connection", "Upgrade")
        request.send_header("Sec-WebSocket-Accept", base64.b64encode(hashlib.sha1(key.encode()).digest()).decode())
        request.end_headers()
        with self.lock:
            self.line = request.wfile
        try:
            while (frame := _frame(request.rfile)) is not None:
                if frame[0] == 9:
                    with self.lock:
                        request.wfile.write(b"\x8a" + _length(len(frame[1])) + frame[1])
                        request.wfile.flush()
        finally:
            with self.lock:
                self.line = None
            request.close_connection = True


def _length(size: int) -> bytes:
    return bytes([size]) if size < 126 else b"\x7e" + struct.pack(">H", size)


def _frame(stream: Any) -> tuple[int, bytes] | None:
    """Kind and content of a client's next frame; None at its end. Ours are all short of 64 KB."""
    head = stream.read(2)
    if len(head) < 2 or head[0] & 0x0F == 8:
        return None
    size = head[1] & 0x7F
    if size == 126:
        size = struct.unpack(">H", stream.read(2))[0]
    mask, content = stream.read(4), stream.read(size)
    return head[0] & 0x0F, bytes(byte ^ mask[place % 4] for place, byte in enumerate(content))
