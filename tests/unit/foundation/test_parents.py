"""A worker whose supervisor was killed goes too."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
SUPERVISOR = """
import multiprocessing, time
from callcenter.foundation.parents import leave_with_supervisor

def work(ready):
    leave_with_supervisor()
    ready.set()
    time.sleep(300)

if __name__ == "__main__":
    context = multiprocessing.get_context("spawn")
    ready = context.Event()
    worker = context.Process(target=work, args=(ready,))
    worker.start()
    ready.wait()
    print("ready", flush=True)
    time.sleep(300)
"""


def test_a_worker_ends_with_its_killed_supervisor(tmp_path: Path) -> None:
    script = tmp_path / "supervisor.py"
    script.write_text(SUPERVISOR, "utf-8")
    supervisor = subprocess.Popen(
        [sys.executable, str(script)], cwd=ROOT, env={"PYTHONPATH": str(ROOT)}, stdout=subprocess.PIPE, text=True
    )
    assert supervisor.stdout is not None
    assert supervisor.stdout.readline() == "ready\n"
    supervisor.send_signal(signal.SIGKILL)
    # The worker holds the other end of the pipe: it ends when the last of both is gone.
    rest, _ = supervisor.communicate(timeout=60)
    assert rest == ""
