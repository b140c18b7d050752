"""Chromium by its own protocol, for what Playwright hides: tabs that are really hidden. It emulates focus, this does not."""

from __future__ import annotations

import json
import subprocess
import time
from contextlib import suppress
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
            if value := self.evaluate(expression):
                return value
            time.sleep(0.1)
        raise TimeoutError(expression)

    def to_front(self) -> None:
        self.chromium.send("Target.activateTarget", targetId=self.target)


@dataclass
class Chromium:
    """A browser process and the one socket to it."""

    process: subprocess.Popen[bytes]
    socket: ClientConnection
    ids: count[int] = field(default_factory=lambda: count(1))

    @classmethod
    def start(cls, executable: str, profile: Path) -> Chromium:
        process = subprocess.Popen(
            [executable, *FLAGS, "--remote-debugging-port=0", f"--user-data-dir={profile}"], stderr=subprocess.DEVNULL
        )
        file = profile / "DevToolsActivePort"
        until = time.monotonic() + 30
        while time.monotonic() < until:
            with suppress(OSError, ValueError):
                port, path = file.read_text().split()
                return cls(process=process, socket=connect(f"ws://127.0.0.1:{port}{path}", max_size=None))
            time.sleep(0.1)
        process.kill()
        raise RuntimeError("Chromium did not open its debugging port.")

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

    def stop(self) -> None:
        self.socket.close()
        self.process.terminate()
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(5)
        if self.process.poll() is None:
            self.process.kill()
