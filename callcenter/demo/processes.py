"""Runs the product's processes side by side: starts them in order, restarts one that dies, stops all in reverse.

Each writes to `var/log/NAME.log`. Only processes started here are ever signalled.
"""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

from callcenter.foundation.parents import die_with_parent

FIRST_PAUSE = 0.5  # seconds before the first restart; doubles with each death in a row
LONGEST_PAUSE = 30.0
SETTLED = 60.0  # who lived this long and then dies starts again from the first pause
LOOK_EVERY = 0.2
LARGEST_LOG = 10_000_000  # bytes; a larger one is set aside at the next start


@dataclass(frozen=True, kw_only=True)
class Child:
    """A process to keep running."""

    name: str  # also of its log
    command: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)  # over our own
    restart: bool = True  # False: its end, well or badly, is left at that
    stop_seconds: float = 10.0  # between TERM and KILL


@dataclass(kw_only=True)
class _Run:
    """A child and how it fares."""

    child: Child
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0  # monotonic
    due: float = 0.0  # monotonic, of the next start while it is down
    deaths: int = 0  # in a row

    @property
    def lives(self) -> bool:
        return self.process is not None and self.process.poll() is None


class Processes:
    """The supervisor. `say` receives one plain sentence per event worth telling."""

    def __init__(self, *, logs: Path, say: Callable[[str], None] = print) -> None:
        self.logs = logs
        self.say = say
        self.runs: dict[str, _Run] = {}  # in the order of their start
        self.stopping = threading.Event()

    def start(self, child: Child) -> int:
        """Start a child, to be tended from now on; return its process number."""
        if child.name in self.runs:
            raise ValueError(f"{child.name} is started already.")
        run = self.runs[child.name] = _Run(child=child)
        return self._launch(run)

    def run(self, children: Sequence[Child], *, meanwhile: Callable[[], object] | None = None) -> None:
        """Start the children and tend them until Ctrl-C, TERM or `request_stop`; then stop them all.

        `meanwhile` is called about five times a second; it must not block. Main thread only: signals arrive there.
        """
        with self._signals_stop_us():
            try:
                for child in children:
                    if not self.stopping.is_set():
                        self.start(child)
                while not self.stopping.wait(LOOK_EVERY):
                    self.tend()
                    if meanwhile:
                        meanwhile()
            finally:
                self.stop()

    def tend(self) -> None:
        """One look round: note who has died, start again who is due."""
        now = time.monotonic()
        for run in self.runs.values():
            if run.process is not None and not run.lives:
                self._note_death(run, now)
            elif run.process is None and run.child.restart and now >= run.due:
                self._launch(run)

    def request_stop(self) -> None:
        self.stopping.set()

    def stop(self) -> None:
        """Stop all in reverse order of their start, one after the other: traffic before the web it calls."""
        self.stopping.set()
        for run in reversed(self.runs.values()):
            self._end(run)
        self.runs.clear()

    def pids(self) -> dict[str, int]:
        return {name: run.process.pid for name, run in self.runs.items() if run.process is not None and run.lives}

    def log(self, name: str) -> Path:
        return self.logs / f"{name}.log"

    def _launch(self, run: _Run) -> int:
        log = self.log(run.child.name)
        self.logs.mkdir(parents=True, exist_ok=True)
        if log.exists() and log.stat().st_size > LARGEST_LOG:
            log.replace(log.with_suffix(".log.1"))
        with log.open("ab") as output:
            run.process = subprocess.Popen(
                list(run.child.command),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env={**os.environ, **run.child.environment},
                # Ctrl-C goes to the whole terminal group; children of another session hear of it from us, in order.
                start_new_session=True,
                preexec_fn=die_with_parent,
            )
        run.started = time.monotonic()
        return run.process.pid

    def _note_death(self, run: _Run, now: float) -> None:
        process = run.process
        assert process is not None
        _kill_group(process.pid)  # what it forked must not live on beside its successor
        run.process = None
        if not run.child.restart:
            self.say(f"{run.child.name} has ended ({_ending(process.returncode)}).")
            return
        run.deaths = 1 if now - run.started >= SETTLED else run.deaths + 1
        pause = min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** (run.deaths - 1))
        run.due = now + pause
        self.say(
            f"{run.child.name} has ended ({_ending(process.returncode)}) and starts again in {pause:g} s;"
            f" its log: {self.log(run.child.name)}"
        )

    def _end(self, run: _Run) -> None:
        process, run.process = run.process, None
        if process is None:
            return
        if process.poll() is None:
            process.terminate()
            try:
                process.wait(run.child.stop_seconds)
            except subprocess.TimeoutExpired:
                self.say(f"{run.child.name} does not stop and is killed.")
        _kill_group(process.pid)
        process.wait()

    @contextmanager
    def _signals_stop_us(self) -> Iterator[None]:
        def ask(_number: int, _frame: FrameType | None) -> None:
            self.request_stop()

        before = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


def _kill_group(leader: int) -> None:
    """Kill what is left of a child's session: the workers it forked, and itself if it lives."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, signal.SIGKILL)


def _ending(code: int) -> str:
    return f"signal {-code}" if code < 0 else f"exit code {code}"
