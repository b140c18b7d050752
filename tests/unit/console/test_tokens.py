"""The colours of the product are legible: every pair of the design is recomputed (WCAG 2.2, 1.4.3, 1.4.11)."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

CSS = Path(__file__).parents[3] / "callcenter" / "static" / "css" / "tokens.css"
TOKENS = dict(re.findall(r"--([a-z0-9-]+):\s*(#[0-9a-f]{6})", CSS.read_text("utf-8")))

# text, ground, the ratio the design names
PAIRS = [
    ("text", "surface", 14.68),
    ("text-2", "surface", 6.55),
    ("text-2", "ground", 6.11),
    ("on-colour", "primary", 6.36),
    ("link", "surface", 6.36),
    ("on-colour", "success", 5.87),
    ("on-colour", "danger", 6.50),
    ("warning-text", "warning", 9.37),
    ("available-text", "available", 7.21),
    ("ringing-text", "ringing", 7.83),
    ("on-call-text", "on-call", 7.12),
    ("wrap-up-text", "wrap-up", 8.45),
    ("break-text", "break", 7.21),
    ("offline-text", "offline", 7.08),
    ("board-text", "board", 15.89),
    ("board-good", "board", 11.89),
    ("board-info", "board", 10.81),
    ("board-warn", "board", 12.98),
    ("board-bad", "board", 8.20),
]
BORDERS = [("border", "surface", 4.05), ("focus", "surface", 6.39)]


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize(("text", "ground", "named"), PAIRS)
def test_words_are_legible(text: str, ground: str, named: float) -> None:
    ratio = contrast(TOKENS[text], TOKENS[ground])
    assert ratio >= 4.5
    assert ratio == pytest.approx(named, abs=0.011)


@pytest.mark.parametrize(("line", "ground", "named"), BORDERS)
def test_edges_of_controls_can_be_seen(line: str, ground: str, named: float) -> None:
    ratio = contrast(TOKENS[line], TOKENS[ground])
    assert ratio >= 3
    assert ratio == pytest.approx(named, abs=0.011)
