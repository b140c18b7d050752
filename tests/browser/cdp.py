"""Chromium by its own protocol, for what Playwright hides: tabs that are really hidden. It emulates focus, this does not."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

from websockets.sync.client import ClientConnection, connect

FLAGS = [
    "--headless=new",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-sync",
    "--no-sandbox",
    "--mute-audio",
]


@dataclass
class Tab:
    """One attached page."""

    chromium: Chromium
    target: str
    session: str

    def send(self, method: str, **params: Any) -> dict[str, Any]:
        return self.chromium.send(method, session=self.session, **params)

    def evaluate(self, expression: str) -> Any:
        answer = self.send("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in answer:
            raise RuntimeError(answer["exceptionDetails"])
        return answer["result"].get("value")

    def wait_for(self, expression: str, seconds: float = 30) -> Any:
        """The first true value of the expression."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            with suppress(RuntimeError):  # a page under way has no document yet
                if value := self.evaluate(expression):
                    return value
            time.sleep(0.1)
        raise TimeoutError(expression)

    def to_front(self) -> None:
        self.chromium.send("Target.activateTarget", targetId=self.target)


@dataclass
class Chromium:
    """The one socket to a browser process."""

    socket: ClientConnection
    ids: count[int] = field(default_factory=lambda: count(1))

    def send(self, method: str, *, session: str = "", **params: Any) -> dict[str, Any]:
        number = next(self.ids)
        message = {"id": number, "method": method, "params": params, **({"sessionId": session} if session else {})}
        self.socket.send(json.dumps(message))
        while True:
            answer = json.loads(self.socket.recv(timeout=30))
            if answer.get("id") == number:
                if "error" in answer:
                    raise RuntimeError(answer["error"])
                found: dict[str, Any] = answer["result"]
                return found

    def tab(self, url: str = "about:blank") -> Tab:
        target = self.send("Target.createTarget", url=url)["targetId"]
        session = self.send("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        return Tab(chromium=self, target=target, session=session)


@contextmanager
def chromium(executable: str, profile: Path) -> Iterator[Chromium]:
    """A browser for one story, ended with it."""
    process = subprocess.Popen(
        [executable, *FLAGS, "--remote-debugging-port=0", f"--user-data-dir={profile}"], stderr=subprocess.DEVNULL
    )
    try:
        with connect(_address(profile / "DevToolsActivePort"), max_size=None) as socket:
            yield Chromium(socket=socket)
    finally:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(5)
        if process.poll() is None:
            process.kill()
            process.wait()


def _address(file: Path) -> str:
    """Where the browser listens, once it has written so."""
    until = time.monotonic() + 60
    while time.monotonic() < until:
        with suppress(OSError, ValueError):
            port, path = file.read_text().split()
            return f"ws://127.0.0.1:{port}{path}"
        time.sleep(0.1)
    raise RuntimeError("Chromium did not open its debugging port.")
