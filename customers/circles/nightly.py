"""The watched folder of circles: whoever delivers calls puts a CSV there; it is read once and deleted."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from django.conf import settings

from customers.circles.operations import draw


def folder() -> Path:
    return Path(settings.VAR_DIR) / "calls"


def draw_newest(*, now: datetime) -> int:
    """Find circles in the newest file and delete all of them: calls are not kept. Answers how many customers are placed."""
    if not settings.CIRCLES_ENABLED:
        return 0
    files = sorted(folder().glob("*.csv"), key=lambda one: one.stat().st_mtime)
    if not files:
        return 0
    placed = draw(path=files[-1], actor="nightly", now=now).placed
    for old in files:
        old.unlink()
    return placed
