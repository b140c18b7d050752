"""The line to an Asterisk: events in order over a real WebSocket, commands over HTTP, and a broken line that is noticed."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from typing import Any, cast

import httpx
import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.server import Server, ServerConnection, serve

from callcenter.telephony.dialects.ari import wire
from callcenter.telephony.dialects.ari.acts import Command
from callcenter.telephony.dialects.ari.connector import Connector

EVENTS = [{"type": "StasisStart", "channel": {"id": str(number)}} for number in range(3)]


class Listener:
    """A connector that only remembers."""

    def __init__(self) -> None:
        self.log: list[str] = []

    def connected(self, channels: list[dict[str, Any]]) -> None:
        self.log.append("connected with " + ",".join(one["id"] for one in channels))

    def heard(self, event: dict[str, Any]) -> None:
        self.log.append(event["channel"]["id"])

    def obey(self) -> None:
        return


@pytest.fixture
def asterisk() -> Iterator[Server]:
    """Tells three events, one line of nonsense between them, and goes away."""

    def tell(line: ServerConnection) -> None:
        assert line.request is not None
        assert line.request.path.startswith("/ari/events?app=zhiyin&api_key=zhiyin%3Asecret")
        for event in EVENTS:
            line.send(json.dumps(event))
            line.send("not JSON")

    with serve(tell, "127.0.0.1", 0) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def _answer(request: httpx.Request) -> httpx.Response:
    if request.url.path == "/ari/channels":
        return httpx.Response(200, json=[{"id": "7"}, "nonsense"])
    if request.url.path == "/ari/slow":
        raise httpx.ConnectTimeout("too slow")
    return httpx.Response(404 if request.method == "DELETE" else 200, json={})


def test_events_come_in_order_and_the_end_of_the_line_is_noticed(asterisk: Server) -> None:
    port = asterisk.socket.getsockname()[1]
    address = wire.Address(url=f"http://127.0.0.1:{port}/ari", user="zhiyin", password="secret", app="zhiyin")
    commands = wire.Commands(address, transport=httpx.MockTransport(_answer))
    listener = Listener()
    with pytest.raises(wire.BROKEN) as broken:
        wire.follow(address, cast("Connector", listener), commands, ends=lambda: False)
    commands.close()
    assert isinstance(broken.value, ConnectionClosed)
    assert listener.log == ["connected with 7", "0", "1", "2"]


def test_a_command_never_raises_for_what_the_other_side_does() -> None:
    address = wire.Address(url="http://127.0.0.1:8088/ari/", user="zhiyin", password="secret", app="zhiyin")
    assert address.events.startswith("ws://127.0.0.1:8088/ari/events?")
    commands = wire.Commands(address, transport=httpx.MockTransport(_answer))
    assert commands.send(Command(method="DELETE", path="/channels/gone")) == 404
    assert commands.send(Command(method="POST", path="/slow")) == 0
    commands.close()
