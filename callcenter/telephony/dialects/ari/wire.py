"""The line to an Asterisk: its WebSocket of events and its HTTP commands. A dead line is known within ten seconds."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode, urlsplit, urlunsplit

import httpx
from websockets.exceptions import WebSocketException
from websockets.sync.client import connect

from callcenter.telephony.dialects.ari.acts import Command
from callcenter.telephony.dialects.ari.connector import Connector

logger = logging.getLogger(__name__)

_BEAT_S = 5.0  # Asterisk says nothing while nothing happens: pings tell a quiet line from a dead one
_LOOK_EVERY_S = 0.25
_COMMAND_S = 3.0
_MOST_BYTES = 1024 * 1024


@dataclass(frozen=True, kw_only=True)
class Address:
    """Where an Asterisk is and how it knows us."""

    url: str  # http://host:8088/ari
    user: str
    password: str
    app: str

    @property
    def events(self) -> str:
        parts = urlsplit(self.url)
        scheme = "wss" if parts.scheme == "https" else "ws"
        query = urlencode({"app": self.app, "api_key": f"{self.user}:{self.password}", "subscribeAll": "false"})
        return urlunsplit((scheme, parts.netloc, parts.path.rstrip("/") + "/events", query, ""))


class Commands:
    """Sends commands; never raises for what the other side does."""

    def __init__(self, address: Address, *, transport: httpx.BaseTransport | None = None) -> None:
        self._client = httpx.Client(
            base_url=address.url.rstrip("/"),
            auth=(address.user, address.password),
            timeout=_COMMAND_S,
            transport=transport,
        )

    def send(self, command: Command) -> int:
        """The status of the answer; 0 where none came. 404 of a channel that is gone is ordinary."""
        try:
            answer = self._client.request(
                command.method, quote(command.path, safe="/"), params=dict(command.query), json=command.body
            )
        except httpx.HTTPError as error:
            logger.warning("Asterisk did not answer", extra={"path": command.path, "error": type(error).__name__})
            return 0
        if answer.status_code >= 400 and answer.status_code != 404:
            logger.warning("Asterisk refused", extra={"path": command.path, "status": answer.status_code})
        return answer.status_code

    def channels(self) -> list[dict[str, Any]]:
        """Every channel that lives. Raises httpx.HTTPError."""
        answer = self._client.get("/channels")
        answer.raise_for_status()
        found = answer.json()
        return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []

    def close(self) -> None:
        self._client.close()


def follow(address: Address, connector: Connector, commands: Commands, *, ends: Callable[[], bool]) -> None:
    """Stay connected until the line breaks or `ends` says so. Raises WebSocketException, OSError, httpx.HTTPError."""
    with connect(address.events, ping_interval=_BEAT_S, ping_timeout=_BEAT_S, max_size=_MOST_BYTES) as line:
        # Subscribed first, then listed: what happens between the two comes as an event, and twice does no harm.
        connector.connected(commands.channels())
        looked = 0.0
        while not ends():
            if time.monotonic() - looked >= _LOOK_EVERY_S:
                connector.obey()
                looked = time.monotonic()
            try:
                said = line.recv(timeout=_LOOK_EVERY_S)
            except TimeoutError:
                continue
            if (event := _event(said)) is not None:
                connector.heard(event)


def _event(said: str | bytes) -> dict[str, Any] | None:
    try:
        event = json.loads(said)
    except ValueError:
        return None
    return event if isinstance(event, dict) else None


BROKEN = (WebSocketException, OSError, httpx.HTTPError)
