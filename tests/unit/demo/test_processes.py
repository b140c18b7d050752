"""The supervisor starts in order, brings back who dies, and leaves nobody behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from callcenter.demo import processes
from callcenter.demo.processes import Child, Processes

ROOT = Path(__file__).resolve().parents[3]
SLEEPER = "import time; print('ready', flush=True); time.sleep(60)"
STUBBORN = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); " + SLEEPER


def child(name: str, code: str, **more: object) -> Child:
    return Child(name=name, command=[sys.executable, "-c", textwrap.dedent(code)], **more)  # type: ignore[arg-type]


def eventually(holds: Callable[[], bool], seconds: float = 15) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


def alive(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def gone(pid: int, seconds: float = 15) -> bool:
    """True once it lives no more; the kernel may take a moment to tell a child of its parent's death."""
    deadline = time.monotonic() + seconds
    while alive(pid) and time.monotonic() < deadline:
        time.sleep(0.02)
    return not alive(pid)


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def supervisor(tmp_path: Path, said: list[str]) -> Iterator[Processes]:
    supervisor = Processes(logs=tmp_path / "log", say=said.append)
    yield supervisor
    supervisor.stop()


def says_ready(supervisor: Processes, name: str) -> bool:
    log = supervisor.log(name)
    return log.exists() and "ready" in log.read_text()


def test_output_goes_to_a_log_of_its_own_with_the_environment_it_was_given(supervisor: Processes) -> None:
    code = "import os, sys; print(os.environ['GREETING']); print('and errors', file=sys.stderr)"
    supervisor.start(child("web", code, environment={"GREETING": "你好"}))
    eventually(lambda: supervisor.log("web").read_text("utf-8").count("\n") >= 2)
    said = supervisor.log("web").read_text("utf-8").splitlines()
    assert {"你好", "and errors"} <= set(said)


def test_who_is_killed_comes_back(supervisor: Processes, said: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "FIRST_PAUSE", 0.01)
    first = supervisor.start(child("dispatcher", SLEEPER))
    os.kill(first, signal.SIGKILL)

    def back() -> bool:
        supervisor.tend()
        return supervisor.pids().get("dispatcher", first) != first

    eventually(back)
    assert said[0].startswith("dispatcher has ended (signal 9) and starts again in 0.01 s")


def test_who_dies_at_every_start_waits_longer_each_time(supervisor: Processes, said: list[str]) -> None:
    supervisor.start(child("relay", "raise SystemExit(3)"))

    def died_twice() -> bool:
        supervisor.tend()
        return len(said) == 2

    eventually(died_twice)
    assert "(exit code 3) and starts again in 0.5 s" in said[0]
    assert "starts again in 1 s" in said[1]


def test_who_may_end_is_left_alone(supervisor: Processes, said: list[str]) -> None:
    supervisor.start(child("traffic", "pass", restart=False))

    def ended() -> bool:
        supervisor.tend()
        return bool(said)

    eventually(ended)
    supervisor.tend()
    assert said == ["traffic has ended (exit code 0)."]
    assert supervisor.pids() == {}


def test_all_stop_in_reverse_order(supervisor: Processes, tmp_path: Path) -> None:
    code = """
        import signal, sys, time
        def end(*_):
            with open(sys.argv[1], "a") as file: file.write(sys.argv[2])
            sys.exit()
        signal.signal(signal.SIGTERM, end)
        print("ready", flush=True)
        time.sleep(60)
    """
    for name in "abc":
        one = child(name, code)
        supervisor.start(Child(name=name, command=[*one.command, str(tmp_path / "order"), name]))
    eventually(lambda: all(says_ready(supervisor, name) for name in "abc"))
    supervisor.stop()
    assert (tmp_path / "order").read_text() == "cba"


def test_who_does_not_stop_is_killed(supervisor: Processes, said: list[str]) -> None:
    pid = supervisor.start(child("worker", STUBBORN, stop_seconds=0.2))
    eventually(lambda: says_ready(supervisor, "worker"))
    supervisor.stop()
    assert not alive(pid)
    assert said == ["worker does not stop and is killed."]


def test_what_a_child_forked_goes_with_it(supervisor: Processes) -> None:
    code = f"import subprocess, sys; print(subprocess.Popen([sys.executable, '-c', {SLEEPER!r}]).pid, flush=True)"
    supervisor.start(child("worker", code + "; import time; time.sleep(60)"))
    eventually(lambda: "ready" in supervisor.log("worker").read_text())
    grandchild = int(supervisor.log("worker").read_text().split()[0])
    assert alive(grandchild)
    supervisor.stop()
    assert gone(grandchild)


PARENT = f"""
import sys
from pathlib import Path
from callcenter.demo.processes import Child, Processes
child = Child(name="web", command=[sys.executable, "-c", {SLEEPER!r}])
Processes(logs=Path(sys.argv[1])).run([child])
print("stopped cleanly", flush=True)
"""


@pytest.fixture
def parent(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-c", PARENT, str(tmp_path / "log")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        log = tmp_path / "log" / "web.log"
        eventually(lambda: log.exists() and "ready" in log.read_text())
        yield process
        if process.poll() is None:
            process.kill()


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_everything_cleanly(parent: subprocess.Popen[str], sign: signal.Signals) -> None:
    (web,) = psutil.Process(parent.pid).children()
    parent.send_signal(sign)
    output, _ = parent.communicate(timeout=20)
    assert (output, parent.returncode) == ("stopped cleanly\n", 0)
    assert not alive(web.pid)


@pytest.mark.skipif(sys.platform != "linux", reason="Only Linux tells a child of its parent's death.")
def test_kill_9_of_the_supervisor_leaves_no_orphan(parent: subprocess.Popen[str]) -> None:
    (web,) = psutil.Process(parent.pid).children()
    parent.kill()
    parent.wait()
    assert gone(web.pid)
