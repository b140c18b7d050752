"""Processes that end with the one that made them, so that no orphan keeps a port, a lease or a database."""

from __future__ import annotations

import ctypes
import multiprocessing
import os
import signal
import sys

PR_SET_PDEATHSIG = 1  # linux/prctl.h

_libc = ctypes.CDLL(None, use_errno=True)  # loaded before any fork


def die_with_parent() -> None:
    """On Linux: be told to stop when the parent is gone, however it went. Fit for a child between fork and exec."""
    if sys.platform == "linux":
        _libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def leave_with_supervisor() -> None:
    """For one of several workers; a process that was started by itself outlives the shell it came from."""
    supervisor = multiprocessing.parent_process()
    if supervisor is None:
        return
    die_with_parent()
    if os.getppid() != supervisor.pid:  # gone before we asked
        os.kill(os.getpid(), signal.SIGTERM)
