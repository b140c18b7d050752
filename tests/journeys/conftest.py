"""One small operator, up and running, for the journeys through it."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.stack import Stack, running


@pytest.fixture(scope="session")
def stack() -> Iterator[Stack]:
    with tempfile.TemporaryDirectory(prefix="zhiyin-walk-") as folder, running(Path(folder)) as up:
        yield up


@pytest.fixture(scope="session")
def known(stack: Stack) -> dict[str, str]:
    """The switch's key and the people's passwords."""
    return stack.prepare("operator")
