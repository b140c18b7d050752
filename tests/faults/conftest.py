"""One stack for all kills: it must survive them all."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.stack import Stack, running


@pytest.fixture(scope="session")
def stack() -> Iterator[Stack]:
    with tempfile.TemporaryDirectory(prefix="zhiyin-kill-") as folder, running(Path(folder), broker=True) as up:
        yield up


@pytest.fixture(scope="session")
def key(stack: Stack) -> str:
    return stack.prepare("bank")["key"]
