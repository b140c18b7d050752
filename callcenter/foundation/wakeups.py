"""Wake-ups between processes of one host: a datagram that says "look again". Hints only; polling is the truth.

A sleeper binds a socket under `VAR_DIR/run/`; wakers send one byte to every socket of that name and ignore every error.
"""

from __future__ import annotations

import contextlib
import os
import select
import socket
import tempfile
from functools import cache
from hashlib import sha256
from pathlib import Path

from django.conf import settings
from django.db import connection


def _folder() -> Path:
    return _made(Path(settings.VAR_DIR) / "run")


@cache
def _made(folder: Path) -> Path:
    if len(str(folder)) > 70:  # a socket path may hold 107 bytes at most
        folder = Path(tempfile.gettempdir()) / f"zhiyin-{sha256(str(folder).encode()).hexdigest()[:12]}"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder


class Sleeper:
    """Waits for a wake-up by name, or until a timeout. One per process and name."""

    def __init__(self, name: str) -> None:
        _made.cache_clear()  # whoever sleeps needs the folder even where somebody has cleared it away
        self.path = _folder() / f"{name}.{os.getpid()}.sock"
        self.path.unlink(missing_ok=True)
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.setblocking(False)
        self.socket.bind(str(self.path))

    def wait(self, seconds: float) -> bool:
        """True if woken, False at the time-out. Several wake-ups that came meanwhile count as one."""
        ready, _, _ = select.select([self.socket], [], [], seconds)
        self.drain()
        return bool(ready)

    def drain(self) -> None:
        """Forget the wake-ups that came so far. For event loops that watch the socket themselves."""
        with contextlib.suppress(BlockingIOError):
            while True:
                self.socket.recv(16)

    def close(self) -> None:
        self.socket.close()
        self.path.unlink(missing_ok=True)


def wake(name: str) -> None:
    """Send a wake-up to every sleeper of this name. A dead sleeper's socket is removed on the way."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
        sender.setblocking(False)
        for socket_name in _sockets(folder := _folder(), of=f"{name}."):
            try:
                sender.sendto(b"1", f"{folder}/{socket_name}")
            except ConnectionRefusedError:
                (folder / socket_name).unlink(missing_ok=True)
            except OSError:
                continue  # full buffer: it is about to wake anyway


def _sockets(folder: Path, *, of: str) -> list[str]:
    """Each command wakes somebody after its commit: names alone are looked through, at a tenth of what a glob costs."""
    try:
        names = os.listdir(folder)  # noqa: PTH208 - a Path each is what costs
    except FileNotFoundError:
        return []  # nobody has ever slept here
    return [name for name in names if name.startswith(of) and name.endswith(".sock")]


def wake_relay() -> None:
    wake("relay")


def wake_dispatcher() -> None:
    wake("route")


def spare_dispatcher() -> None:
    """This transaction has done itself what it was about to wake the dispatcher for."""
    connection.run_on_commit = [later for later in connection.run_on_commit if later[1] is not wake_dispatcher]
