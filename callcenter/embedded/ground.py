"""What both servers stand on: one lock, one file of addresses, the account they run under, who is alive."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import psutil

from callcenter.embedded import STATE, EmbeddedError, read_urls

# The account PostgreSQL runs under when the product runs as root, which PostgreSQL refuses.
SERVICE_USER = "pgserver"
# Linux takes 107 bytes for a socket's path, macOS 103.
LONGEST_SOCKET_PATH = 103


@dataclass(frozen=True, kw_only=True)
class Account:
    """The system account a server runs under."""

    name: str
    uid: int
    gid: int


@contextmanager
def locked(var: Path) -> Iterator[None]:
    """One starter or stopper at a time per `var`; the kernel frees the lock when its holder dies."""
    var.mkdir(parents=True, exist_ok=True)
    with (var / "embedded.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def remember(var: Path, name: str, url: str) -> None:
    """Write one address into the file the settings read. Readers see the old file or the new, never half of one."""
    urls = read_urls(var)
    if urls.get(name) == url:
        return
    write_private(var / STATE, json.dumps(urls | {name: url}, indent=1))


def write_private(path: Path, text: str) -> None:
    """Replace a file that only its owner may read: addresses hold the broker's password."""
    scratch = path.with_name(path.name + ".new")
    scratch.unlink(missing_ok=True)
    with os.fdopen(os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
    scratch.replace(path)


def wheel_folder(package: str) -> Path:
    """Where a wheel was unpacked, found without importing it: importing either one writes files and hooks exits."""
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise EmbeddedError(
            f"The package {package} is not installed: run make demo, or set DATABASE_URL and CELERY_BROKER_URL."
        )
    return Path(spec.submodule_search_locations[0])


def service_account() -> Account | None:
    """The account for the servers, or None when the product does not run as root and they may share its own."""
    if os.geteuid() != 0:
        return None
    import pwd

    try:
        entry = pwd.getpwnam(SERVICE_USER)
    except KeyError:
        _create_service_user()
        entry = pwd.getpwnam(SERVICE_USER)
    return Account(name=SERVICE_USER, uid=entry.pw_uid, gid=entry.pw_gid)


def _create_service_user() -> None:
    command = ["useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", SERVICE_USER]
    try:
        subprocess.run(command, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        raise EmbeddedError(
            f"PostgreSQL does not run as root and the user {SERVICE_USER} could not be created:"
            " start as an ordinary user, or set DATABASE_URL."
        ) from None


def open_way(folder: Path, account: Account | None) -> list[Path]:
    """Let the service account walk to `folder`; return the folders that were closed to it.

    Only the right to pass through is added (700 becomes 711): their contents stay unlisted and unread.
    """
    if account is None:
        return []
    closed = [parent for parent in folder.resolve().parents if not parent.stat().st_mode & 0o001]
    for parent in closed:
        parent.chmod(parent.stat().st_mode | 0o001)
    return closed


def open_wheel(folder: Path, account: Account | None) -> None:
    """Let the service account read and run an unpacked wheel; needed where root installed it under a strict umask."""
    if account is None or folder.stat().st_mode & 0o005 == 0o005:
        return
    for path in (folder, *folder.rglob("*")):
        mode = path.stat().st_mode
        path.chmod(mode | (0o005 if mode & 0o100 else 0o004))


def private_folder(folder: Path, account: Account | None) -> Path:
    """A folder for its server alone. Refuses one that someone else has put there first."""
    owner = account.uid if account else os.geteuid()
    folder.mkdir(parents=True, mode=0o700, exist_ok=True)
    if folder.is_symlink() or folder.stat().st_uid not in {owner, os.geteuid()}:
        raise EmbeddedError(f"{folder} belongs to another user: remove it, or choose another VAR_DIR.")
    folder.chmod(0o700)
    if account:
        shutil.chown(folder, account.uid, account.gid)
    return folder


def socket_folder(folder: Path, socket_name: str) -> Path:
    """`folder` itself, or a short one under the system's temporary folder if the socket's path would be too long."""
    if len(os.fsencode(folder / socket_name)) <= LONGEST_SOCKET_PATH:
        return folder
    mark = hashlib.sha256(os.fsencode(folder)).hexdigest()[:12]
    return Path(tempfile.gettempdir()) / f"zhiyin-{mark}"


def run_as(command: list[str], account: Account | None, timeout: float) -> subprocess.CompletedProcess[bytes]:
    """Run a server's own tool under its account, in the root folder: our own may be closed to that account."""
    with tempfile.TemporaryFile() as output:
        # A file, not a pipe: a daemon keeps its parent's pipe open and reading it would never end.
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd="/",
            timeout=timeout,
            user=account.uid if account else None,
            group=account.gid if account else None,
            extra_groups=[] if account else None,
            check=False,
        )
        output.seek(0)
        return subprocess.CompletedProcess(command, done.returncode, output.read())


def live_pid(pid_file: Path, mark: str) -> int | None:
    """The process named in a pid file, if it lives and is ours: its command line must hold `mark`.

    A zombie counts as gone (where process 1 reaps slowly a killed server stays one for seconds), and so does
    a stranger that got the number after a restart of the container.
    """
    try:
        pid = int(pid_file.read_text().split("\n", 1)[0])
        process = psutil.Process(pid)
        ours = process.status() != psutil.STATUS_ZOMBIE and any(mark in word for word in process.cmdline())
    except (OSError, ValueError, psutil.Error):
        return None
    return pid if ours else None


def wait_until(ready: Callable[[], bool], seconds: float, pause: float = 0.02) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if ready():
            return True
        time.sleep(pause)
    return ready()


def last_lines(path: Path, count: int = 8) -> str:
    try:
        return "\n".join(path.read_text("utf-8", "replace").splitlines()[-count:])
    except OSError:
        return "(no log)"
