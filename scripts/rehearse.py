"""`make rehearse`: the command lines of the shipped units, started here with production settings, as docs/operations tell.

PostgreSQL and Valkey come from their wheels, everything else is what a host would run: DEBUG off, SECURE on, the file of
the environment, migrate, collectstatic, each unit by its own ExecStart, nginx in front where it is installed. Says what it
saw; the exit code is the verdict.
"""

from __future__ import annotations

import os
import re
import secrets
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path

import httpx

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
NAME = "zhiyin.example"
PATIENCE_S = 180.0  # on a machine that does much else
# What the administrator does first, under Administration: until there is a domain, nobody can dispatch it.
FIRST_DOMAIN = "from routing.models import Domain; Domain.objects.create(key='main', name='Main')"


def main() -> int:
    from callcenter.embedded.postgres import ensure_postgres, stop_postgres
    from callcenter.embedded.valkey import ensure_valkey, stop_valkey

    with tempfile.TemporaryDirectory(prefix="zhiyin-rehearsal-") as place:
        var = Path(place)
        shared = environment(var, database=ensure_postgres(var), broker=ensure_valkey(var))
        try:
            for words in (["migrate", "--verbosity", "0"], ["collectstatic", "--noinput", "--verbosity", "0"],
                          ["check", "--deploy", "--fail-level", "WARNING"]):  # fmt: skip
                subprocess.run([sys.executable, "manage.py", *words], cwd=ROOT, env=shared, check=True)
            subprocess.run([sys.executable, "manage.py", "shell", "-c", FIRST_DOMAIN], cwd=ROOT, env=shared, check=True)
            return _rehearsed(var, shared)
        finally:
            stop_postgres(var)
            stop_valkey(var)


def environment(var: Path, *, database: str, broker: str) -> dict[str, str]:
    """What every process of the rehearsed installation is started with."""
    return {**os.environ, **_file(var, database=database, broker=broker)}


def _file(var: Path, *, database: str, broker: str) -> dict[str, str]:
    """The environment of deploy/env.example, filled in; names it lacks are not given."""
    values = {
        "ALLOWED_HOSTS": f"{NAME},127.0.0.1", "SECRET_KEY": secrets.token_urlsafe(60), "METRICS_TOKEN": "rehearsal",
        "DATABASE_URL": database, "CELERY_BROKER_URL": broker, "SECURE": "1", "VAR_DIR": str(var),
    }  # fmt: skip
    example = (ROOT / "deploy" / "env.example").read_text("utf-8")
    names = set(re.findall(r"^#?([A-Z_]+)=", example, re.MULTILINE))
    if missing := set(values) - names:
        raise SystemExit(f"deploy/env.example does not name {', '.join(sorted(missing))}.")
    return values


def _rehearsed(var: Path, shared: dict[str, str]) -> int:
    ports = {"8000": free_port(), "8001": free_port()}
    faults: list[str] = []
    with units(var, shared, ports) as running:
        for port in ports.values():
            look(faults, f"livez on {port}", partial(answers, f"http://127.0.0.1:{port}/livez"))
        web = f"http://127.0.0.1:{ports['8000']}"
        look(faults, "ready: dispatcher and relay live", partial(answers, f"{web}/readyz"))
        look(faults, "metrics need the token", lambda: httpx.get(f"{web}/metrics").status_code in {401, 403, 404})
        token = {"Authorization": "Bearer rehearsal"}
        look(
            faults, "metrics with it", lambda: "zhiyin_database_up 1" in httpx.get(f"{web}/metrics", headers=token).text
        )
        look(faults, "plain http is sent to https", lambda: _get(web, "/", https=False).status_code == 301)
        look(faults, "the sign-in page, with its styles", lambda: _signs_in(web))
        look(faults, "the API says why it refuses", lambda: _get(web, "/api/v1/queues").status_code == 401)
        with _nginx(var, ports) as front:
            if front:
                look(faults, "the same through nginx, over TLS", lambda: _signs_in(front))
        faults += [
            f"{name} has ended with {process.returncode}"
            for name, process in running.items()
            if process.poll() is not None
        ]
    faults += [f"{name} had to be killed" for name, process in running.items() if process.returncode == -signal.SIGKILL]
    print("\n".join(f"FAULT {fault}" for fault in faults) or "Every unit serves and stops as it is told.")
    return 1 if faults else 0


