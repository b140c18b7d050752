"""The product as it runs: web, relay and dispatcher as processes on a scratch database, with a stagehand beside them."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import httpx
import psycopg

ROOT = Path(__file__).resolve().parents[2]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


@dataclass
class Product:
    """A running product. `start`/`kill` take the names web, relay, route."""

    database_url: str
    var: Path
    port: int = field(default_factory=free_port)
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    hand: subprocess.Popen[str] | None = None
    metrics_token: str = "for-the-stories-only"

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def environment(self, process: str) -> dict[str, str]:
        return {
            **os.environ,
            "DATABASE_URL": self.database_url,
            "VAR_DIR": str(self.var),
            "DJANGO_SETTINGS_MODULE": "callcenter.settings",
            "ZHIYIN_PROCESS": process,
            "LOG_LEVEL": "WARNING",
            "PRESENCE_LEASE_S": "15",
            "METRICS_TOKEN": self.metrics_token,
        }

    def prepare(self) -> None:
        if "ZHIYIN_TEST_TEMPLATE" not in os.environ:
            self.manage("migrate", "--verbosity", "0")
        self.ask("seed")

    def manage(self, *words: str) -> None:
        subprocess.run([sys.executable, "manage.py", *words], cwd=ROOT, env=self.environment("command"), check=True)

    def start(self, *names: str) -> None:
        for name in names:
            self.running[name] = subprocess.Popen(self._command(name), cwd=ROOT, env=self.environment(name))
        if "web" in names:
            self._wait_for_web()

    def _command(self, name: str) -> list[str]:
        if name != "web":
            return [sys.executable, "manage.py", name]
        return [
            sys.executable, "-m", "uvicorn", "callcenter.asgi:application", "--host", "127.0.0.1", "--port", str(self.port),
            "--loop", "uvloop", "--log-level", "error", "--timeout-graceful-shutdown", "1",
        ]  # fmt: skip

    def _wait_for_web(self) -> None:
        until = time.monotonic() + 120
        while time.monotonic() < until:
            if self.running["web"].poll() is not None:
                raise RuntimeError("The web process ended at once.")
            with suppress(httpx.TransportError):
                httpx.get(f"{self.url}/livez", timeout=2)
                return
            time.sleep(0.1)
        raise RuntimeError("The web process did not answer within two minutes.")

    def kill(self, *names: str, with_signal: int = signal.SIGKILL) -> None:
        for name in names:
            process = self.running.pop(name)
            process.send_signal(with_signal)
            with suppress(subprocess.TimeoutExpired):
                process.wait(5)
            if process.poll() is None:
                process.kill()
                process.wait()

    def ask(self, do: str, **facts: Any) -> Any:
        """Have the stagehand do something and answer what it says."""
        if self.hand is None:
            self.hand = subprocess.Popen(
                [sys.executable, "-m", "tests.browser.stagehand"],
                cwd=ROOT, env=self.environment("command"), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            )  # fmt: skip
        assert self.hand.stdin is not None
        assert self.hand.stdout is not None
        self.hand.stdin.write(json.dumps({"do": do, **facts}) + "\n")
        self.hand.stdin.flush()
        answer = json.loads(self.hand.stdout.readline() or '{"error": "the stagehand is gone"}')
        if "error" in answer:
            raise RuntimeError(answer["error"])
        return answer["ok"]

    def stop(self) -> None:
        self.kill(*list(self.running), with_signal=signal.SIGTERM)
        if self.hand is not None and self.hand.stdin is not None:
            self.hand.stdin.close()
            self.hand.wait(5)


def scratch_database(server_url: str, name: str) -> str:
    """A new database on this server, migrated if it has one to copy; answers its address."""
    template = os.environ.get("ZHIYIN_TEST_TEMPLATE", "template1")
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE {template}')
    return urlunsplit(urlsplit(server_url)._replace(path=f"/{name}"))


def drop_database(server_url: str, name: str) -> None:
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
