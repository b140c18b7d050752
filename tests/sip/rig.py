"""A real switch and real telephones on loopback: Kamailio with the shipped configuration, SIPp as callers and agents.

What each telephone saw stands in its log, one line a thing: what, Call-ID, reservation, when. Product and telephones must
tell the same story.
"""

from __future__ import annotations

import os
import random
import re
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import psutil

from tests.stack import ROOT, Stack

SCENARIOS = Path(__file__).parent / "scenarios"
SHIPPED = ROOT / "deploy" / "kamailio"
MISSING = [name for name in ("kamailio", "sipp", "kamcmd") if shutil.which(name) is None]


@dataclass(frozen=True, kw_only=True)
class Seen:
    """One line of a telephone's log."""

    what: str  # invited | rung | talks | talks_again | silenced | ended | left
    call: str  # the Call-ID it was called under
    reservation: str  # "" at callers
    at: datetime
    phone: str


def udp_port() -> int:
    """A free port far above those that SIPp takes for media."""
    while True:
        port = random.randint(30_000, 60_000)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def eventually(what: Callable[[], Any], *, seconds: float = 15.0, say: Callable[[], Any] = lambda: "") -> Any:
    """The first true answer; fails with what is said otherwise."""
    until = time.monotonic() + seconds
    while True:
        if answer := what():
            return answer
        assert time.monotonic() < until, say()
        time.sleep(0.05)


class Kamailio:
    """The shipped configuration with the site's own file beside it, as an engineer would install it."""

    def __init__(self, folder: Path, *, api: str, key: str) -> None:
        self.folder, self.port, self.gateway = folder, udp_port(), udp_port()
        shutil.copy(SHIPPED / "kamailio.cfg", folder)
        site = (SHIPPED / "zhiyin-local.cfg").read_text("utf-8")
        site = site.replace("127.0.0.1:5060", f"127.0.0.1:{self.port}").replace("zk_change_me", key)
        site = site.replace("127.0.0.1:5080", f"127.0.0.1:{self.gateway}")
        (folder / "zhiyin-local.cfg").write_text(site.replace("http://127.0.0.1:8000/api/v1", f"{api}/api/v1"), "utf-8")
        self.log = folder / "kamailio.log"
        self.start()

    def start(self) -> None:
        run = self.folder / "run"
        shutil.rmtree(run, ignore_errors=True)
        run.mkdir()
        command = [
            "kamailio",
            "-DD",
            "-E",
            "-f",
            str(self.folder / "kamailio.cfg"),
            "-Y",
            str(run),
            "-m",
            "64",
            "-M",
            "16",
        ]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)
        eventually(lambda: self.rpc("core.uptime"), say=self.words)

    def rpc(self, *words: str) -> str:
        done = subprocess.run(
            ["kamcmd", "-s", f"unix:{self.folder}/run/kamailio_ctl", *words],
            capture_output=True,
            text=True,
            check=False,
            timeout=10,
        )
        return done.stdout if done.returncode == 0 else ""

    def pending(self) -> list[str]:
        """What the product has not been told yet."""
        return re.findall(r"name: (.+)", self.rpc("htable.dump", "pend"))

    def connections(self) -> int:
        """How many it holds to the product."""
        processes = psutil.Process(self.process.pid).children(recursive=True)
        return sum(
            one.status == psutil.CONN_ESTABLISHED
            for process in processes
            for one in process.net_connections(kind="tcp")
        )

    def kill(self) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(10)

    def words(self) -> str:
        heard = self.folder / "sipp.err"
        return "\n".join(path.read_text("utf-8", "replace")[-3000:] for path in (self.log, heard) if path.exists())


class Phone:
    """One agent's telephone: a SIPp that plays one scenario, again for each call."""

    def __init__(self, folder: Path, *, key: str, port: int, scenario: str) -> None:
        self.key, self.port, self.folder, self.scenario = key, port, folder, scenario
        self.log = folder / f"agent-{key}-{scenario}-{time.monotonic_ns()}.log"
        self.process = _sipp(
            scenario,
            folder,
            self.log,
            "-p",
            str(port),
            "-deadcall_wait",
            "0",
            "-mp",
            _media_port(),
            "-t",
            "u1",
        )
        eventually(lambda: _is_bound(port), say=lambda: f"the phone of {key} does not listen: {_tail(folder)}")

    def seen(self) -> list[Seen]:
        return _read(self.log, self.key)

    def stop(self) -> None:
        self.process.kill()
        self.process.wait(10)


@dataclass
class Callers:
    """A crowd that calls one queue."""

    process: subprocess.Popen[bytes]
    log: Path
    count: int

    def finish(self, *, seconds: float = 40.0) -> list[Seen]:
        """What they saw, when the last has hung up."""
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(10)
        return self.seen()

    def seen(self) -> list[Seen]:
        return _read(self.log, "caller")