def look(faults: list[str], what: str, seen: Callable[[], bool]) -> None:
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until:
        with suppress(httpx.TransportError):
            if seen():
                print(f"   ok  {what}")
                return
        time.sleep(0.5)
    faults.append(what)


def answers(url: str) -> bool:
    return httpx.get(url).status_code == 200


def _get(web: str, path: str, *, https: bool = True) -> httpx.Response:
    """As the proxy hands it on. Our own certificate is no question here."""
    heads = {"Host": NAME} | ({"X-Forwarded-Proto": "https"} if https else {})
    return httpx.get(f"{web}{path}", headers=heads, verify=False)


def _signs_in(web: str) -> bool:
    page = _get(web, "/accounts/login/")
    style = re.search(r'href="(/static/[^"]+\.[0-9a-f]{8,}\.css)"', page.text)
    return page.status_code == 200 and style is not None and _get(web, style.group(1)).status_code == 200


@contextmanager
def units(
    var: Path, shared: dict[str, str], ports: dict[str, str], *, root: Path = ROOT, only: Collection[str] = ()
) -> Iterator[dict[str, subprocess.Popen[bytes]]]:
    """Each unit's process (or `only` some) of the version under `root`, but the one that needs an Asterisk; stopped by its
    signal."""
    running: dict[str, subprocess.Popen[bytes]] = {}
    for unit in sorted((root / "deploy" / "systemd").glob("*.service")):
        text = unit.read_text("utf-8")
        if ("%i" in text and "ari" in unit.name) or (only and unit.stem not in only):
            continue
        [command] = re.findall(r"^ExecStart=(.+)$", text, re.MULTILINE)
        words = [_here(word, var, ports) for word in shlex.split(command)]
        own = dict(pair.split("=", 1) for pair in re.findall(r"^Environment=(.+)$", text, re.MULTILINE))
        log = (var / f"{unit.stem}.log").open("wb")
        running[unit.stem] = subprocess.Popen(words, cwd=root, env={**shared, **own}, stdout=log, stderr=log)
    try:
        yield running
    finally:
        for process in running.values():
            process.send_signal(signal.SIGTERM)
        for name, process in running.items():
            try:
                process.wait(20)  # TimeoutStopSec
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
                print((var / f"{name}.log").read_text("utf-8", "replace")[-1500:])


def _here(word: str, var: Path, ports: dict[str, str]) -> str:
    return (
        ports.get(word, word).replace("/opt/zhiyin/.venv/bin", str(Path(sys.executable).parent))
        .replace("/var/lib/zhiyin", str(var))
    )  # fmt: skip


@contextmanager
def _nginx(var: Path, ports: dict[str, str]) -> Iterator[str]:
    """The shipped configuration on free ports, with a certificate of its own; "" where nginx or openssl is not installed."""
    binary = shutil.which("nginx")
    if binary is None or shutil.which("openssl") is None:
        print("   --  nginx or openssl is not installed: the proxy is not rehearsed")
        yield ""
        return
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", f"/CN={NAME}",
         "-keyout", str(var / "key.pem"), "-out", str(var / "fullchain.pem")], check=True, capture_output=True,
    )  # fmt: skip
    tls, plain = free_port(), free_port()
    site = (ROOT / "deploy" / "nginx" / "zhiyin.conf").read_text("utf-8").replace("/etc/ssl/zhiyin", str(var))
    site = site.replace("listen 443 ssl", f"listen 127.0.0.1:{tls} ssl").replace(
        "listen 80", f"listen 127.0.0.1:{plain}"
    )
    for shipped, here in ports.items():
        site = site.replace(f"127.0.0.1:{shipped}", f"127.0.0.1:{here}")
    temporary = "".join(
        f"{kind}_temp_path {var}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    (var / "nginx.conf").write_text(
        f"daemon off; pid {var}/nginx.pid; error_log {var}/nginx.log; events {{}}"
        f" http {{ access_log off; {temporary} {site} }}", "utf-8",
    )  # fmt: skip
    process = subprocess.Popen([binary, "-c", str(var / "nginx.conf"), "-p", str(var)])
    try:
        yield f"https://127.0.0.1:{tls}"
    finally:
        process.terminate()
        process.wait(10)


def free_port() -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return str(probe.getsockname()[1])


if __name__ == "__main__":
    sys.exit(main())
