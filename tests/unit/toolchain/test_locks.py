"""The locks install anywhere: hashes and versions, no addresses, no options, and one version of each thing."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
LOCKS = sorted((ROOT / "requirements").glob("*.txt"))
LINE = re.compile(r"(?P<name>[a-z0-9.-]+)==(?P<version>\S+)(?: ; .+)? \\|    --hash=sha256:[0-9a-f]{64}(?: \\)?")


def pins(lock: Path) -> dict[str, str]:
    found = (LINE.fullmatch(line) for line in lock.read_text().splitlines())
    return {match["name"]: match["version"] for match in found if match and match["name"]}


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_a_lock_holds_pins_and_hashes_alone(lock: Path) -> None:
    lines = lock.read_text().splitlines()
    assert [line for line in lines if "://" in line or not LINE.fullmatch(line)] == []
    assert len(pins(lock)) > 50


def test_what_ships_is_what_was_tested() -> None:
    base, dev = (pins(ROOT / "requirements" / f"{name}.txt") for name in ("base", "dev"))
    assert base.items() <= dev.items()


def test_the_front_lock_names_no_address() -> None:
    text = (ROOT / "scripts" / "vendor" / "package-lock.json").read_text()
    assert '"resolved"' not in text
    assert re.findall(r'"integrity": "(?!sha512-)', text) == []
