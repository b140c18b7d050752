"""`make rehearse-upgrade [FROM=revision]`: an older version with callers on the line is upgraded by the documented steps.

The older version runs from its own files, by its own units, on a database it has migrated itself; by default it is the one before
the newest migration. One caller talks and twenty wait; it is stopped, this version migrates (docs/operations/production.md, “A
new version”) and starts. Judged from outside: nobody is lost, everybody has the place of before, who talks talks on, and what the
switch could not tell meanwhile is told then. Says what it saw; the exit code is the verdict. Needs the history of git.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx

from scripts import rehearse

ROOT = rehearse.ROOT
WAITING = 20
_UNITS = ("zhiyin-web", "zhiyin-dispatcher@", "zhiyin-relay@")
_FLOOR = """
from callcenter.telephony.models import Trunk
from routing.models import Agent, Domain, Queue
main = Domain.objects.create(key="main", name="Main")
billing = Queue.objects.create(domain=main, key="billing", name_en="Billing", name_zh="账单", wrap_up_mode="none")
lin = Agent.objects.create(domain=main, key="1017", name_en="Lin", name_zh="林", contact="sip:1017@desk.example")
billing.members.set([lin])
Trunk.objects.create(key="pbx-1", group="pbx", domain="main")
"""


def main() -> int:
    from callcenter.embedded.postgres import ensure_postgres, stop_postgres
    from callcenter.embedded.valkey import ensure_valkey, stop_valkey

    revision = sys.argv[1] if len(sys.argv) > 1 else _before_the_newest_migration()
    with tempfile.TemporaryDirectory(prefix="zhiyin-upgrade-") as place:
        var, old = Path(place), Path(place) / "old"
        _check_out(revision, old)
        shared = rehearse.environment(var, database=ensure_postgres(var), broker=ensure_valkey(var))
        try:
            return _upgraded(var, old, shared, revision)
        finally:
            stop_postgres(var)
            stop_valkey(var)


def _before_the_newest_migration() -> str:
    words = ["log", "--format=%h", "--diff-filter=A", "-1", "--", "*/migrations/0*.py"]
    newest = _git(*words).decode().strip()
    if not newest:
        raise SystemExit("No migration is in the history here: name the version to begin with, FROM=revision.")
    return f"{newest}^"


def _git(*words: str) -> bytes:
    return subprocess.run(["git", *words], cwd=ROOT, check=True, capture_output=True).stdout


def _check_out(revision: str, place: Path) -> None:
    place.mkdir()
    subprocess.run(["tar", "-x", "-C", str(place)], input=_git("archive", revision), check=True)


def _upgraded(var: Path, old: Path, shared: dict[str, str], revision: str) -> int:
    ports = {"8000": rehearse.free_port(), "8001": rehearse.free_port()}
    web, faults = f"http://127.0.0.1:{ports['8000']}", list[str]()
    _manage(old, shared, "migrate", "--verbosity", "0")
    _manage(old, shared, "collectstatic", "--noinput", "--verbosity", "0")
    _manage(old, shared, "shell", "-c", _FLOOR)
    said = _manage(old, shared, "create_api_key", "--name", "PBX 1", "--scopes", "all", "--trunk", "pbx-1")
    [key] = re.findall(r"^(zk_\S+)", said, re.MULTILINE)
    with Switch(web, key) as switch:
        with rehearse.units(var, shared, ports, root=old, only=_UNITS):
            rehearse.look(faults, f"{revision} serves", lambda: rehearse.answers(f"{web}/readyz"))
            switch.fill()
        rehearse.look(faults, "stopped, it hears nothing", lambda: not switch.is_heard("meanwhile"))
        before = len(_manage(ROOT, shared, "showmigrations", "--plan").split("[ ]")) - 1
        _manage(ROOT, shared, "migrate", "--verbosity", "0")
        _manage(ROOT, shared, "collectstatic", "--noinput", "--verbosity", "0")
        print(f"   ok  {before} migrations with {WAITING + 1} calls alive")
        with rehearse.units(var, shared, ports, root=ROOT, only=_UNITS):
            rehearse.look(faults, "this version serves", lambda: rehearse.answers(f"{web}/readyz"))
            faults += switch.compared()
            faults += switch.served()
    _manage(ROOT, shared, "check_invariants")
    print("\n".join(f"FAULT {fault}" for fault in faults) or "Nobody was lost, and everybody kept the place.")
    return 1 if faults else 0


def _manage(root: Path, shared: dict[str, str], *words: str) -> str:
    done = subprocess.run(
        [sys.executable, "manage.py", *words], cwd=root, env=shared, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise SystemExit(
            f"{' '.join(words)[:80]} in {root.name} has failed:\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}"
        )
    return done.stdout


class Switch:
    """The switch's side of it: what it told, and what it was told."""

    def __init__(self, web: str, key: str) -> None:
        heads = {"Host": rehearse.NAME, "X-Forwarded-Proto": "https", "Authorization": f"Bearer {key}"}
        self.http = httpx.Client(base_url=f"{web}/api/v1", headers=heads, timeout=30.0)
        self.places: dict[str, str] = {}  # external id → when its place began, in the order of arrival
        self.untold: list[str] = []

    def __enter__(self) -> Switch:
        return self

    def __exit__(self, *_: object) -> None:
        self.http.close()

    def _ask(self, method: str, path: str, body: Any = None) -> Any:
        answer = self.http.request(method, path, json=body)
        if answer.status_code >= 300:
            raise SystemExit(f"{method} {path}: {answer.status_code} {answer.text[:500]}")
        return answer.json()

    def _arrive(self, name: str) -> Any:
        return self._ask("POST", "/calls", {"external_id": name, "from": "013812345678", "queue": "billing"})

    def _report(self, name: str, *kinds: str) -> None:
        at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        told = [{"type": kind, "at": at, "event_id": f"{name}:{kind}"} for kind in kinds]
        self._ask("POST", f"/calls/ext:pbx:{name}/events", told)

    def fill(self) -> None:
        """Lin talks with the first caller, and twenty wait."""
        self._ask("PUT", "/agents/key:1017/device", {"device": "idle"})
        self._ask("PUT", "/agents/key:1017/presence", {"presence": "available"})
        first = self._arrive("talks")
        if first["instruction"] is None:
            raise SystemExit(f"The free agent was not held for the first caller: {first}")
        self._report("talks", "bridged")
        for number in range(WAITING):
            name = f"waits-{number}"
            self.places[name] = self._arrive(name)["call"]["enqueued_at"]

    def is_heard(self, name: str) -> bool:
        """A caller who comes while nothing serves; the switch keeps what it could not tell."""
        with suppress(httpx.TransportError):
            self._arrive(name)
            return True
        self.untold.append(name)
        return False

    def compared(self) -> list[str]:
        """After the start: each call as it was, and what was not heard told again."""
        talks = self._ask("GET", "/calls/ext:pbx:talks")["call"]["state"]
        faults = [] if talks == "connected" else [f"the talk is {talks}"]
        for number, (name, since) in enumerate(self.places.items(), 1):
            found = self._ask("GET", f"/calls/ext:pbx:{name}")
            stands = (found["call"]["state"], found["call"]["enqueued_at"], found.get("position"))
            if stands != ("queued", since, number):
                faults.append(f"{name} stands as {stands}, not queued since {since} at place {number}")
        for name in self.untold:
            self.places[name] = self._arrive(name)["call"]["enqueued_at"]
        return faults

    def served(self) -> list[str]:
        """The talk ends, Lin serves everybody; whoever came first is first."""
        self._report("talks", "hangup")
        served: list[str] = []
        until = time.monotonic() + rehearse.PATIENCE_S
        self._ask("PUT", "/agents/key:1017/presence", {"presence": "available", "take_over": True})
        while len(served) < len(self.places) and time.monotonic() < until:
            for told in self._ask("GET", "/instructions")["instructions"]:  # whom it is yet to ring, read afresh
                if told["kind"] == "route" and told["external_id"] not in served:
                    served.append(told["external_id"])
                    self._report(told["external_id"], "bridged")
                    self._report(told["external_id"], "hangup")
            time.sleep(0.05)
        faults = [] if served == list(self.places) else [f"served in another order: {served}"]
        for name in ("talks", *self.places):
            call = self._ask("GET", f"/calls/ext:pbx:{name}")["call"]
            if (call["state"], call["outcome"]) != ("completed", "answered"):
                faults.append(f"{name} is {call['state']}, {call['outcome']}")
        if not faults:
            print(f"   ok  {len(served)} callers served in the order they came, the talk of before ended as any other")
        return faults


if __name__ == "__main__":
    sys.exit(main())
