"""What the desk shows, drawn: the snapshot and the regions of the page made of it, in one answer."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.template.loader import render_to_string

from callcenter.console import defaults
from callcenter.console.desk_state import DeskState

PARTS = ("pill", "status", "call", "queues", "today", "idle")


def context(state: DeskState) -> dict[str, Any]:
    """A snapshot and the floor's words for what it says."""
    labels = defaults.labels()
    by_key = {row.key: row for row in labels}
    return {
        "state": state,
        "labels": labels,
        "label": by_key.get(state.agent.reason),
        "pending": by_key.get(state.agent.pending_reason),
        "names": names(),
    }


def names() -> dict[str, defaults.DispositionView]:
    return {row.code: row for row in defaults.dispositions()}


def answer(state: DeskState, *, request: HttpRequest) -> dict[str, Any]:
    """The snapshot as JSON; `drawn` holds each region's HTML, so that no region has to ask for itself."""
    said = context(state)
    drawn = {part: render_to_string(f"console/parts/{part}.html", said, request) for part in PARTS}
    return state.as_json() | {"drawn": drawn}