@dataclass
class Rig:
    """Product, switch and telephones."""

    stack: Stack
    kamailio: Kamailio
    folder: Path
    ports: dict[str, int]
    key: str
    phones: list[Phone] = field(default_factory=list)
    shift: int = 0  # which Lin and which Omar are on duty

    # --- the floor ------------------------------------------------------------------------------------------------
    def api(self, method: str, path: str, body: Any = None) -> Any:
        answer = httpx.request(
            method,
            f"{self.stack.url}/api/v1{path}",
            json=body,
            headers={"Authorization": f"Bearer {self.key}"},
            timeout=20,
        )
        assert answer.status_code < 300, answer.text
        return answer.json()

    def agent(self, key: str, scenario: str) -> Phone | None:
        """The Lin or Omar of this shift signs in; `dead` leaves the phone unplugged."""
        key, phone = self.on_duty(key), None
        if scenario != "dead":
            phone = Phone(self.folder, key=key, port=self.ports[key], scenario=f"agent_{scenario}")
            self.phones.append(phone)
        self.presence(key, "available")
        return phone

    def on_duty(self, name: str) -> str:
        return f"{name}-{self.shift}" if "-" not in name else name

    def presence(self, key: str, presence: str) -> None:
        self.api("PUT", f"/agents/key:{self.on_duty(key)}/presence", {"presence": presence, "take_over": True})

    def everybody_goes_home(self) -> None:
        for name in ("lin", "omar"):
            self.presence(name, "offline")
        self.shift += 1
        for call in self.api("GET", "/sync")["calls"]:
            with suppress(AssertionError):  # over by itself meanwhile
                self.api("POST", f"/calls/{call['id']}/cancel")
        for phone in self.phones:
            phone.stop()
        self.phones.clear()

    def state_of(self, key: str) -> str:
        return str(self.api("GET", f"/agents/key:{self.on_duty(key)}/presence")["agent"]["state"])

    # --- callers --------------------------------------------------------------------------------------------------
    def callers(
        self,
        scenario: str = "talks",
        *,
        count: int = 1,
        rate: float = 10,
        pause_ms: int = 300,
        queue: str = "billing",
        patience_s: int = 60,
    ) -> Callers:
        log = self.folder / f"callers-{time.monotonic_ns()}.log"
        crowd = ["-s", queue, "-m", str(count), "-r", str(rate), "-l", str(count), "-d", str(pause_ms)]
        wait = ["-recv_timeout", str(1000 * patience_s), "-p", str(udp_port()), "-mp", _media_port()]
        process = _sipp(f"caller_{scenario}", self.folder, log, *crowd, *wait, target=f"127.0.0.1:{self.kamailio.port}")
        return Callers(process=process, log=log, count=count)

    def timeline(self, call: str) -> Any:
        """What the product knows of a call, by the Call-ID of its first INVITE."""
        return self.api("GET", f"/calls/ext:pbx:{call}/timeline")

    def ends(self, call: str) -> list[tuple[str, str]]:
        """Every reservation of a call that is over: how it ended, and why, in order."""
        words = {"reservation.timeout", "reservation.rejected", "reservation.rescinded", "reservation.canceled"}
        try:
            told = self.timeline(call)["events"]
        except AssertionError:  # it has not arrived yet
            return []
        events = [event for event in told if event["type"] in words | {"reservation.completed"}]
        return [(event["type"].removeprefix("reservation."), event["data"].get("end_reason", "")) for event in events]

    def settled(self, call: str, state: str) -> Any:
        """The call, when it has come to this state."""

        def there() -> Any:
            with suppress(AssertionError, httpx.TransportError):
                told = self.timeline(call)
                return told if told["call"]["state"] == state else None
            return None

        return eventually(there, say=lambda: (self.timeline(call), self.kamailio.words()))

    def nothing_pending(self) -> None:
        eventually(lambda: self.kamailio.pending() == [], say=self.kamailio.pending)


_taken = count(10_000, 8)


def _media_port() -> str:
    """A block for one SIPp, far below the ports on which SIP is spoken."""
    return str(next(_taken))


def _sipp(scenario: str, folder: Path, log: Path, *words: str, target: str = "") -> subprocess.Popen[bytes]:
    command = ["sipp", *([target] if target else []), "-sf", str(SCENARIOS / f"{scenario}.xml"), "-i", "127.0.0.1"]
    command += [
        "-nostdin",
        "-trace_err",
        "-error_file",
        str(folder / "sipp.err"),
        "-trace_logs",
        "-log_file",
        str(log),
        "-log_overwrite",
        "false",
        *words,
    ]
    with (folder / "sipp.out").open("ab") as out:
        return subprocess.Popen(command, cwd=folder, stdin=subprocess.DEVNULL, stdout=out, stderr=out)


def _tail(folder: Path) -> str:
    return (folder / "sipp.out").read_text("utf-8", "replace")[-600:]


def _is_bound(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return True
    return False


_LINE = re.compile(r"^(\w+) (\S+) (\S+) (\d{4}-\d\d-\d\d)[T\s]+(\d\d:\d\d:\d\d\.\d+)")


def _read(log: Path, phone: str) -> list[Seen]:
    return list(_lines(log, phone)) if log.exists() else []


def _lines(log: Path, phone: str) -> Iterator[Seen]:
    for line in log.read_text("utf-8", "replace").splitlines():
        if found := _LINE.match(line):
            what, call, reservation, day, clock = found.groups()
            at = datetime.fromisoformat(f"{day}T{clock}")
            yield Seen(what=what, call=call, reservation="" if reservation == "-" else reservation, at=at, phone=phone)
