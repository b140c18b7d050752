"""The front-end parts are the ones their manifests name, byte for byte, each with its licence."""

from __future__ import annotations

import hashlib
import json
import tomllib
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[3]
PLACES = [ROOT / "callcenter/static/vendor", ROOT / "tests/browser/vendor"]
PARTS: list[dict[str, Any]] = tomllib.loads((ROOT / "vendor.toml").read_text("utf-8"))["part"]


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.parent.name)
def test_every_file_is_in_the_manifest_with_its_hash(place: Path) -> None:
    entries = json.loads((place / "VENDOR.json").read_text("utf-8"))
    named = {name: digest for entry in entries for name, digest in entry["files"].items()}
    there = {path.relative_to(place).as_posix(): path for path in place.glob("*/*")}
    assert {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in there.items()} == named


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part["package"])
def test_each_part_brings_its_licence(part: dict[str, Any]) -> None:
    assert (ROOT / part["folder"] / "LICENSE").stat().st_size > 100
    assert part["folder"].endswith(part["version"])


def test_npm_is_asked_for_the_same_versions() -> None:
    asked = json.loads((ROOT / "scripts/vendor/package.json").read_text("utf-8"))["dependencies"]
    assert asked == {part["package"]: part["version"] for part in PARTS}


def test_nothing_that_ships_is_under_another_kind_of_licence() -> None:
    shipped = {part["licence"] for part in PARTS if part["folder"].startswith("callcenter/")}
    assert shipped <= {"0BSD", "MIT", "Apache-2.0"}


def test_the_sprite_holds_every_icon_once() -> None:
    part = next(part for part in PARTS if "sprite" in part)
    sprite = (ROOT / part["folder"] / "sprite.svg").read_text("utf-8")
    assert len(set(part["sprite"])) == len(part["sprite"])
    assert [name for name in part["sprite"] if sprite.count(f'<symbol id="{name}"') != 1] == []
