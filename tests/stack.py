"""The whole product as real processes on a private PostgreSQL that keeps what it has committed: for journeys and kills."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx

from callcenter.demo.children import children, helpers
from callcenter.demo.processes import Processes
from callcenter.embedded.postgres import ensure_postgres, postgres_pid, stop_postgres
from callcenter.embedded.valkey import ensure_valkey, stop_valkey
from tests import migrated

ROOT = Path(__file__).resolve().parent.parent
READY_S = 150.0  # on a machine that does much else
# An agent's desk must outlive the restart of everything on a busy machine.
LEASE_S = "90"
# What is committed must outlive kill -9 of the server: the kernel keeps it. Only a power cut would ask the disk.
DURABLE_ENOUGH = {"fsync": "off", "full_page_writes": "off"}


class Stack:
    """Web, dispatcher and relay, tended as `make demo` tends them. `broker` adds Celery; `settings` go over the usual."""

    def __init__(self, var: Path, *, broker: bool, settings: Mapping[str, str] | None = None) -> None:
        self.var = var
        migrated.lay_down(var)
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.environment = {
            "VAR_DIR": str(var),
            "DATABASE_URL": ensure_postgres(var, settings=DURABLE_ENOUGH),
            "CELERY_BROKER_URL": ensure_valkey(var) if broker else "memory://",
            "DJANGO_SETTINGS_MODULE": "callcenter.settings",
            "PRESENCE_LEASE_S": LEASE_S,
            "LOG_LEVEL": "WARNING",
            **(settings or {}),
        }
        self.processes = Processes(logs=var / "log", say=lambda sentence: None)
        listed = children(port=self.port, addresses=self.environment, traffic=False)
        if broker:
            listed += helpers(var=var, addresses=self.environment)
        for child in listed:
            self.processes.start(child)
        self._tending = threading.Thread(target=self._tend, daemon=True)
        self._tending.start()

    # --- life -----------------------------------------------------------------------------------------------------
    def _tend(self) -> None:
        while not self.processes.stopping.wait(0.1):
            self.processes.tend()

    def close(self) -> None:
        self.processes.request_stop()
        self._tending.join()
        self.processes.stop()
        stop_postgres(self.var)
        stop_valkey(self.var)

    def wait_until_ready(self) -> None:
        """Until the API answers with the database behind it."""
        deadline = time.monotonic() + READY_S
        while time.monotonic() < deadline:
            with suppress(httpx.TransportError):
                if httpx.get(f"{self.url}/api/v1/queues", timeout=5).status_code == 401:
                    return
            time.sleep(0.1)
        raise AssertionError(f"The product does not answer at {self.url}: {self.log_tails()}")

    # --- violence -------------------------------------------------------------------------------------------------
    def kill(self, name: str) -> None:
        """kill -9 of one process of the product with all it has forked."""
        os.killpg(self.processes.pids()[name], signal.SIGKILL)

    def kill_database(self) -> None:
        """kill -9 of the postmaster, then the start that an operator's watchdog would make."""
        pid = postgres_pid(self.var)
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        assert ensure_postgres(self.var, settings=DURABLE_ENOUGH) == self.environment["DATABASE_URL"]

    # --- from outside ---------------------------------------------------------------------------------------------
    def manage(self, *words: str) -> subprocess.CompletedProcess[str]:
        return self.python("manage.py", *words)

    def python(self, *words: str, extra: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
        """Run our code in a process of its own against this stack; its output. Fails with it."""
        done = subprocess.run(
            [sys.executable, *words],
            cwd=ROOT,
            env={**os.environ, **self.environment, **(extra or {})},
            capture_output=True,
            text=True,
            timeout=300,  # migrations on a machine that does much else
            check=False,
        )
        assert done.returncode == 0, f"{' '.join(words)}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
        return done

    def prepare(self, *words: str) -> dict[str, str]:
        """What `tests.prepare` sets up and answers: keys, passwords."""
        answer: dict[str, str] = json.loads(self.python("-m", "tests.prepare", *words).stdout.splitlines()[-1])
        return answer

    def log_tails(self) -> str:
        tails = [
            f"{log.name}: {log.read_text('utf-8', 'replace')[-800:]}" for log in sorted((self.var / "log").glob("*"))
        ]
        return "\n".join(tails)


@contextmanager
def running(var: Path, *, broker: bool = False, settings: Mapping[str, str] | None = None) -> Iterator[Stack]:
    stack = Stack(var, broker=broker, settings=settings)
    try:
        stack.wait_until_ready()
        yield stack
    finally:
        stack.close()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
